"""A process that has loaded DVC before it is asked reads a commit as one does that is started for it, once."""

import errno
import os
import shutil
import signal
import tempfile
from pathlib import Path
from time import time
from typing import NoReturn, cast

import pytest

from bot.ports.git import Git
from experiments.projects import ROOT
from experiments.snapshot import Reading
from runners.agent.isolation import bubblewrap
from services.dvc import spares
from services.dvc.reading_process import PREFIX, UNLOCKED, new_workspace, sweep
from services.dvc.snapshots import DvcSnapshots
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, Workbench, md5, pack
from tests.world.project import PARAMS, files

OUTSIDE = "vars: [%s]\nmetrics: ['${token}']\nstages: {}\n"


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def snapshots_of(bench: Workbench, folder: Path, isolate: bool) -> DvcSnapshots:
    if isolate and not bubblewrap.available():
        pytest.skip("bubblewrap does not work here")
    return DvcSnapshots(cast(Git, bench.mirror), folder, isolate)


def spare_of(snapshots: DvcSnapshots) -> spares.Spare:
    spare = snapshots._reader.spares._spare
    assert spare is not None
    return spare


@pytest.mark.parametrize("isolate", [False, True])
def test_it_reads_as_one_that_is_started_for_the_commit(bench: Workbench, tmp_path: Path, isolate: bool) -> None:
    shas = [bench.commit(files(0.5, PARAMS.replace("seed: 7", f"seed: {seed}"))) for seed in range(3)]
    alone, ready = (snapshots_of(bench, tmp_path / name, isolate) for name in ("alone", "ready"))
    used = list[int]()
    with ready.ready():
        for sha in shas:
            used.append(spare_of(ready).process.pid)
            assert ready.take(REPOSITORY, sha, ROOT, NOTHING) == alone.take(REPOSITORY, sha, ROOT, NOTHING)
        assert spare_of(ready).process.pid not in used
    assert len(set(used)) == len(shas), "each commit is read by a process of its own"


@pytest.mark.parametrize("largest", [spares.LARGEST, 0])
def test_what_training_returned_is_read_too(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    """Also where it is too large to be copied."""
    monkeypatch.setattr(spares, "LARGEST", largest)
    said = '{"accuracy": 0.75}'
    lock = (
        "schema: '2.0'\nstages:\n  train:\n    cmd: train\n    outs:\n    - path: out.json\n      hash: md5\n"
        f"      md5: {md5(said)}\n      size: {len(said)}\n"
    )
    stage = "stages:\n  train:\n    cmd: train\n    metrics: [out.json]\n"
    sha = bench.commit({".dvc/config": "", "dvc.yaml": stage, "dvc.lock": lock})
    tar = pack(tmp_path / "files.tar", {"out.json": said})
    alone, ready = (snapshots_of(bench, tmp_path / name, isolate=False) for name in ("alone", "ready"))
    with ready.ready():
        before = spare_of(ready)
        found = ready.take(REPOSITORY, sha, ROOT, NOTHING, tar)
        assert (spare_of(ready) is before) == (not largest)
    assert found == alone.take(REPOSITORY, sha, ROOT, NOTHING, tar)
    assert [metric.reading for metric in found.metrics] == [Reading.READ]


@pytest.mark.parametrize("isolate", [False, True])
def test_it_is_shut_in_as_the_other(bench: Workbench, tmp_path: Path, isolate: bool) -> None:
    (tmp_path / "secret.yaml").write_text("token: hush\n")
    curious = bench.commit({".dvc/config": "", "dvc.yaml": OUTSIDE % (tmp_path / "secret.yaml"), "metrics.json": "{}"})
    alone, ready = (snapshots_of(bench, tmp_path / name, isolate) for name in ("alone", "ready"))
    with ready.ready():
        found = ready.take(REPOSITORY, curious, ROOT, NOTHING)
    assert found == alone.take(REPOSITORY, curious, ROOT, NOTHING)
    assert found.problems
    assert "hush" not in str(found)


def test_it_composes_too(bench: Workbench, tmp_path: Path) -> None:
    sha = bench.commit({".dvc/config": "[hydra]\n    enabled = True\n", "conf/config.yaml": "lr: 1\n"})
    alone, ready = (snapshots_of(bench, tmp_path / name, isolate=False) for name in ("alone", "ready"))
    with ready.ready():
        used = spare_of(ready)
        found = ready.compose(REPOSITORY, sha, ROOT, [["lr=2"], ["lr=3"]])
        assert used.process.poll() == 0
    assert found == alone.compose(REPOSITORY, sha, ROOT, [["lr=2"], ["lr=3"]])
    assert [each.problem for each in found] == ["", ""]


@pytest.mark.parametrize("isolate", [False, True])
def test_one_that_was_killed_is_replaced(bench: Workbench, tmp_path: Path, isolate: bool) -> None:
    ready = snapshots_of(bench, tmp_path / "ready", isolate)
    with ready.ready():
        killed = spare_of(ready)
        os.kill(killed.process.pid, signal.SIGKILL)
        killed.process.wait()
        assert ready.take(REPOSITORY, bench.commit(files(0.9)), ROOT, NOTHING).problems == ()
        assert spare_of(ready).process.pid != killed.process.pid
        assert not killed.workspace.exists()


def test_it_has_the_same_time(bench: Workbench, tmp_path: Path) -> None:
    hurried = DvcSnapshots(cast(Git, bench.mirror), tmp_path / "ready", isolate=False, seconds=0.0)
    with hurried.ready():
        used = spare_of(hurried)
        (problem,) = hurried.take(REPOSITORY, bench.commit(files(0.9)), ROOT, NOTHING).problems
    assert "took more than 0 seconds" in problem
    assert used.process.poll() is not None


def test_where_none_can_be_started_commits_are_read_all_the_same(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = snapshots_of(bench, tmp_path / "ready", isolate=False)

    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    with ready.ready():
        first = spare_of(ready)
        with monkeypatch.context() as failing:
            failing.setattr(spares, "start", full)
            for accuracy in (0.7, 0.8):  # one by the process that is there, one without
                assert ready.take(REPOSITORY, bench.commit(files(accuracy)), ROOT, NOTHING).problems == ()
            assert ready._reader.spares._spare is None
        assert ready.take(REPOSITORY, bench.commit(files(0.9)), ROOT, NOTHING).problems == ()
        assert spare_of(ready) is not first, "it was tried again"


def test_for_a_repository_that_is_not_read_none_is_used(bench: Workbench, tmp_path: Path) -> None:
    ready = DvcSnapshots(cast(Git, bench.mirror), tmp_path / "ready", isolate=False, refused=lambda _: "Not here.")
    with ready.ready():
        before = spare_of(ready)
        assert ready.take(REPOSITORY, bench.commit(files(0.9)), ROOT, NOTHING).problems == ("Not here.",)
        assert spare_of(ready) is before


def test_it_goes_with_the_block(bench: Workbench, tmp_path: Path) -> None:
    ready = snapshots_of(bench, tmp_path / "ready", isolate=False)
    with ready.ready():
        spare = spare_of(ready)
    assert spare.process.poll() is not None
    assert not spare.workspace.exists()
    assert ready.take(REPOSITORY, bench.commit(files(0.9)), ROOT, NOTHING).problems == ()


def test_one_whose_folder_was_deleted_is_replaced(bench: Workbench, tmp_path: Path) -> None:
    """As whatever cleans /tmp does, where nobody asks for days."""
    ready = snapshots_of(bench, tmp_path / "ready", isolate=False)
    with ready.ready():
        cleaned = spare_of(ready)
        shutil.rmtree(cleaned.workspace)
        assert ready.take(REPOSITORY, bench.commit(files(0.9)), ROOT, NOTHING).problems == ()
        assert cleaned.process.poll() is not None


def test_what_it_read_while_it_loaded_is_no_part_of_a_commit(bench: Workbench, tmp_path: Path) -> None:
    peeking = {".dvc/config": "", "dvc.yaml": "vars: [../spare/own/params.yaml]\nmetrics: ['${a}.json']\nstages: {}\n"}
    sha = bench.commit(peeking)
    alone, ready = (snapshots_of(bench, tmp_path / name, isolate=False) for name in ("alone", "ready"))
    with ready.ready():
        assert ready.take(REPOSITORY, sha, ROOT, NOTHING) == alone.take(REPOSITORY, sha, ROOT, NOTHING)


def test_folders_that_a_killed_worker_left_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, new = tmp_path / f"{PREFIX}left", tmp_path / f"{PREFIX}new"
    for folder in (left, new):
        (folder / "tree").mkdir(parents=True)
    long_ago = time() - 2 * UNLOCKED
    os.utime(left, (long_ago, long_ago))
    with new_workspace() as used:
        os.utime(used, (long_ago, long_ago))
        sweep()
        assert sorted(tmp_path.iterdir()) == sorted([used, new])
