"""Kept snapshots: which are used again, and which survive a change of the format."""

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.projects import ROOT
from services.dvc.snapshots import FORMAT
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, Workbench, md5, pack


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def test_a_commit_with_a_known_tree_is_not_read_again(bench: Workbench) -> None:
    before = bench.take({})
    asked = bench.mirror.checkouts
    again = bench.snapshots.take(REPOSITORY, bench.commit(), ROOT, NOTHING)
    assert again.sha != before.sha
    assert replace(again, sha=before.sha) == before
    assert bench.mirror.checkouts == asked


def test_an_older_or_torn_snapshot_on_disk_is_taken_anew(bench: Workbench) -> None:
    snapshot = bench.take({})
    (place,) = bench.kept.rglob("*.json")
    for content in (place.read_bytes()[:40], place.read_bytes().replace(b'"format":%d' % FORMAT, b'"format":0')):
        place.write_bytes(content)
        asked = bench.mirror.checkouts
        assert bench.snapshots.take(REPOSITORY, snapshot.sha, ROOT, NOTHING) == snapshot
        assert bench.mirror.checkouts == asked + 1


@pytest.mark.parametrize("other", [FORMAT - 1, FORMAT + 1])
def test_snapshots_that_no_commit_can_restore_survive_another_format(
    other: int, bench: Workbench, tmp_path: Path
) -> None:
    content = '{"auc": 0.5}'
    files = {
        "dvc.yaml": "stages:\n  s:\n    cmd: run\n    metrics: [cached.json]\n",
        "dvc.lock": "schema: '2.0'\nstages:\n  s:\n    cmd: run\n    outs:\n"
        f"    - {{path: cached.json, hash: md5, md5: {md5(content)}, size: {len(content)}}}\n",
    }
    sha = bench.take(files).sha
    bench.snapshots.take(REPOSITORY, sha, ROOT, NOTHING, pack(tmp_path / "a.tar", {"cached.json": content}))
    (place,) = bench.kept.rglob("*.json")
    kept = place.read_bytes().replace(b'"format":%d' % FORMAT, b'"format":%d' % other)
    place.write_bytes(kept)
    assert bench.snapshots.take(REPOSITORY, sha, ROOT, NOTHING).metrics[0].values == {"auc": 0.5}
    assert (place.read_bytes() == kept) is (other > FORMAT)  # a newer version's snapshots are left alone
