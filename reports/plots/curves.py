"""Curves and scatter plots, with one axes for each column and all sides in it."""

import math
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.snapshot import Plot
from reports.plots.page import FAINT, HEIGHT, Side, label, legend, new_figure, numeric
from reports.text.titles import plot_title

PANELS = 4  # columns drawn of one plot
POINTS = 5000  # most points of one curve; a comment is 900 pixels wide
PANEL = 1.7  # inches of height for each further column
FEW = 15  # most points that are marked individually


def curves(sides: Sequence[Side]) -> Figure | None:
    """Draw curves or points as the plot of the last side declares. None where none of its columns has a number."""
    after = sides[-1].plot
    # Each column has its own axes: a report compares the sides of one column, not two columns.
    shown = [column for column in _columns(after) if _has_numbers(after, column)][:PANELS]
    if not shown:
        return None
    # Axes are stacked, so that they are as large on a phone as on a page.
    figure, panels = new_figure(plot_title(after), 1, len(shown), HEIGHT + PANEL * (len(shown) - 1))
    handles: dict[str, Artist] = {}
    for axes, column in zip(panels, shown, strict=False):
        axes.grid(color=FAINT, linewidth=0.6)
        for order, side in enumerate(reversed(sides), start=2):
            if _has_numbers(side.plot, column):
                handles[side.name] = _side(axes, side, column, order)
        if all(x.is_integer() for side in sides for x in _points(side.plot, column, in_order=False)[0]):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))  # no step is a fraction
        single = len(shown) == 1
        label(
            axes,
            after.x_label or after.x or "step",
            (after.y_label or column) if single else "",
            "" if single else column,
        )
    legend(figure, {side.name: handles[side.name] for side in sides if side.name in handles})
    return figure


def _columns(plot: Plot) -> Sequence[str]:
    """Return the declared columns. Where none is, return the last one, as DVC does."""
    if plot.ys:
        return plot.ys
    return [name for name in plot.rows[0] if name != plot.x][-1:]


def _has_numbers(plot: Plot, column: str) -> bool:
    return any(math.isfinite(numeric(row.get(column))) for row in plot.rows)


def _side(axes: Axes, side: Side, column: str, order: int) -> Artist:
    plot, colour, gid = side.plot, side.colour, side.gid
    scattered = plot.template.startswith("scatter")
    xs, ys = _points(plot, column, in_order=not scattered)
    if scattered:
        mark = "x" if side.is_baseline else "o"
        return axes.scatter(xs, ys, s=18, c=colour, marker=mark, alpha=0.7, linewidths=1, zorder=order, gid=gid)
    style = {"linewidth": 1.5, "linestyle": (0, (4, 2))} if side.is_baseline else {"linewidth": 2.2}
    marker = "o" if len(ys) <= FEW else ""
    (line,) = axes.plot(xs, ys, color=colour, marker=marker, markersize=4, zorder=order, gid=gid, **style)
    return line


def _points(plot: Plot, column: str, in_order: bool) -> tuple[list[float], list[float]]:
    """Return x and y values. Where an x is no number, rows are counted instead. A NaN in y leaves a gap."""
    rows = [row for row in plot.rows if column in row]  # of several files, each row has its own columns
    rows = rows[:: max(1, math.ceil(len(rows) / POINTS))]
    xs = [numeric(row.get(plot.x)) for row in rows] if plot.x else [math.nan]
    if not all(map(math.isfinite, xs)) or len(xs) != len(rows):
        xs = [float(place) for place in range(len(rows))]
    points = [(x, numeric(row.get(column))) for x, row in zip(xs, rows, strict=True)]
    if in_order:
        points.sort(key=lambda point: point[0])
    return [x for x, _ in points], [y for _, y in points]
