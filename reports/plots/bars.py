"""Horizontal bar charts, with one bar for each side and label."""

import math
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from experiments.snapshot import Plot
from reports.plots.page import FAINT, Side, harmless, label, legend, new_figure, numeric
from reports.text.titles import plot_title

MOST = 20  # labels
TALLEST = 12.0  # inches


def bars(sides: Sequence[Side]) -> Figure | None:
    """Draw a bar chart. As in DVC, the x column has numbers and the y column labels. None where the last side has no
    number."""
    after = sides[-1].plot
    measured = [(side, _lengths(side.plot)) for side in sides]
    now = measured[-1][1]
    names = list(now)
    if after.template.endswith("sorted"):
        names.sort(key=lambda name: -now[name])
    names = names[:MOST]
    if not names:
        return None
    measured = [(side, lengths) for side, lengths in measured if lengths]
    each = 0.34 if len(measured) <= 2 else 0.17 * len(measured)
    figure, (axes,) = new_figure(plot_title(after), height=min(TALLEST, 1.4 + each * max(3, len(names))))
    size = 0.7 if len(measured) == 1 else 0.76 / len(measured)
    drawn: dict[str, Artist] = {}
    for number, (side, lengths) in enumerate(measured):
        places = [place + (number - (len(measured) - 1) / 2) * size for place in range(len(names))]
        known = [lengths.get(name, math.nan) for name in names]
        drawn[side.name] = axes.barh(places, known, size, color=side.colour, gid=side.gid)[0]
    axes.set_yticks(list(range(len(names))), [harmless(name, 30) for name in names])
    axes.invert_yaxis()
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    label(axes, after.x_label or after.x, after.y_label)
    legend(figure, drawn)
    return figure


def _lengths(plot: Plot) -> dict[str, float]:
    """Return the number of each label. Rows of several files follow each other, each with its own label column, so the
    file's name is put in front of its labels."""
    several = len(plot.ys) > 1
    found = {
        f"{column.partition(': ')[0]}: {row.get(column, '')}" if several else str(row.get(column, "")): row.get(plot.x)
        for column in plot.ys or ("",)
        for row in plot.rows
        if column in row or not several
    }
    lengths = {name: numeric(value) for name, value in found.items()}
    return {name: length for name, length in lengths.items() if math.isfinite(length)}
