"""The bot is killed before, during and after the call that launches a machine: there is one, or none is left."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.fleet.reaping import LATE
from experiments.limits import MARGIN
from operate.reap import ReapArguments, reap
from runners.agent.agent_folder import Home
from runners.agent.isolation import bubblewrap
from services.files.audit import AuditLog
from tests.recovery.cloud_town import Skies, skies
from tests.recovery.gate import Step
from tests.recovery.pull import Pull, pull_request
from tests.recovery.test_kills import landed, run
from tests.recovery.town import ROOT

pytestmark = [pytest.mark.xdist_group("aws"), pytest.mark.timeout(1200)]

NAMED = Step("EC2 is asked whether there is one of this name", r"POST /\n.*Action=DescribeInstances.*tag%3AName")
LAUNCHED = Step("EC2 is asked for a machine", r"POST /\n.*Action=RunInstances")
BOT = ("worker", "web", "clock", "runner", "redis")
HOUR = 3600


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Skies]:
    assert bubblewrap.available(), f"these tests train in isolation: {bubblewrap.INSTALL}"
    with skies(tmp_path_factory.mktemp("town"), Home(tmp_path_factory.mktemp("agent")).root) as made:
        yield made


@pytest.fixture
def pull(sky: Skies) -> Pull:
    sky.town.gate.let_go()
    made = pull_request(sky.town)
    sky.town.trained.clear()
    sky.booting.clear()
    return made


def test_one_machine_whenever_the_worker_is_killed_at_its_launch(sky: Skies, pull: Pull) -> None:
    town = sky.town
    # Just before; on the way there; carried out, and the answer never came; just after.
    steps = [(NAMED, True), (LAUNCHED, True), (LAUNCHED, False), (NAMED, False)]
    town.gate.let_go(*steps[0])
    pull.comment(run())
    for following in [*steps[1:], (None, False)]:
        town.gate.wait()
        town.kill("worker")
        town.gate.let_go(*following)
        town.restart()
    sky.booting.set()
    landed(pull)
    assert sky.machines(sky.run(pull)) == ["terminated"]
    assert sky.told(sky.run(pull)) == ["launch", "end"]


def test_a_bot_that_does_not_come_back_leaves_what_the_command_ends(
    sky: Skies, pull: Pull, capsys: pytest.CaptureFixture[str]
) -> None:
    town = sky.town
    town.gate.let_go(LAUNCHED)
    pull.comment(f"{run()} --timeout 1h")
    town.gate.wait()
    town.kill(*BOT)
    town.gate.let_go()
    (machine,) = sky.backend.engine.list_owned()  # it never boots, so that nothing on it presses the power button
    command = [sys.executable, "-m", "operate.reap", "--yes"]
    said = subprocess.run(command, cwd=ROOT, env=town.env, check=True, capture_output=True, text=True).stdout
    assert machine.name in said and "left): stays" in said
    audit = AuditLog(Path(town.env["DATA_DIR"]) / "audit")
    late = time.time() + HOUR + MARGIN + LATE + 60
    assert reap("ec2", lambda: sky.backend.engine, ReapArguments(everything=False, really=True), audit, late)
    assert "past its limit): ended" in capsys.readouterr().out
    assert not sky.backend.engine.list_owned()
    # Should it come back after all, nothing is lost.
    sky.booting.set()
    town.restart()
    landed(pull)
    assert sky.machines(sky.run(pull)) == ["terminated"] * 2
    told = sky.told(sky.run(pull))
    assert told == ["launch", "reap", "launch", "end"]
    assert not audit.there(time.time()), "no money is reserved any more"
