"""Read the tables of a comment."""

import re
from collections.abc import Iterator, Mapping

import yaml

from experiments.snapshot import Value
from tests.projects.layout import Layout

LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
RECORD = " (written by training)"
Row = Mapping[str, str]  # column -> cell


def tables(body: str) -> Iterator[list[Row]]:
    """Return the rows of each table."""
    found: list[list[str]] = []
    for line in [*body.splitlines(), ""]:
        if line.startswith("| "):
            found.append([cell.strip() for cell in line.strip("|").split(" | ")])
        elif found:
            header, _, *rows = found
            yield [dict(zip(header, row, strict=True)) for row in rows]
            found = []


def rows(body: str, first: str) -> list[Row]:
    """Return the rows of all tables that have this column."""
    return [row for table in tables(body) for row in table if first in row]


def plain(cell: str) -> str:
    """Return a cell without bold and code marks."""
    return LINK.sub(r"\1", cell).replace("**", "").replace("`", "").strip()


def value(cell: str) -> Value:
    """Return the value in a cell."""
    text = plain(cell).replace(",", "") if "`" not in cell else plain(cell)
    found: Value = None if text == "–" else yaml.safe_load(text)
    return found


def sides(layout: Layout, body: str, what: str, left: str, right: str) -> dict[str, tuple[Value, Value]]:
    """Return both sides of each `metric` or `parameter` of a comparison."""
    names = layout.metrics if what == "metric" else layout.params
    found = {}
    for row in rows(body, what):
        label = plain(row[what])
        label = f"{plain(row['file']).removesuffix(RECORD)}:{label}" if "file" in row else whole(label, names)
        assert label not in found, f"{label} is there twice"
        found[label] = (value(row[left]), value(row[right]))
    return found


def whole(label: str, names: Mapping[str, object]) -> str:
    """Return the full name of one that stands without its file."""
    (found,) = [name for name in names if name == label or name.partition(":")[2] == label]
    return found
