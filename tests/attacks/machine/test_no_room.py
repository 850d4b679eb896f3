"""A machine whose disk or memory is full: a result that cannot be read now is read later, and nothing is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from typing import Any, cast

import pytest

from bot.ports.git import Git
from experiments.projects import ROOT
from handlers.jobs.finish_run import PATIENCE
from services.dvc.extract_process import Reader
from services.dvc.reading_process import Unread
from services.dvc.snapshots import DvcSnapshots
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, Workbench
from tests.units.sample_run import changed
from tests.world.project import files
from tests.world.world import PullRequest, World


@pytest.fixture
def without_room(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the next reading of a commit fail as on a full disk or in full memory."""

    def end(method: str) -> None:
        reads, left = getattr(Reader, method), [1]

        def tight(*arguments: object) -> object:
            if left:
                left.clear()
                raise Unread("the process that reads it ended early (code 120)")
            return reads(*arguments)

        monkeypatch.setattr(Reader, method, tight)

    return end


def test_a_briefly_full_machine_does_not_fail_a_commit(tmp_path: Path, without_room: Callable[[str], None]) -> None:
    bench = Workbench(tmp_path)
    sha = bench.commit(files(0.9))
    without_room("snapshot")
    (problem,) = bench.snapshots.take(REPOSITORY, sha, ROOT, NOTHING).problems
    assert "ended early" in problem and "too much" not in problem and "hour" not in problem
    assert DvcSnapshots(cast(Git, bench.mirror), bench.kept, isolate=False).take(REPOSITORY, sha, ROOT, NOTHING).metrics


def test_a_briefly_full_machine_loses_no_training(
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


def test_a_result_that_is_too_large_to_read_is_reported_as_such(
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


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Yield a folder; nothing can be read while there is a file in it."""
    reads, there = Reader.snapshot, [True]

    def tight(*arguments: Any) -> bytes:
        if there:
            raise Unread("the process that reads it ended early (code 120)")
        return reads(*arguments)

    monkeypatch.setattr(Reader, "snapshot", tight)
    there.clear()
    return there


@pytest.fixture
def trained(tmp_path: Path, redis_url: str, full: list[bool]) -> Iterator[PullRequest]:
    """Return a pull request whose run was trained, on a machine that is then full for longer than five tries."""
    world = World(tmp_path, redis_url, tmp_path)
    pull = world.pull_request()
    world.work()
    pull.comment("/run -S train.lr=0.01 -n hours")
    full.append(True)
    world.runner.finishes(accuracy=0.97, loss=0.03)
    yield pull
    world.close()


def test_a_machine_that_is_full_for_hours_loses_no_training(trained: PullRequest, full: list[bool]) -> None:
    world = trained.world
    assert trained.check_run.status == "in_progress"
    assert "could not be read yet, for lack of room" in trained.check_run.output["title"]
    trained.comment("/status")
    assert "could not be read yet" in trained.reply
    world.wait(600)
    assert trained.new() == []
    world.wired.redis.delete(*world.wired.redis.keys("finish-again:*"))  # some minutes later
    full.clear()
    world.wait(600)
    assert "better" in trained.report
    assert "hours" in trained.experiments


def test_after_a_day_on_a_full_machine_the_comment_says_where_the_result_is(
    trained: PullRequest, full: list[bool]
) -> None:
    world = trained.world
    (run,) = trained.runs
    world.wired.ports.store.update(run.id, lambda seen: changed(seen, trained=time() - PATIENCE - 60))
    world.wait(600)
    full.clear()
    place = f"runs/{run.id}/1/bundle"
    assert f"What training returned is kept for a week: `{place}` below the bot's `DATA_DIR`." in trained.report
    assert (world.wired.settings.data_dir / place).exists()
    assert trained.check_run.conclusion == "failure"
