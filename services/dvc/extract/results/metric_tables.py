"""Reads the metrics of a csv or tsv file: from rows of names and values, or else from its last row."""

import csv
from collections import deque
from pathlib import Path

from services.dvc.extract.documents import Unreadable
from services.dvc.extract.results.series import SEPARATORS, TEXT, Row, stripped

MOST = 5_000  # rows of names and values
NAMES = {"name", "metric", "metrics", "metric_name", "measure"}  # headers of a column of names, in lower case
WHEN = {"timestamp", "step"}  # headers of columns that say when a value was written


def values(file: Path) -> tuple[Row, str]:
    """Return the values by name of a file with a header, and a clause that says what was left out.

    Raises Unreadable.
    """
    try:
        with file.open(encoding=TEXT, newline="") as lines:
            reader = csv.DictReader(lines, delimiter=SEPARATORS[file.suffix.lower()], skipinitialspace=True)
            columns = [name.strip() for name in reader.fieldnames or ()]
            count, rows = 0, deque[Row](maxlen=MOST)
            for row in reader:
                count += 1
                rows.append(stripped(row))
    except (csv.Error, UnicodeDecodeError) as error:
        raise Unreadable(f"it is not a table of rows: {error}") from error
    if not rows:
        raise Unreadable("it has no row below its header")
    named = _named(columns, list(rows)) if count <= MOST else {}
    if named:
        return named, ""
    last = {name: value for name, value in rows[-1].items() if name.lower() != "timestamp"}
    left_out = f"{count - 1:,} row{'' if count == 2 else 's'} before it {'was' if count == 2 else 'were'} left out"
    return last, f"its last row counts, {left_out}" if count > 1 else ""


def _named(columns: list[str], rows: list[Row]) -> Row:
    """Return each name with its value, empty where the table may hold something else.

    A table of names and values has two columns, and the first holds texts, each once. With a further column that says
    when a value was written, a name may come again and its last value counts.
    """
    when = [name for name in columns if name.lower() in WHEN]
    kept = [name for name in columns if name not in when]
    if len(kept) != 2 or kept[0].lower() not in NAMES:
        return {}
    names = [row.get(kept[0]) for row in rows]
    if not all(isinstance(name, str) and name for name in names) or (len({*names}) < len(names) and not when):
        return {}
    return {str(row[kept[0]]): row.get(kept[1]) for row in rows}
