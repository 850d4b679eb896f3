"""Outlines that outlive their runs, which a version ends that knows no outlines: the clock goes on, and repairs them."""

from collections.abc import Callable
from time import time

import pytest

import clock
from bot.ports import Ports
from experiments.run import Run
from experiments.run_state import RunState
from handlers.jobs import look_after_runs
from services.redis.run_lists import outline_key
from services.redis.store import RUN
from tests.units.sample_run import changed
from tests.world.world import PullRequest, World

GOOD = {"accuracy": 0.95, "loss": 0.05}
Change = Callable[[Run], Run]


def silent(run: Run) -> Run:
    return changed(run, state=RunState.TRAINING, token_hash="of a machine without power", heartbeat=1.0)


def finishing(run: Run) -> Run:
    return changed(run, state=RunState.FINISHING, heartbeat=1.0)


def failed(run: Run) -> Run:
    return changed(run, state=RunState.FAILED, ended=1.0)


def left(world: World, run: Run) -> set[str]:
    """The lists that have it, and its outline."""
    redis = world.wired.redis
    sets = [key for key in redis.keys("runs:*") if redis.type(key) == b"set"]
    found = {str(key) for key in sets if redis.sismember(key, run.id)}
    return found | ({"outline"} if redis.exists(outline_key(run.id)) else set())


@pytest.fixture
def gone(world: World, pull: PullRequest) -> Run:
    """A run before another one, of which an older version left nothing but the outline."""
    pull.comment("/run -S train.lr=0.01 -n gone --temp")
    pull.comment("/run -S train.lr=0.02 -n next --temp")
    first, _ = pull.runs
    assert first.experiment.name == "gone"
    assert world.wired.ports.store.moving(), "each process lists all anew once, and this one has"
    return first


@pytest.mark.parametrize("seen", [silent, finishing, failed])
def test_the_clock_survives_a_run_that_is_gone(world: World, pull: PullRequest, gone: Run, seen: Change) -> None:
    world.wired.ports.store.update(gone.id, seen)
    world.wired.redis.delete(f"run:{gone.id}")
    world.wait(0)
    assert left(world, gone) == set()
    world.runner.finishes(**GOOD)
    assert "next" in pull.report


def test_a_run_that_is_gone_is_not_trained_for_ever(world: World, pull: PullRequest, gone: Run) -> None:
    world.wired.redis.delete(f"run:{gone.id}")
    world.wait(120)
    world.runner.finishes(**GOOD)
    assert left(world, gone) == set()
    assert "next" in pull.report


@pytest.mark.parametrize("seen", [silent, finishing])
def test_a_run_that_ended_elsewhere_is_left_alone(world: World, pull: PullRequest, gone: Run, seen: Change) -> None:
    world.wired.ports.store.update(gone.id, seen)
    ended = changed(gone, state=RunState.FAILED, ended=time(), report=7)
    world.wired.redis.set(f"run:{gone.id}", RUN.dump(ended))
    world.wait(0)
    assert left(world, gone) == {"outline"}, "for its agent, which is told for an hour that it has ended"
    assert world.wired.ports.store.get(gone.id) == ended
    world.runner.finishes(**GOOD)
    assert "next" in pull.report


def test_what_fails_of_one_run_is_logged_and_others_are_looked_after(
    world: World, pull: PullRequest, gone: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = world.wired.ports.store
    for run in pull.runs:
        store.update(run.id, silent)
    give_up: Callable[[Ports, str, float], None] = look_after_runs._give_up

    def fails(ports: Ports, run_id: str, now: float) -> None:
        if run_id == gone.id:
            raise LookupError("nobody expected this")
        give_up(ports, run_id, now)

    monkeypatch.setattr(look_after_runs, "_give_up", fails)
    clock.tick(world.wired, time())
    assert f"run {gone.id} is not looked after" in caplog.text and "nobody expected this" in caplog.text
    states = {run.experiment.name: run.state for run in pull.runs}
    assert states == {"gone": RunState.TRAINING, "next": RunState.QUEUED}


def test_what_an_older_version_has_waiting_meanwhile_begins_in_its_turn(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --queue -n late")
    assert pull.new()
    store, redis, (run,) = world.wired.ports.store, world.wired.redis, pull.runs
    assert store.active(), "each process lists all anew once, and this one has"
    store.update(run.id, lambda seen: changed(seen, state=RunState.WAITING))
    redis.zrem(f"by-age:waiting:{run.experiment.pull_ref.key}", run.id)  # that version knows no such list
    redis.sadd("runs:moving", run.id)
    world.wait(0)
    assert pull.runs[0].state is RunState.QUEUED
    world.runner.finishes(**GOOD)
    assert "late" in pull.report
