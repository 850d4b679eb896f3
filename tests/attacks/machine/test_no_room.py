"""A machine without room: what cannot be read for a moment is read later, and nothing is lost by it."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from bot.ports.git import Git
from experiments.projects import ROOT
from services.dvc.extract_process import Reader, Unread
from services.dvc.snapshots import DvcSnapshots
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, Workbench
from tests.world.project import files
from tests.world.world import World


@pytest.fixture
def without_room(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have the next reading end as it does where there is no room."""

    def end(method: str) -> None:
        reads, left = getattr(Reader, method), [1]

        def tight(*arguments: object) -> object:
            if left:
                left.clear()
                raise Unread("the process that reads it ended early (code 120)")
            return reads(*arguments)

        monkeypatch.setattr(Reader, method, tight)

    return end


def test_a_moment_without_room_speaks_for_no_commit(tmp_path: Path, without_room: Callable[[str], None]) -> None:
    bench = Workbench(tmp_path)
    sha = bench.commit(files(0.9))
    without_room("snapshot")
    (problem,) = bench.snapshots.take(REPOSITORY, sha, ROOT, NOTHING).problems
    assert "ended early" in problem and "too much" not in problem and "hour" not in problem
    assert DvcSnapshots(cast(Git, bench.mirror), bench.kept, isolate=False).take(REPOSITORY, sha, ROOT, NOTHING).metrics


def test_a_moment_without_room_loses_no_training(
    tmp_path: Path, redis_url: str, without_room: Callable[[str], None]
) -> None:
    world = World(tmp_path, redis_url, tmp_path)
    pull = world.pull_request()
    world.work()
    pull.comment("/run -S train.lr=0.01 -n hours")
    world.fails_on_errors = False
    without_room("snapshot")
    world.runner.finishes(accuracy=0.97, loss=0.03)
    assert "better" in pull.report
    assert "hours" in pull.experiments
    world.close()


def test_a_result_that_is_too_much_to_read_is_called_that(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(*_: object) -> bytes:
        raise Unread("reading it took more than its share of memory", too_much=True)

    world = World(tmp_path, redis_url, tmp_path)
    pull = world.pull_request()
    world.work()
    pull.comment("/run -S train.lr=0.01 -n large")
    monkeypatch.setattr(Reader, "snapshot", too_much)
    world.runner.finishes(accuracy=0.97, loss=0.03)
    report = pull.report
    assert "what it made could not be looked into" in report and "share of memory" in report
    assert "trained as" not in report
    world.close()
