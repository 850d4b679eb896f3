"""A pull request of a few kilobytes, with each commit within all limits, that would fill the disk or the memory as
a whole.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from experiments.limits import TREE_LIMIT
from experiments.projects import ROOT
from experiments.snapshot import BEYOND
from services.dvc import loaded, snapshots
from services.dvc.extract_process import Reader
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, Workbench

ZEROS = bytes(45_000_000)  # some kilobytes in Git


@pytest.mark.parametrize("at_a_time", [25, 1])
def test_many_commits_use_no_more_disk_space_than_one_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    """Read by one process, or by several side by side."""
    bench, room, seen = Workbench(tmp_path), tmp_path / "room", list[int]()
    room.mkdir()
    shas = [bench.commit({".dvc/config": "", "a": ZEROS, "b": ZEROS, "seed": str(seed)}) for seed in range(6)]
    run = Reader._run

    def measured(reader: Reader, workspace: Path, words: list[str], files: Path | None, answer: Path) -> None:
        seen.append(filled(room))
        run(reader, workspace, words, files, answer)
        seen.append(filled(room))

    monkeypatch.setattr(Reader, "_run", measured)
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    monkeypatch.setattr(snapshots, "AT_A_TIME", at_a_time)
    monkeypatch.setattr(snapshots, "SIDE_BY_SIDE", 6)
    found = bench.snapshots.take_all(REPOSITORY, shas, ROOT, NOTHING)
    assert all(found[sha].problems == () for sha in shas)
    assert max(seen) <= TREE_LIMIT
    assert filled(room) == 0


def test_rows_and_images_are_loaded_only_on_request(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    plots = "".join(f"- p{number}: {{y: {{c.csv: y}}}}\n" for number in range(24))
    project = {".dvc/config": "", "dvc.yaml": f"plots:\n{plots}", "c.csv": "y\n" + "1.5\n" * 2_000}
    shas = [bench.commit({**project, "seed": str(seed)}) for seed in range(2)]
    assert rows(bench, shas) == [0, 0], "just read"
    assert rows(bench, shas) == [0, 0], "kept"
    assert rows(bench, shas, plots=True) == [48_000, 48_000]


@pytest.mark.parametrize("plots", [False, True])
def test_no_more_is_loaded_than_memory_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plots: bool) -> None:
    bench = Workbench(tmp_path)
    values = json.dumps({f"{number:x}": number + 0.5 for number in range(5_000)})
    project = {".dvc/config": "", "dvc.yaml": "metrics: [m.json]\n", "m.json": values}
    shas = [bench.commit({**project, "seed": str(seed)}) for seed in range(6)]
    monkeypatch.setattr(loaded, "MOST_WITH_PLOTS" if plots else "MOST", 3 * len(values))
    for _ in ("just read", "kept"):
        found = bench.snapshots.take_all(REPOSITORY, shas, ROOT, NOTHING, plots=plots)
        held = [sha for sha in shas if found[sha].metrics]
        assert shas[:1] == held[:1]
        assert 1 < len(held) <= 3
        assert all(found[sha].problems == (() if sha in held else (BEYOND,)) for sha in shas)
    assert bench.snapshots.take(REPOSITORY, shas[-1], ROOT, NOTHING).problems == (), "by itself it is read"


def filled(folder: Path) -> int:
    """Return the bytes of the folder's files, some of which may have been deleted by now."""
    sizes = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                sizes += os.lstat(f"{place}/{name}").st_size
    return sizes


def rows(bench: Workbench, shas: Sequence[str], plots: bool = False) -> list[int]:
    found = bench.snapshots.take_all(REPOSITORY, shas, ROOT, NOTHING, plots=plots)
    return [sum(len(plot.rows) for plot in found[sha].plots) for sha in shas]
