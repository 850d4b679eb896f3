"""Confusion matrices as heat maps, side by side with one scale."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.plots.page import SIDE_BY_SIDE, Side, harmless, label, new_figure
from reports.titles import plot_title

CLASSES = 30  # the most frequent ones are drawn
DARK = "#24292f"  # on a cell that is nearly white
SMALL = 5  # classes up to which two matrices stand side by side; larger ones one below the other
WRITTEN = 12  # classes up to which every cell has its number

Cells = Mapping[tuple[str, str], float]  # (x, y) -> count or share


def confusion(sides: Sequence[Side]) -> Figure | None:
    """Counts of (x, y), or each row's shares with `confusion_normalized`. None without both columns."""
    after = sides[-1].plot
    column = after.ys[0] if after.ys else ""
    if not after.x or not column:
        return None
    counts = [
        (side.name, Counter((str(row.get(side.plot.x)), str(row.get(side.plot.ys[0]))) for row in side.plot.rows))
        for side in sides
        if side.plot.ys
    ]
    frequent = Counter(word for _, counted in counts for pair, n in counted.items() for word in pair * n)
    classes = sorted(word for word, _ in frequent.most_common(CLASSES))
    shares = after.template == "confusion_normalized"
    cells: list[tuple[str, Cells]] = [(name, _shares(each) if shares else dict(each)) for name, each in counts]
    top = 1.0 if shares else max((n for _, each in cells for n in each.values()), default=1)
    wide = len(cells) > 2
    columns = SIDE_BY_SIDE if wide else len(cells) if len(classes) <= SMALL else 1
    rows = math.ceil(len(cells) / columns)
    height = 3.6 * rows + 0.6 if wide else 2.9 if columns == 2 else 4.4 * rows
    figure, panels = new_figure(plot_title(after), columns, rows, height, wide)
    for spare in panels[len(cells) :]:
        spare.remove()
    for axes, (name, each) in zip(panels, cells, strict=False):
        _heat(axes, each, classes, top)
        label(axes, after.x_label or after.x, after.y_label or column, name if len(cells) > 1 else "")
    return figure


def _shares(counted: Counter[tuple[str, str]]) -> Cells:
    """Of each y, as DVC's template has it."""
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
