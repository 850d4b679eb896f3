"""Endless digits in a table: a cell of a metric or a plot is read in bounded time, as far as it can be."""

import json
import math
from pathlib import Path
from time import monotonic

import pytest

from experiments.snapshot import Reading, Snapshot
from services.dvc.extract.results.metric_tables import values
from services.dvc.extract.results.series import Tables
from tests.contracts.snapshots.snapshot_projects import Workbench

LONG = 100_000  # digits; one cell may have 131,072 characters
SECONDS = 5.0  # for a file on which a reader that is quadratic in the length of a cell takes minutes
CELLS = {
    "9" * 15: 10**15 - 1,
    "-" + "9" * 15: 1 - 10**15,
    "9" * 16: 1e16,
    "9" * 4301: math.inf,  # Python makes no integer of that many
    "9" * LONG: math.inf,
    "-" + "9" * LONG: -math.inf,
    "0" * LONG + "7": 7.0,
    "0." + "0" * LONG + "7": 0.0,
    "1e" + "9" * LONG: math.inf,
    "1e-" + "9" * LONG: 0.0,
    "9" * LONG + "x": "9" * LONG + "x",
    "9" * 50_000 + "." + "9" * 50_000 + "e": "9" * 50_000 + "." + "9" * 50_000 + "e",
    "٣" * 20: "٣" * 20,  # digits, which no report calculates with
    "²": "²",
}


@pytest.mark.parametrize(("cell", "expected"), CELLS.items(), ids=[f"{cell[:5]}…{len(cell)}" for cell in CELLS])
def test_a_cell_becomes_a_number_or_stays_text(tmp_path: Path, cell: str, expected: object) -> None:
    (tmp_path / "m.csv").write_text(f"a,b\n1,2\n{cell},3\n")
    began = monotonic()
    assert values(tmp_path / "m.csv")[0] == {"a": expected, "b": 3}
    assert Tables(tmp_path).rows("m.csv", header=True)[-1] == {"a": expected, "b": 3}
    assert monotonic() - began < SECONDS


def whole(bench: Workbench, name: str, content: str) -> Snapshot:
    began = monotonic()
    snapshot = bench.take(
        {"dvc.yaml": f"metrics: [good.json, {name}]\nplots: [{name}]\n", "good.json": '{"a": 1}', name: content}
    )
    assert monotonic() - began < 6 * SECONDS
    assert snapshot.metrics[0].values == {"a": 1}, "what stands beside it is read"
    return snapshot


def test_a_table_of_such_cells_is_read(tmp_path: Path) -> None:
    row = ",".join(["9" * LONG] * 50)
    snapshot = whole(Workbench(tmp_path), "m.csv", ",".join(f"c{number}" for number in range(50)) + f"\n{row}\n")
    (plot,) = snapshot.plots
    assert plot.reading is Reading.READ and len(plot.rows) == 1
    assert {*snapshot.metrics[1].values.values()} <= {math.inf}


@pytest.mark.parametrize("name", ["m.json", "m.yaml"])
def test_a_list_of_rows_with_such_a_cell_is_reported_as_unreadable(tmp_path: Path, name: str) -> None:
    rows = [{"a": 1}, {"a": 2}]
    content = json.dumps(rows).replace("2", "9" * LONG)
    (plot,) = whole(Workbench(tmp_path), name, content).plots
    assert plot.reading is Reading.UNREADABLE and "digits" in plot.detail
