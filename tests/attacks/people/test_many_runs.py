"""Endless requests for runs: how many of one repository may wait or train."""

import pytest

from bot.effects import budget_check
from tests.world.sweeping import again
from tests.world.world import PullRequest, World

SWEEP = "/run -S train.lr=range(1,6) --yes"  # five runs


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a repository have seven runs."""
    monkeypatch.setattr(budget_check, "RUNS", 7)


def asked(world: World) -> int:
    return len(world.wired.ports.store.active())


@pytest.mark.usefixtures("few")
def test_one_comment_cannot_request_too_many(world: World, pull: PullRequest) -> None:
    pull.comment("\n\n".join(f"{SWEEP} -n w{number}" for number in range(3)))
    reply = pull.reply
    assert "One repository may have 7 runs that wait, train or are not yet reported, in all its pull requests" in reply
    assert "together, and with 15 more it would be 15" in reply
    assert "`/cancel NAME` ends a run or a sweep" in reply
    assert asked(world) == 0


@pytest.mark.usefixtures("few")
def test_many_comments_in_many_pull_requests_cannot_either(world: World, pull: PullRequest) -> None:
    comment = pull.comment(f"{SWEEP} -n first")
    assert pull.new() and asked(world) == 5
    again(world, comment.id)
    assert pull.new() == [] and asked(world) == 5, "a job that is done again counts its own runs once"
    pull.comment(f"{SWEEP} -n second")
    assert "with 5 more it would be 10" in pull.reply
    pull.comment("/run -S train.lr=0.01,0.02 -n third")
    assert pull.new() and asked(world) == 7
    pull.comment("/run -S train.lr=0.03 --temp -n one")
    assert "with 1 more it would be 8" in pull.reply
    pull.comment("/cancel first")
    assert pull.new()
    pull.comment(f"{SWEEP} -n second")
    assert pull.new() and asked(world) == 7
