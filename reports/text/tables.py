"""The tables of a report: metrics of both sides, parameters that differ, and data in other versions."""

from collections.abc import Sequence

from experiments.judging.comparison import Comparison, Delta, ParamChange, Verdict
from experiments.judging.delta import same
from experiments.judging.metrics import difference, number, written
from experiments.parts.change import Input
from experiments.snapshot import Made, Reading, Value
from reports.text import values
from reports.text.markdown import cell, code, details, table
from reports.text.shortened import apart
from reports.text.size_limits import SizeLimits
from reports.text.values import NONE

RECORD = "written by training"  # what a file is called that is a record
COLUMNS = ("baseline", "this run")  # names of the sides in a run's own report
FEW = 8  # most rows that are shown together, whether they changed or not
OPEN = 15  # most rows that are shown unfolded
_NAME = 40  # characters


def shown(value: Value, other: Value = None) -> str:
    """Return a metric's value as Markdown, with the digits that tell it from `other`."""
    if value is None:
        return NONE
    return code(value, 40) if number(value) is None and not isinstance(value, bool) else written(value, other)


def metrics(comparison: Comparison, limits: SizeLimits, columns: tuple[str, str] = COLUMNS) -> str:
    """Return a table of metrics with their verdicts. What did not change and what is too long is folded. Empty where
    there is none."""
    header, align, lines = _metrics(comparison, columns)
    if not limits.folds or len(lines) <= FEW:
        return table(header, _middle_out(lines, limits.rows), align) if lines else ""
    changed, quiet = list[list[str]](), list[list[str]]()
    for delta, line in zip(comparison.deltas, lines, strict=True):
        (quiet if _same(delta) or delta.bookkeeping else changed).append(line)
    steps = sum(delta.bookkeeping for delta in comparison.deltas)
    more = changed[OPEN:]
    parts = [table(header, changed[:OPEN], align)] if changed else []
    folded = (
        (f"{len(more)} more metric{'' if len(more) == 1 else 's'}", more),
        (_quiet(len(quiet) - steps, steps), quiet),
    )
    parts += [details(what, table(header, _middle_out(some, limits.rows), align)) for what, some in folded if some]
    return "\n\n".join(parts)


def _same(delta: Delta) -> bool:
    """Return whether both sides have the same number or text, even where it is not judged."""
    text = delta.is_text and delta.before is not None and same(delta.before, delta.after)
    return delta.verdict is Verdict.UNCHANGED or (not delta.foreign and (delta.difference == 0 or text))


def _quiet(same: int, steps: int) -> str:
    """Return the title of a folded part: `19 metrics did not change, 1 only counts steps`."""
    counts = f"{steps} only count{'s' if steps == 1 else ''} steps"
    if not same:
        return f"{steps} metric{'' if steps == 1 else 's'} that {counts[len(str(steps)) + 1 :]}"
    return f"{same} metric{'' if same == 1 else 's'} did not change{f', {counts}' if steps else ''}"


def _metrics(comparison: Comparison, columns: tuple[str, str]) -> tuple[list[str], str, list[list[str]]]:
    """Return header, alignment and rows of the table of metrics.

    The verdict is the leftmost column, which a phone shows, and is left out where no metric has one. The file is the
    rightmost column. Where several files have a metric of one name, it stands before the names instead.
    """
    judged = any(_is_judged(delta) for delta in comparison.deltas)
    names = [comparison.named(delta) for delta in comparison.deltas]
    alike = any(name != delta.name for name, delta in zip(names, comparison.deltas, strict=True))
    several = not alike and len({delta.file for delta in comparison.deltas}) > 1
    short, files = apart(names, _NAME), apart([delta.file for delta in comparison.deltas], _NAME)
    lines = [
        [
            *([_verdict(delta)] if judged else []),
            code(short[name], len(short[name])),
            _side(delta.before, delta.after, delta.before_reading),
            NONE if delta.made is Made.NOTHING else _side(delta.after, delta.before, delta.after_reading),
            (not delta.foreign and difference(delta.before, delta.after)) or NONE,
            *([code(files[delta.file], len(files[delta.file]))] if several else []),
        ]
        for name, delta in zip(names, comparison.deltas, strict=True)
    ]
    header = [*(["verdict"] if judged else []), "metric", *map(cell, columns), "difference"]
    return [*header, *(["file"] if several else [])], "l" * judged + "lrrr" + "l" * several, lines


def params(changes: Sequence[ParamChange], limits: SizeLimits, columns: tuple[str, str] = COLUMNS) -> str:
    """Return a table of the parameters that differ. Empty where none does. Long ones are folded."""
    several = len({each.file for each in changes}) > 1 or any(each.recorded or each.shared for each in changes)
    header = ["parameter", *map(cell, columns), *(["file"] if several else [])]
    keys = apart([each.key for each in changes], _NAME)
    files = apart([each.file for each in changes], _NAME) if several else {}
    lines = [
        [
            code(keys[change.key], len(keys[change.key])),
            *values.sides(change.before, change.after),
            *([_file(files[change.file], change.recorded)] if files else []),
        ]
        for change in changes
    ]
    align = "lrr" + "l" * several
    if not limits.folds or len(lines) <= OPEN:
        return table(header, _middle_out(lines, limits.rows), align) if lines else ""
    rest = table(header, _middle_out(lines[OPEN:], limits.rows), align)
    more = len(lines) - OPEN
    folded = details(f"{more} more parameter{'' if more == 1 else 's'} that differ{'s' if more == 1 else ''}", rest)
    return f"{table(header, lines[:OPEN], align)}\n\n{folded}"


def inputs(chosen: Sequence[Input], rows: int) -> str:
    """Return a table of data in other versions than the baseline's. `rows`: at most."""
    lines = [
        [code(each.path, 80), code(each.before[:8]), f"{code(each.md5[:8])} ({code(each.rev, 40)})"] for each in chosen
    ]
    return table(["data", *map(cell, COLUMNS)], _middle_out(lines, rows), "lrr")


def _file(name: str, recorded: bool) -> str:
    return f"{code(name, len(name))} ({RECORD})" if recorded else code(name, len(name))


def _side(value: Value, other: Value, reading: Reading) -> str:
    return str(reading) if value is None and reading is not Reading.READ else shown(value, other)


def _is_judged(delta: Delta) -> bool:
    """Return whether a verdict tells more than the numbers and the first sentence of the report do."""
    return delta.foreign or delta.verdict not in (Verdict.NOT_COMPARABLE, Verdict.NO_BASELINE)


def _verdict(delta: Delta) -> str:
    if delta.foreign:
        return "not of this run" if delta.made is Made.NOTHING else "not run again"
    if delta.verdict is Verdict.WITHIN_NOISE:
        return f"{delta.verdict} (±{written(delta.noise)})"
    if delta.only_differs:
        return "differs"
    return f"**{delta.verdict}**" if delta.verdict in (Verdict.BETTER, Verdict.WORSE) else str(delta.verdict)


def _middle_out(lines: list[list[str]], rows: int) -> list[list[str]]:
    """Return at most `rows` lines: the first ones, one with the number of those left out, and the last ones."""
    if len(lines) <= rows:
        return lines
    last = rows // 4
    more = [f"… {len(lines) - rows + 1} more", *[""] * (len(lines[0]) - 1)]
    return [*lines[: rows - 1 - last], more, *lines[len(lines) - last :]]
