"""Logs beyond the limit for a repository's runs, and runs that were waiting before it was reached."""

from dataclasses import replace
from time import time

import pytest

import clock
from bot.effects import budget_check
from experiments.experiment import Repository
from experiments.limits import UNKEPT
from experiments.run_state import RunState
from services.files.run_files import DataRunFiles
from tests.world.runner import Machine
from tests.world.world import PullRequest, World
from web import agent_api as door

KB = 1000
LINE = f"{'y' * 79}\n"


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot keep 250 KB of what runs of one repository send, and 100 KB more of results and logs."""
    for module in (budget_check, door):
        monkeypatch.setattr(module, "RUN_FILES", 250 * KB)
    monkeypatch.setattr(door, "RESULTS", 100 * KB)


def held(world: World, pull: PullRequest) -> int:
    return world.wired.ports.files.held(pull.runs[0].experiment.repository)


def chatty(machine: Machine, sizes: list[int] | None = None) -> None:
    """Train with output of 100 KB in each of six beats, and append the length of the log that the bot confirmed."""
    machine.claim()
    size = 0
    for _ in range(6):
        said = {"state": "training", "offset": size, "log": LINE * 1250, "live": "", "training": 0}
        size = machine.post("beat", said)["size"]
        if sizes is not None:
            sizes.append(size)
    machine.done(exit_code=1, reason="The script ended with exit code 1.")


def test_a_log_is_cut_at_the_limit_and_that_is_said_once(world: World, pull: PullRequest) -> None:
    assert pull.overview
    pull.comment("/run -S train.lr=0.01 --temp -n long")
    sizes: list[int] = []
    world.runner.does(lambda machine: chatty(machine, sizes))
    assert sizes == [100 * KB, 200 * KB, *[300 * KB] * 4]
    assert held(world, pull) < 310 * KB
    (run,) = pull.runs
    log = world.wired.ports.files.log(run)
    assert log.endswith(f"{LINE}[{UNKEPT}]\n") and log.count(UNKEPT) == 1
    assert f"[{UNKEPT}]" in pull.report


def test_a_result_that_is_stored_for_a_while_does_not_cut_the_log(world: World, pull: PullRequest) -> None:
    assert pull.overview
    pull.comment("/run -S train.lr=0.01 --temp -n long")

    def trains(machine: Machine) -> None:
        machine.claim()
        result = world.wired.ports.files.path(replace(pull.runs[0], id="of-another"), "bundle")
        result.write_bytes(b"x" * 270 * KB)
        said = {"state": "training", "live": "", "training": 0}
        assert machine.post("beat", said | {"offset": 0, "log": "epoch 1\n"})["size"] == 8
        result.unlink()
        assert machine.post("beat", said | {"offset": 8, "log": "epoch 2\n"})["size"] == 16
        machine.done(exit_code=1, reason="The script ended with exit code 1.")

    world.runner.does(trains)
    assert world.wired.ports.files.log(pull.runs[0]) == "epoch 1\nepoch 2\n"
    assert UNKEPT not in pull.report


def test_sweep_members_with_cut_logs_did_not_fail_alike(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pull.overview
    monkeypatch.setattr(door, "RUN_FILES", -100 * KB)
    pull.comment("/run -S train.lr=range(1,6) --yes --queue -n all")
    pull.comment("/start --jobs 1")
    assert pull.new()
    assert world.runner.trains_all(chatty) == [f"all-{number}" for number in range(1, 6)]
    assert all(world.wired.ports.files.is_cut(run) for run in pull.runs)
    said = pull.new()[-1]
    assert "Sweep `all`: 5 of 5 ended" in said and UNKEPT in said


def test_a_waiting_run_does_not_begin_and_says_why(world: World, pull: PullRequest) -> None:
    assert pull.overview
    pull.comment("/run -S train.lr=range(1,3) --yes --queue -n all")
    pull.comment("/start --jobs 1")
    assert pull.new()
    left = world.wired.ports.files.path(pull.runs[0], "baseline.tar")

    def large(machine: Machine) -> None:
        left.write_bytes(b"x" * 400 * KB)
        chatty(machine)

    assert world.runner.trains_all(large) == ["all-1"]
    pull.comment("/status")
    assert "Waiting for room: the bot keeps 20,000 MB of what runs of this repository sent" in pull.reply
    left.unlink()
    world.wait(60)
    assert world.runner.trains_all(chatty) == ["all-2"]
    assert [run.attempt.waits for run in pull.runs] == ["", ""]
    assert "Sweep `all`: 2 of 2 ended" in pull.new()[-1]


def test_while_the_disk_limit_is_reached_the_clock_looks_once_a_minute(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull.comment("/run -S train.lr=range(1,3) --yes --queue -n all")
    store, files, (first, _) = world.wired.ports.store, world.wired.ports.files, pull.runs
    left, looks = files.path(first, "baseline.tar"), []
    left.write_bytes(b"x" * 400 * KB)
    pull.comment("/start --jobs 1")
    assert pull.new()
    assert [run.attempt.waits[:16] for run in pull.runs] == ["Waiting for room", ""]
    held = DataRunFiles.held

    def looked(files: DataRunFiles, repository: Repository) -> int:
        looks.append(repository)
        return held(files, repository)

    monkeypatch.setattr(DataRunFiles, "held", looked)
    for seconds in range(0, 60, 10):
        clock.tick(world.wired, time() + seconds)
        world.work_now()
    assert looks == []
    world.work()  # a minute later
    assert len(looks) == 1
    left.unlink()
    world.wait(60)
    assert store.turn(first.experiment.pull_ref, 1) == []
    assert [run.state for run in pull.runs] == [RunState.QUEUED, RunState.WAITING]
