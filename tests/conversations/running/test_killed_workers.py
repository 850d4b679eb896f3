"""What kills every worker that takes it up is given up in the end, and said where somebody waits."""

import pytest

from bot.ports.keys import DELIVERY
from services.redis.crash_counts import MOST, Deadly, Deaths
from tests.world.world import PullRequest, World


def die(world: World, name: str, times: int) -> None:
    """Let that many processes begin the job and die in it."""
    world.wired.redis.incrby(f"begun:{name}", times)


def test_a_comment_that_kills_whoever_reads_it_is_answered(world: World, pull: PullRequest) -> None:
    world.work()
    comment = world.sandbox.comment("grace/digits", pull.number, "/params", World.maintainer)  # no worker works yet
    die(world, f"asked:{world.repository.id}:{comment.id}", MOST)
    world.work()
    assert "Something went wrong on this bot's side" in pull.reply
    assert pull.reactions(comment) == ["confused"]
    pull.comment("/params")
    assert "train.lr" in pull.reply, "the next one is read"


def test_fewer_deaths_are_accidents(world: World, pull: PullRequest) -> None:
    world.work()
    comment = world.sandbox.comment("grace/digits", pull.number, "/params", World.maintainer)  # no worker works yet
    die(world, f"asked:{world.repository.id}:{comment.id}", MOST - 1)
    world.work()
    assert "train.lr" in pull.reply


def test_a_result_that_kills_whoever_takes_it_in_ends_its_run(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n heavy")
    (run,) = world.wired.ports.store.active()
    die(world, f"finish:{run.id}", MOST)
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "Something went wrong on this bot's side" in pull.report
    pull.comment("/run -S train.lr=0.01 -n light")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report


def test_an_exception_is_no_death(world: World) -> None:
    deaths = Deaths(world.wired.redis)
    for _ in range(3 * MOST):
        with pytest.raises(ValueError, match="x"), deaths.counted(DELIVERY.of("it")):
            raise ValueError("x")
    die(world, "delivery:it", MOST)
    with pytest.raises(Deadly), deaths.counted(DELIVERY.of("it")):
        raise AssertionError("it was begun")
