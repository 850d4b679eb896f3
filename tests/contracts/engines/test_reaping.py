"""Machines that were left over are found by the engine's list alone, shown, and ended."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.ports.engines import Condition
from experiments.fleet.ledger import AuditEntry
from operate import reap, switch
from services.files.audit import AuditLog
from tests.contracts.engines.aws_cloud import AwsBackend, cloud
from tests.contracts.engines.backend import Launcher
from tests.contracts.engines.backend import launcher as launcher_of

pytestmark = pytest.mark.xdist_group("aws")
FOREVER = "while :; do sleep 0.1; done"


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with cloud():
        backend = AwsBackend(tmp_path / "machines")
        with launcher_of(backend, tmp_path) as made:
            entry = backend.runner.model_dump(mode="json", exclude_defaults=True) | {"type": "aws"}
            (tmp_path / "runners.yml").write_text(yaml.safe_dump({"owner": "tests", "runners": {"ec2": entry}}))
            yield made
        backend.end()


def reaped(launcher: Launcher, *more: str) -> int:
    return reap.main(
        ["--runners", str(launcher.folder / "runners.yml"), "--data-dir", str(launcher.folder / "data"), *more]
    )


def test_only_machines_past_their_limit_are_ended_and_only_when_told_so(
    launcher: Launcher, capsys: pytest.CaptureFixture[str]
) -> None:
    late, early = launcher.order(FOREVER), launcher.order(FOREVER)
    launcher.engine.launch(replace(late, expires=time.time() - 3600))
    launcher.engine.launch(early)
    assert reaped(launcher) == 0
    said = capsys.readouterr().out
    assert "past its limit): would be ended (--yes does it)" in said and "left): stays" in said
    assert len(launcher.names()) == 2
    assert reaped(launcher, "--yes") == 0
    assert launcher.names() == [early.name]
    (entry,) = AuditLog(launcher.folder / "data" / "audit").month(time.time())
    assert (entry.what, entry.machine) == ("reap", late.name)


def test_a_machine_that_is_ended_by_hand_is_paid_for(launcher: Launcher) -> None:
    machine, at = launcher.launch(FOREVER), time.time()
    audit = AuditLog(launcher.folder / "data" / "audit")
    launch = AuditEntry(
        at - 1800, "launch", machine.name, "ec2", machine.run, 1, "lab/digits", "ada", price=2.0, money=9.0
    )
    audit.reserve(launch, lambda _: "")
    assert reaped(launcher, "--all", "--yes") == 0
    end = audit.month(at)[-1]
    assert (end.what, end.repository, round(end.money, 1)) == ("reap", "lab/digits", 1.0)
    assert audit.reserve(launch, lambda _: "") == "", "by a bot that comes back, and asks for it again"
    assert audit.month(at)[-1] == end
    assert not audit.there(at)


def test_all_machines_are_ended_where_the_operator_says_all(launcher: Launcher) -> None:
    machine = launcher.launch(FOREVER)
    assert reaped(launcher, "--all", "--yes") == 0
    assert launcher.engine.status(machine).condition is Condition.ENDED


def test_a_cloud_that_does_not_answer_is_reported(
    launcher: Launcher, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        assert reaped(launcher) == 1
    assert "ec2: EC2 can't be reached" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--runners", "/nowhere"], []])
def test_where_nothing_can_be_listed_the_missing_setting_is_named(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNNERS", raising=False)
    with pytest.raises(SystemExit) as left:
        reap.main(words)
    assert left.value.code == 2


def test_pause_drain_and_resume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit, at = AuditLog(tmp_path / "audit"), time.time()
    launch = AuditEntry(at - 60, "launch", "m-1", "ec2", "r1", 1, "lab/digits", "ada", 7, money=2.0)
    assert audit.reserve(launch, lambda _: "") == ""
    where = ["--data-dir", str(tmp_path)]
    assert switch.main(["pause", "maintenance", *where], lambda: at) == 0
    said = capsys.readouterr().out
    assert "Paused: maintenance." in said
    assert "ec2: m-1 for lab/digits#7 of ada, for 1 min" in said and "2.00 reserved" in said

    def later(_: float) -> None:
        audit.close(replace(launch, at=at, what="end", money=0.5, hours=0.1), launch.at)

    assert switch.main(["drain", *where], lambda: at, later) == 0
    assert "0 machines; this month 0.50 spent, 0.00 reserved, 0.1 h" in capsys.readouterr().out
    assert switch.main(["resume", *where], lambda: at) == 0
    assert audit.paused() == ""


def test_the_log_is_lines_of_json_and_a_torn_line_harms_no_other(tmp_path: Path) -> None:
    audit, at = AuditLog(tmp_path), time.time()
    one = AuditEntry(at, "launch", "m-1", "ec2", money=1.0)
    audit.reserve(one, lambda _: "")
    (path,) = tmp_path.glob("*.jsonl")
    path.write_bytes(path.read_bytes() + b'{"at": 1, "wha')
    assert audit.close(replace(one, what="end"), at)
    assert not audit.close(replace(one, what="end"), at)
    assert [entry.what for entry in audit.month(at)] == ["launch", "end"]
    assert json.loads(path.read_text().splitlines()[0])["value"]["machine"] == "m-1"
