"""The tables of a report: metrics of both sides, and parameters that differ."""

import json
from collections.abc import Sequence

from experiments.comparison import Delta, ParamChange, Verdict
from experiments.experiment import Input
from experiments.metrics import difference, number, written
from experiments.snapshot import Reading, Value
from reports.markdown import cell, code, table

NONE = "–"
COLUMNS = ("baseline", "this run")  # what the sides are called in a run's own report


def shown(value: Value, other: Value = None) -> str:
    """A metric's value as Markdown, with the digits that tell it from `other`."""
    if value is None:
        return NONE
    return code(value, 40) if number(value) is None and not isinstance(value, bool) else written(value, other)


def metrics(deltas: Sequence[Delta], rows: int, columns: tuple[str, str] = COLUMNS) -> str:
    """Metrics with their verdicts in their order; last the file, only where there are several: phones show the left."""
    several = len({delta.file for delta in deltas}) > 1
    header = ["metric", *map(cell, columns), "difference", "verdict", *(["file"] if several else [])]
    lines = [
        [
            code(delta.name, 60),
            _side(delta.before, delta.after, delta.before_reading),
            _side(delta.after, delta.before, delta.after_reading),
            difference(delta.before, delta.after) or NONE,
            _verdict(delta),
            *([code(delta.file, 60)] if several else []),
        ]
        for delta in deltas
    ]
    return table(header, _middle_out(lines, rows), "lrrrll" if several else "lrrrl")


def params(changes: Sequence[ParamChange], rows: int, columns: tuple[str, str] = COLUMNS) -> str:
    """Parameters that differ."""
    several = len({change.file for change in changes}) > 1
    header = ["parameter", *map(cell, columns), *(["file"] if several else [])]
    lines = [
        [
            code(change.key, 80),
            _param(change.before),
            _param(change.after),
            *([code(change.file, 60)] if several else []),
        ]
        for change in changes
    ]
    return table(header, _middle_out(lines, rows), "lrrl" if several else "lrr")


def inputs(chosen: Sequence[Input], rows: int) -> str:
    """Data in other versions than the baseline's."""
    lines = [
        [code(each.path, 80), code(each.before[:8]), f"{code(each.md5[:8])} ({code(each.rev, 40)})"] for each in chosen
    ]
    return table(["data", *map(cell, COLUMNS)], _middle_out(lines, rows), "lrr")


def _side(value: Value, other: Value, reading: Reading) -> str:
    return str(reading) if value is None and reading is not Reading.READ else shown(value, other)


def _verdict(delta: Delta) -> str:
    if delta.verdict is Verdict.WITHIN_NOISE:
        return f"{delta.verdict} (±{written(delta.noise)})"
    if delta.verdict is Verdict.NOT_COMPARABLE and delta.difference is not None and not delta.better:
        return "differs"  # which way is better is not known
    return f"**{delta.verdict}**" if delta.verdict in (Verdict.BETTER, Verdict.WORSE) else str(delta.verdict)


def written_out(value: Value) -> str:
    """A parameter on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _param(value: Value) -> str:
    return NONE if value is None else code(written_out(value), 80)


def _middle_out(lines: list[list[str]], rows: int) -> list[list[str]]:
    """At most `rows` of them: the first ones, a line that counts, and the last ones."""
    if len(lines) <= rows:
        return lines
    last = rows // 4
    more = [f"… {len(lines) - rows + 1} more", *[""] * (len(lines[0]) - 1)]
    return [*lines[: rows - 1 - last], more, *lines[len(lines) - last :]]
