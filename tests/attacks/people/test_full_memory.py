"""Experiments that are requested to fill the memory of the one Redis of all repositories."""

from time import time

import pytest

from bot.effects import budget_check
from experiments.run import Ended, observe
from experiments.run_state import RunState
from services.redis import weights
from tests.world.project import PARAMS, files
from tests.world.world import PullRequest, World

SWEEP = "/run -S train.lr=range(1,6) --yes --queue"  # five experiments
LONG = 100_000  # bytes of one


@pytest.fixture
def pull(world: World, monkeypatch: pytest.MonkeyPatch) -> PullRequest:
    """Return one with a long parameter file, in a world whose bot stores seven experiments with it."""
    monkeypatch.setattr(budget_check, "MEMORY", 750_000)
    pull = world.pull_request(project=files(0.9, f"{PARAMS}notes: '{'x' * LONG}'\n"))
    world.work()
    return pull


def asked(world: World) -> list[str]:
    return sorted(run.experiment.name for run in world.wired.ports.store.active() if not run.fetch)


def test_one_comment_does_not_fill_it(world: World, pull: PullRequest) -> None:
    pull.comment("\n\n".join(f"{SWEEP} -n w{number}" for number in range(3)))
    assert "The bot remembers 0 MB of experiments of one repository" in pull.reply
    assert asked(world) == []


def test_many_comments_do_not_fill_it(world: World, pull: PullRequest) -> None:
    pull.comment(f"{SWEEP} -n first")
    assert len(asked(world)) == 5
    assert pull.reply
    pull.comment(f"{SWEEP} -n second")
    assert "with these 5 it would be 1 MB" in pull.reply
    pull.comment("/run -S train.lr=0.01 -n third")
    assert asked(world)[-1] == "third"


def test_a_cancelled_experiment_is_kept_and_counts(world: World, pull: PullRequest) -> None:
    pull.comment(f"{SWEEP} -n first")
    pull.comment("/cancel first")
    assert pull.new()
    pull.comment(f"{SWEEP} -n second")
    assert "with these 5 it would be 1 MB" in pull.reply


def test_removing_experiments_from_the_queue_frees_memory(world: World, pull: PullRequest) -> None:
    pull.comment(f"{SWEEP} -n first")
    pull.comment("/remove --queue")
    pull.comment(f"{SWEEP} -n second")
    assert pull.new()
    assert asked(world)[0] == "second-1"


def test_an_ended_run_expires(world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "KEEP_LONG", 1)
    pull.comment(f"{SWEEP} -n first")
    assert pull.new()
    redis, there = world.wired.redis, world.wired.ports.store
    run = pull.runs[0]
    weight = there.weight(run.experiment.repository, ())
    assert 5 * LONG < weight < 6 * LONG
    assert there.weight(run.experiment.repository, [run.id]) < weight - LONG
    there.update(run.id, lambda now: observe(now, Ended(RunState.CANCELLED), time() - 60))
    assert 0 < redis.ttl(f"run:{run.id}") <= 1
    monkeypatch.setattr(weights, "time", lambda: time() + 2)
    assert there.weight(run.experiment.repository, ()) < weight - LONG
