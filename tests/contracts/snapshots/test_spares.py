"""A process that has loaded DVC before it is asked reads a commit as one does that is started for it, once."""

import os
import signal
from pathlib import Path
from typing import cast

import pytest

from bot.ports.git import Git
from experiments.projects import ROOT
from experiments.snapshot import Reading, Snapshot
from runners.agent.isolation import bubblewrap
from services.dvc import spares
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
    ready.prepare()
    used = list[int]()
    for sha in shas:
        used.append(spare_of(ready).process.pid)
        assert ready.take(REPOSITORY, sha, ROOT, NOTHING) == alone.take(REPOSITORY, sha, ROOT, NOTHING)
    assert len(set(used)) == len(shas), "each commit is read by a process of its own"
    assert spare_of(ready).process.pid not in used
    ready._reader.spares.close()


def test_what_training_returned_is_read_too(bench: Workbench, tmp_path: Path) -> None:
    said = '{"accuracy": 0.75}'
    lock = (
        "schema: '2.0'\nstages:\n  train:\n    cmd: train\n    outs:\n    - path: out.json\n      hash: md5\n"
        f"      md5: {md5(said)}\n      size: {len(said)}\n"
    )
    stage = "stages:\n  train:\n    cmd: train\n    metrics: [out.json]\n"
    sha = bench.commit({".dvc/config": "", "dvc.yaml": stage, "dvc.lock": lock})
    tar = pack(tmp_path / "files.tar", {"out.json": said})
    found = list[Snapshot]()
    for name in ("alone", "ready"):
        snapshots = snapshots_of(bench, tmp_path / name, isolate=False)
        if name == "ready":
            snapshots.prepare()
        found.append(snapshots.take(REPOSITORY, sha, ROOT, NOTHING, tar))
        snapshots._reader.spares.close()
    assert found[0] == found[1]
    assert [metric.reading for metric in found[1].metrics] == [Reading.READ]


@pytest.mark.parametrize("isolate", [False, True])
def test_it_is_shut_in_as_the_other(bench: Workbench, tmp_path: Path, isolate: bool) -> None:
    (tmp_path / "secret.yaml").write_text("token: hush\n")
    curious = bench.commit({"dvc.yaml": OUTSIDE % (tmp_path / "secret.yaml"), "metrics.json": "{}"})
    ready = snapshots_of(bench, tmp_path / "ready", isolate)
    ready.prepare()
    assert "hush" not in str(ready.take(REPOSITORY, curious, ROOT, NOTHING))
    ready._reader.spares.close()


def test_one_that_was_killed_is_replaced(bench: Workbench, tmp_path: Path) -> None:
    ready = snapshots_of(bench, tmp_path / "ready", isolate=False)
    ready.prepare()
    killed = spare_of(ready)
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    assert ready.take(REPOSITORY, bench.commit(files(0.9)), ROOT, NOTHING).problems == ()
    assert spare_of(ready).process.pid != killed.process.pid
    assert not killed.workspace.exists()
    ready._reader.spares.close()


def test_it_goes_with_what_keeps_it(bench: Workbench, tmp_path: Path) -> None:
    ready = snapshots_of(bench, tmp_path / "ready", isolate=False)
    ready.prepare()
    spare = spare_of(ready)
    ready._reader.spares.close()
    assert spare.process.poll() is not None
    assert not spare.workspace.exists()
    assert ready.take(REPOSITORY, bench.commit(files(0.9)), ROOT, NOTHING).problems == ()
