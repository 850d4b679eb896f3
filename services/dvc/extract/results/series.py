"""Reads the rows of one plot from its json, yaml, csv or tsv files."""

import csv
import math
import posixpath
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from dvc.render.converter.vega import get_datapoints

from services.dvc.extract.documents import Unreadable, load
from services.dvc.extract.readings import LIMIT
from services.dvc.extract.results.plot_definitions import Definition
from services.dvc.extract.values import Unshowable, plain, shortened, told_apart

ROWS = 20_000
COLUMNS = 200
CELL = 1_000  # characters
STEP = "step"  # the column of row numbers, for plots of several files
SEPARATORS = {".csv": ",", ".tsv": "\t"}
TEXT = "utf-8-sig"  # UTF-8; spreadsheets write a mark before the first name that is no part of it
SUFFIXES = (*SEPARATORS, ".json", ".yaml", ".yml")
NUMBER = re.compile(r"[+-]?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)

Row = dict[str, Any]


class Tables:
    """Files as lists of rows; each file is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[tuple[str, bool], list[Row]] = {}

    def rows(self, path: str, header: bool) -> list[Row]:
        """Return at most ROWS + 1 rows: one more than the limit shows that there were more. Raises Unreadable."""
        if (path, header) not in self._read:
            self._read[path, header] = self._load(self._root / path, header)
        return self._read[path, header]

    def _load(self, file: Path, header: bool) -> list[Row]:
        suffix = file.suffix.lower()
        if suffix not in SUFFIXES:
            raise Unreadable(f"plots are read from {', '.join(SUFFIXES)}, png, jpeg and gif files")
        try:
            if suffix in SEPARATORS:
                return _separated(file, SEPARATORS[suffix], header)
            rows: list[Row] = get_datapoints(load(file, LIMIT))
        except (csv.Error, ValueError, AttributeError, TypeError, KeyError) as error:
            raise Unreadable(f"it is not a table of rows: {error}") from error
        if not rows:
            raise Unreadable("it holds no list of rows that have the same columns")
        return rows[: ROWS + 1]


def _separated(file: Path, separator: str, header: bool) -> list[Row]:
    with file.open(encoding=TEXT, newline="") as lines:
        if header:
            names = None
        else:
            first = next(csv.reader(lines, delimiter=separator), [])
            lines.seek(0)
            names = [str(index) for index in range(len(first))]
        reader = csv.DictReader(lines, names, delimiter=separator, skipinitialspace=True)
        rows = [stripped(row) for row in islice(reader, ROWS + 1)]
        if not reader.fieldnames:
            raise Unreadable("it is empty")
        return rows


def stripped(row: Mapping[str | None, Any]) -> Row:
    """Return a row without the spaces that align columns, and with numbers as numbers."""
    # Cells beyond the header are under the key None; missing last cells have the value None.
    return {name.strip(): _number(cell) for name, cell in row.items() if name is not None}


def _number(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if not NUMBER.fullmatch(text):
        return text
    value = float(text)
    digits = text.lstrip("+-")
    return int(text) if digits.isdigit() and len(digits) < 16 else value


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value[:CELL]
    if isinstance(value, list | dict):
        return str(value)[:CELL]
    try:
        return plain(value)
    except Unshowable:
        return math.nan


def series(tables: Tables, plot: Definition) -> tuple[str, tuple[str, ...], tuple[Row, ...], str]:
    """Return (x column, y columns, rows, what was cut). Raises Unreadable.

    One file gives its own rows. Rows of several files follow each other: x values and lengths may differ, so each row
    has its own file's y column and misses the others. Columns of the same name are told apart by their file.
    """
    header = plot.props.get("header") is not False
    plot = replace(
        plot,
        xs={path: _as_read(path, column) for path, column in plot.xs.items()},
        ys={path: tuple(_as_read(path, column) for column in columns) for path, columns in plot.ys.items()},
    )
    ys = dict(plot.ys) or {plot.paths[0]: ()}
    asked = sum(len(columns) for columns in ys.values())
    lines = [(path, column) for path, columns in ys.items() for column in columns or (_last(tables, path, header),)]
    cut = f"the first {COLUMNS} of {asked} columns were read" if len(lines) > COLUMNS else ""
    lines = lines[:COLUMNS]
    names = _names(lines)
    x = shortened(next(iter(plot.xs.values()), ""))
    one_file = len(ys) == 1
    if not x and not one_file:
        x = STEP
    rows: list[Row] = []
    for path in ys:
        columns = {column: names[path, column] for file, column in lines if file == path}
        rows += _rows(tables, plot, path, columns, x, header, numbered=not one_file)
    if len(rows) > ROWS:
        cut = "; ".join(filter(None, (cut, f"the first {ROWS:,} rows were read")))
    return x, tuple(names.values()), tuple(rows[:ROWS]), cut


def _rows(
    tables: Tables, plot: Definition, path: str, columns: dict[str, str], x: str, header: bool, *, numbered: bool
) -> list[Row]:
    table = tables.rows(path, header)
    _check(path, table, list(columns))
    rows = [{name: _cell(row.get(column)) for column, name in columns.items()} for row in table]
    x_file = path if path in plot.xs else next(iter(plot.xs), "")
    if x_file:
        steps = tables.rows(x_file, header)
        _check(x_file, steps, [plot.xs[x_file]])
        if len(steps) != len(table):
            raise Unreadable(f"{x_file} has {len(steps):,} rows and {path} has {len(table):,}: they can't be joined")
        for row, step in zip(rows, steps, strict=True):
            row[x] = _cell(step.get(plot.xs[x_file]))
    elif numbered:
        for index, row in enumerate(rows):
            row[x] = index
    return rows


def _as_read(path: str, column: str) -> str:
    """Return a declared column's name as the table has it. DVC wants the spaces of the header in it, too."""
    return column.strip() if Path(path).suffix.lower() in SEPARATORS else column


def _last(tables: Tables, path: str, header: bool) -> str:
    rows = tables.rows(path, header)
    if not rows:
        raise Unreadable("it has no rows")
    return str(list(rows[0])[-1])


def _check(path: str, rows: list[Row], columns: list[str]) -> None:
    if not rows:
        raise Unreadable(f"{path} has no rows")
    for column in columns:
        if column not in rows[0]:
            there = ", ".join(str(name)[:50] for name in list(rows[0])[:10])
            raise Unreadable(f"{path} has no column {column}; it has {there}")


def _names(lines: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the name of each column, preceded by its file where two files have a column of that name."""
    columns = [column for _, column in lines]
    folder = posixpath.commonpath([posixpath.dirname(path) for path, _ in lines])
    names: dict[tuple[str, str], str] = {}
    for path, column in dict.fromkeys(lines):
        name = column if columns.count(column) == 1 else f"{posixpath.relpath(path, folder or '.')}: {column}"
        names[path, column] = told_apart(name, {*names.values()})
    return names
