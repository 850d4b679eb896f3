"""Experiments with long parameter files, which each heartbeat of their agents would read and write."""

import pytest

from bot.effects import budget_check
from tests.world.project import PARAMS, files
from tests.world.world import PullRequest, World

LONG = 100_000  # bytes of the parameter file


@pytest.fixture
def pull(world: World) -> PullRequest:
    """Return a pull request whose parameter file is long."""
    pull = world.pull_request(project=files(0.9, f"{PARAMS}notes: '{'x' * LONG}'\n"))
    world.work()
    return pull


def names(world: World) -> list[str]:
    return sorted(run.experiment.name for run in world.wired.ports.store.active() if not run.fetch)


def test_an_experiment_that_is_too_long_is_refused(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget_check, "LONGEST", 90_000)
    pull.comment("/run -S train.lr=0.01 -n long")
    said = pull.reply
    assert "An experiment may have 90 KB, and `long` would have 10" in said
    assert "the whole text of each parameter file that it changes (`params.yaml` 100 KB)" in said
    assert "Change fewer files at once, or move long values" in said
    assert names(world) == []


def test_each_member_of_a_sweep_counts_by_itself(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget_check, "LONGEST", 150_000)
    pull.comment("/run -S train.lr=range(1,4) --yes --queue -n all")
    assert pull.reply
    assert names(world) == ["all-1", "all-2", "all-3"]
