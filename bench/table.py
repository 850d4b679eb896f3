"""The figures as a table, for a terminal and for a document."""

from collections.abc import Sequence
from statistics import median

from bench.row import Figure, Goal

HEADS = ("row", "what", "ours", "counterpart", "theirs", "ratio", "goal", "met")
_MET = {True: "yes", False: "NO", None: "–"}


def aligned(figures: Sequence[Figure]) -> str:
    """Return lines of aligned columns. What the counterparts are follows below, where they are missing, too."""
    rows = [("row", "what", "ours", "theirs", "ratio", "goal", "met"), *(_short(each) for each in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    beside = dict.fromkeys(f"{each.row}: beside {_beside(each)}" for each in figures if each.counterpart)
    return "\n".join([*lines, "", "Medians, in brackets the least and the most of all rounds.", *beside])


def markdown(figures: Sequence[Figure]) -> str:
    """Return a table of Markdown."""
    lines = [f"| {' | '.join(HEADS)} |", f"|{'---|' * len(HEADS)}"]
    for each in figures:
        row, what, ours, theirs, *rest = _short(each)
        lines.append(
            f"| {' | '.join((row, what, ours, _beside(each) or '–', theirs, *rest))} |".replace("NO |", "**no** |")
        )
    return "\n".join(lines)


def _short(figure: Figure) -> tuple[str, ...]:
    theirs = _spread(figure.theirs, figure.unit) if figure.theirs else "missing" if figure.missing else "–"
    ratio = _spread(figure.ratios, "") if figure.ratios else "–"
    goal = ", ".join(map(_goal, figure.goals, [figure.unit] * len(figure.goals))) or "–"
    return figure.row, figure.what, _spread(figure.ours, figure.unit), theirs, ratio, goal, _MET[figure.met]


def _beside(figure: Figure) -> str:
    return f"{figure.counterpart}, which was not measured: {figure.missing}" if figure.missing else figure.counterpart


def _spread(values: Sequence[float], unit: str) -> str:
    middle = f"{_number(median(values))} {unit}".strip()
    return middle if len(values) == 1 else f"{middle} ({_number(min(values))} to {_number(max(values))})"


def _goal(goal: Goal, unit: str) -> str:
    sign = "≤" if goal.side == "at most" else "≥"
    return f"{sign} {goal.bound:g} ×" if goal.of == "ratio" else f"{sign} {goal.bound:g} {unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
