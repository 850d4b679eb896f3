"""Confusion matrices as heat maps with a common scale, side by side."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.plots.page import SIDE_BY_SIDE, Side, harmless, label, new_figure
from reports.text.titles import plot_title

CLASSES = 30  # the most frequent ones are drawn
DARK = "#24292f"  # for numbers on light cells
PANELS = 12  # most matrices of one picture
SMALL = 5  # most classes for two matrices side by side; others are one below the other
WRITTEN = 12  # most classes for which every cell has its number

Cells = Mapping[tuple[str, str], float]  # (x, y) -> count or share


def confusion(sides: Sequence[Side]) -> Figure | None:
    """Draw the counts of (x, y), or the shares of each row with `confusion_normalized`. Each y column of each side is a
    matrix, since it may come from a file of its own. None where x or y columns are missing."""
    after = sides[-1].plot
    if not after.x or not after.ys:
        return None
    every = [matrix for matrix in _matrices(sides) if matrix.counts]
    matrices = every[:PANELS]
    if not matrices:
        return None
    frequent = Counter(word for each in matrices for pair, n in each.counts.items() for word in pair * n)
    classes = sorted(word for word, _ in frequent.most_common(CLASSES))
    shares = after.template == "confusion_normalized"
    cells: list[Cells] = [_shares(each.counts) if shares else dict(each.counts) for each in matrices]
    top = 1.0 if shares else max((n for each in cells for n in each.values()), default=1)
    several = len({each.column for each in matrices}) > 1
    wide = len(cells) > 2
    columns = SIDE_BY_SIDE if wide else len(cells) if len(classes) <= SMALL else 1
    if several and 1 < len(sides) < columns:
        columns = len(sides)  # a row for each file
    rows = math.ceil(len(cells) / columns)
    height = 3.6 * rows + 0.6 if wide else 2.9 if columns == 2 else 4.4 * rows
    figure, panels = new_figure(plot_title(after), columns, rows, height, wide)
    for spare in panels[len(cells) :]:
        spare.remove()
    for axes, matrix, each in zip(panels, matrices, cells, strict=False):
        _heat(axes, each, classes, top)
        names = [*([matrix.column] if several else []), *([matrix.side] if len(sides) > 1 else [])]
        column = matrix.column.rpartition(": ")[2] if several else matrix.column
        label(axes, after.x_label or after.x, after.y_label or column, ", ".join(names))
    if len(every) > len(matrices):
        figure.supxlabel(f"The first {len(matrices)} of {len(every)} matrices.", fontsize=9.5, color=DARK)
    return figure


@dataclass(frozen=True)
class _Matrix:
    """The counts for one panel."""

    side: str
    column: str  # name of the column in the plot: `test.json: predicted` where several files have it
    counts: Counter[tuple[str, str]]


def _matrices(sides: Sequence[Side]) -> list[_Matrix]:
    """Return the matrices by column, and within each column by side."""
    columns = list(dict.fromkeys(column for side in reversed(sides) for column in side.plot.ys))
    return [
        _Matrix(side.name, column, _counted(side, column))
        for column in columns
        for side in sides
        if column in side.plot.ys
    ]


def _counted(side: Side, column: str) -> Counter[tuple[str, str]]:
    """Return the counts of the rows that have this column. Rows of several files follow each other, each with its own
    column."""
    several = len(side.plot.ys) > 1
    rows = [row for row in side.plot.rows if column in row or not several]
    return Counter((str(row.get(side.plot.x)), str(row.get(column))) for row in rows)


def _shares(counted: Counter[tuple[str, str]]) -> Cells:
    """Return each count as a share of its y, as DVC's template does."""
    of_y: Counter[str] = Counter()
    for (_, y), n in counted.items():
        of_y[y] += n
    return {(x, y): n / of_y[y] for (x, y), n in counted.items()}


def _heat(axes: Axes, cells: Cells, classes: list[str], top: float) -> None:
    values = [[cells.get((x, y), 0.0) for x in classes] for y in classes]
    axes.imshow(values, cmap="Blues", vmin=0, vmax=top * 1.15 or 1, interpolation="nearest")
    places = range(len(classes))
    names = [harmless(word, 14) for word in classes]
    long = max(map(len, names)) * len(names) > 24
    axes.set_xticks(places, names, rotation=90 if long else 0)
    axes.set_yticks(places, names)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=9 if len(classes) <= WRITTEN else 6)
    if len(classes) > WRITTEN:
        return
    for row, line in enumerate(values):
        for place, value in enumerate(line):
            colour = "white" if value > top * 0.6 else DARK
            words = f"{value:.2f}" if isinstance(value, float) and top == 1.0 else f"{value:,.0f}"
            axes.text(place, row, words, ha="center", va="center", fontsize=9, color=colour)
