"""Whatever dies, no machine is left, and the run goes on or says why not: on EC2's machines, by the real agent."""

import signal
from functools import partial
from time import time

import psutil
import pytest

from experiments.fleet.reaping import LATE, LEAVING, SILENT
from experiments.limits import MARGIN
from experiments.run_state import RunState
from handlers.jobs.reconcile_machines import watch
from operate.reap import ReapArguments, reap
from services.files.audit import AuditLog
from tests.contracts.engines import aws_cloud
from tests.contracts.engines.aws_cloud import AwsBackend, Instance
from tests.world.elsewhere import CLOUD, Bot, Waiting, Wire

pytestmark = pytest.mark.xdist_group("aws")
HOUR = 3600
ASKED = "/run -n first --timeout 1h"


def agent_of(instance: Instance) -> psutil.Process:
    """Return the agent's process, which took the place of the shell that fetched it."""
    (agent,) = psutil.Process(instance.process.pid).children()
    assert "--home" in agent.cmdline()
    return agent


def first(ec2: AwsBackend) -> Instance:
    return next(iter(ec2.instances.values()))


def nothing_left(ec2: AwsBackend) -> bool:
    return not ec2.engine.list_owned()


def test_an_agent_that_was_killed_takes_its_machine_along_and_the_run_begins_again(
    bot: Bot, ec2: AwsBackend, waiting: Waiting
) -> None:
    pull = bot.asked(CLOUD, waiting.project, ec2.engine, body=ASKED)
    bot.until(lambda: waiting.begun, ec2.advance)
    agent_of(first(ec2)).kill()
    bot.until(lambda: waiting.begun == 2, ec2.advance)
    waiting.go.set()
    report = bot.report(pull, ec2.advance)
    assert "Interrupted once: Its machine on `ec2` is gone" in report and "accuracy" in report
    assert bot.settled(ec2.engine, ec2.advance) == ["launch", "end"] * 2
    assert len(ec2.instances) == 2 and nothing_left(ec2)


def test_one_on_which_all_was_killed_at_its_first_step_is_replaced_after_half_an_hour(
    bot: Bot, ec2: AwsBackend, waiting: Waiting
) -> None:
    waiting.go.set()
    pull = bot.asked(CLOUD, waiting.project, ec2.engine, body=ASKED)
    ec2.advance()
    first(ec2).signal(signal.SIGKILL)
    watch(bot.world.wired.ports, time() + SILENT - 60)
    assert len(ec2.engine.list_owned()) == 1
    watch(bot.world.wired.ports, time() + SILENT + 60)
    report = bot.report(pull, ec2.advance)
    assert "accuracy" in report
    assert bot.settled(ec2.engine, ec2.advance) == ["launch", "reap", "launch", "end"]
    assert len(ec2.instances) == 2


def test_a_boot_script_that_was_killed_leaves_a_machine_that_the_bot_ends(
    bot: Bot, ec2: AwsBackend, waiting: Waiting
) -> None:
    pull = bot.asked(CLOUD, waiting.project, ec2.engine, body=ASKED)
    bot.until(lambda: waiting.begun, ec2.advance)
    first(ec2).process.kill()  # who would have pressed the power button
    waiting.go.set()
    assert "accuracy" in bot.report(pull, ec2.advance)
    watch(bot.world.wired.ports, time() + LEAVING - 30)
    assert len(ec2.engine.list_owned()) == 1, "it may be leaving"
    watch(bot.world.wired.ports, time() + LEAVING + 30)
    assert nothing_left(ec2)
    assert [entry.what for entry in bot.world.audit] == ["launch", "reap"]


@pytest.mark.parametrize("by", ["its own timer", "the operator's command"])
def test_where_nobody_hears_of_each_other_the_limit_ends_it_and_the_run_begins_again(
    bot: Bot,
    ec2: AwsBackend,
    waiting: Waiting,
    wire: Wire,
    monkeypatch: pytest.MonkeyPatch,
    by: str,
) -> None:
    pull = bot.asked(CLOUD, waiting.project, ec2.engine, wire.url, ASKED)
    bot.until(lambda: waiting.begun, ec2.advance)
    wire.cut()
    # From here on neither clock nor worker of the bot does anything.
    audit = AuditLog(bot.world.wired.settings.data_dir / "audit")

    def reaped(now: float) -> bool:
        return reap("ec2", lambda: ec2.engine, ReapArguments(everything=False, really=True), audit, now)

    limit = time() + HOUR + MARGIN
    assert reaped(limit - 60)
    ec2.advance()
    assert len(ec2.engine.list_owned()) == 1, "its time is not over"
    if by == "its own timer":
        monkeypatch.setattr(aws_cloud, "MINUTE", 0.0)
        ec2.advance()
    else:
        assert reaped(limit + LATE + 60)
    assert nothing_left(ec2)
    monkeypatch.undo()
    wire.restore()
    bot.until(lambda: waiting.begun == 2, ec2.advance)
    waiting.go.set()
    report = bot.report(pull, ec2.advance)
    assert "Interrupted once" in report and "accuracy" in report
    assert len(bot.settled(ec2.engine, ec2.advance)) == 4
    assert len(ec2.instances) == 2


def test_a_network_that_stays_cut_ends_in_a_reason_and_no_machine(
    bot: Bot, ec2: AwsBackend, waiting: Waiting, wire: Wire
) -> None:
    pull = bot.asked(CLOUD, waiting.project, ec2.engine, wire.url, ASKED)
    bot.until(lambda: waiting.begun, ec2.advance)
    wire.cut()

    def begun(attempt: int) -> bool:
        return pull.runs[0].attempt.number == attempt and len(ec2.instances) == attempt

    for attempt in (2, 3):
        bot.world.wait(100)
        bot.world.later = 0.0
        bot.until(partial(begun, attempt), ec2.advance)
        assert len(ec2.engine.list_owned()) == 1, "the one before is gone"
        watch(bot.world.wired.ports, time() + SILENT + 60)
    report = bot.report(pull, ec2.advance)
    assert pull.runs[0].state is RunState.INTERRUPTED
    assert "Interrupted: the machine of" in report and "/retry" in report
    assert nothing_left(ec2) and len(ec2.described()) == 3
