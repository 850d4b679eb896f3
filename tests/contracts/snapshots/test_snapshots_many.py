"""Many commits read at once give the same snapshots as each by itself."""

import os
from pathlib import Path
from time import time
from typing import cast

import pytest

from bot.ports.git import Git
from experiments.projects import ROOT
from experiments.snapshot import FAILED, TOO_MUCH, Snapshot
from runners.agent.isolation import bubblewrap
from services.dvc.reading_process import OUTPUT_LIMIT, Unread, answered
from services.dvc.snapshots import AT_A_TIME, DvcSnapshots
from services.dvc.too_much import FOR
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, Workbench
from tests.world.project import PARAMS, files


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def values(snapshot: Snapshot) -> list[object]:
    return [value for metric in snapshot.metrics for value in metric.values.values()]


@pytest.mark.parametrize("isolate", [False, True])
def test_they_are_read_once_and_equal_those_read_one_by_one(bench: Workbench, tmp_path: Path, isolate: bool) -> None:
    if isolate and not bubblewrap.available():
        pytest.skip("bubblewrap does not work here")
    shas = [bench.commit(files(0.5, PARAMS.replace("seed: 7", f"seed: {seed}"))) for seed in range(AT_A_TIME + 2)]
    again = bench.commit()  # another commit of the same tree
    many = DvcSnapshots(cast(Git, bench.mirror), tmp_path / "many", isolate)
    found = many.take_all(REPOSITORY, [*shas, again], ROOT, NOTHING, plots=True)
    assert list(found) == [*shas, again]
    assert bench.mirror.checkouts == len(shas)
    assert many.take_all(REPOSITORY, [*shas, again], ROOT, NOTHING, plots=True) == found
    assert many.take(REPOSITORY, shas[0], ROOT, NOTHING) == found[shas[0]]
    assert bench.mirror.checkouts == len(shas), "kept for both"
    alone = DvcSnapshots(cast(Git, bench.mirror), tmp_path / "one", isolate)
    for sha in (shas[0], shas[-1], again):
        assert alone.take(REPOSITORY, sha, ROOT, NOTHING) == found[sha]


def test_a_broken_commit_hides_no_other_and_sees_none(bench: Workbench) -> None:
    good = bench.commit({**files(0.9), "secret.yaml": "token: hush\n"})
    broken = bench.commit({"dvc.yaml": "stages: [", "metrics.json": "{"})
    leading_out = "vars: [../../%s/tree/secret.yaml]\nmetrics: ['${token}']\nstages: {}\n"
    curious = bench.commit({"dvc.yaml": leading_out % good, "metrics.json": "{}"})
    found = bench.snapshots.take_all(REPOSITORY, [broken, curious, good], ROOT, NOTHING)
    assert found[broken].problems
    assert found[good].problems == ()
    assert 0.9 in values(found[good])
    assert "hush" not in str(found[curious])


def test_a_commit_that_was_not_read_in_time_is_reported_and_not_kept(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, seconds=0.01)
    sha = bench.commit(files(0.9))
    (found,) = bench.snapshots.take_all(REPOSITORY, [sha], ROOT, NOTHING).values()
    assert "took more than 0.01 seconds" in found.problems[0]
    patient = DvcSnapshots(cast(Git, bench.mirror), bench.kept, isolate=False, clock=lambda: time() + FOR)
    assert patient.take_all(REPOSITORY, [sha], ROOT, NOTHING)[sha].problems == ()
    assert patient.take_all(REPOSITORY, [], ROOT, NOTHING) == {}


@pytest.mark.parametrize("together", [True, False])
def test_a_commit_that_was_too_large_is_read_again_only_after_an_hour(tmp_path: Path, together: bool) -> None:
    bench = Workbench(tmp_path, seconds=0.01)
    sha = bench.commit(files(0.9))

    def found(after: float) -> Snapshot:
        snapshots = DvcSnapshots(cast(Git, bench.mirror), bench.kept, isolate=False, clock=lambda: time() + after)
        if together:
            return snapshots.take_all(REPOSITORY, [sha], ROOT, NOTHING)[sha]
        return snapshots.take(REPOSITORY, sha, ROOT, NOTHING)

    first = bench.snapshots.take(REPOSITORY, sha, ROOT, NOTHING)
    assert "after an hour at the earliest" in first.problems[0] and first.unread == TOO_MUCH
    read = bench.mirror.checkouts
    again = found(after=FOR - 60)
    assert (again.problems, again.unread) == (first.problems, TOO_MUCH)
    assert bench.mirror.checkouts == read, "nobody looked at it again"
    assert found(after=FOR + 60).problems == ()


def test_a_commit_that_takes_all_the_time_does_not_fail_the_others(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, seconds=0.01)
    large, small = bench.commit(files(0.9)), bench.commit(files(0.8))
    first = bench.snapshots.take_all(REPOSITORY, [large, small], ROOT, NOTHING)
    assert all(each.problems for each in first.values())
    assert (first[large].unread, first[small].unread) == (TOO_MUCH, FAILED)
    patient = DvcSnapshots(cast(Git, bench.mirror), bench.kept, isolate=False)
    found = patient.take_all(REPOSITORY, [large, small], ROOT, NOTHING)
    assert found[large].problems
    assert 0.8 in values(found[small])


def test_an_answer_is_read_as_a_regular_file_of_bounded_size_or_not_at_all(tmp_path: Path) -> None:
    """The process that reads a hostile commit may write there."""
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as large:
        large.truncate(OUTPUT_LIMIT + 1)
    for name in ("link", "folder", "pipe", "large", "absent"):
        assert isinstance(answered(tmp_path / name), Unread), name
    assert answered(tmp_path / "secret") == b"{}"
