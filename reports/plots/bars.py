"""Horizontal bars: one pair for each label."""

import math

from matplotlib.figure import Figure

from experiments.snapshot import Plot
from reports.plots.page import BASELINE, EXPERIMENT, FAINT, harmless, label, legend, new_figure, numeric
from reports.titles import plot_title

MOST = 20  # labels


def bars(before: Plot | None, after: Plot) -> Figure | None:
    """DVC's convention: numbers in the x column, labels in the y column. None where there is no number."""
    now, old = _lengths(after), _lengths(before) if before else {}
    names = list(now)
    if after.template.endswith("sorted"):
        names.sort(key=lambda name: -now[name])
    names = names[:MOST]
    if not names:
        return None
    figure, (axes,) = new_figure(plot_title(after), height=1.4 + 0.34 * max(3, len(names)))
    places = range(len(names))
    size = 0.38 if old else 0.7
    drawn = {}
    if old:
        lengths = [old.get(name, math.nan) for name in names]
        places_above = [place - size / 2 for place in places]
        drawn["baseline"] = axes.barh(places_above, lengths, size, color=BASELINE, gid="baseline")[0]
    places_below = [place + size / 2 if old else float(place) for place in places]
    lengths = [now[name] for name in names]
    drawn["this run"] = axes.barh(places_below, lengths, size, color=EXPERIMENT, gid="experiment")[0]
    axes.set_yticks(list(places), [harmless(name, 30) for name in names])
    axes.invert_yaxis()
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    label(axes, after.x_label or after.x, after.y_label)
    legend(figure, drawn)
    return figure


def _lengths(plot: Plot) -> dict[str, float]:
    column = plot.ys[0] if plot.ys else ""
    found = {str(row.get(column, "")): numeric(row.get(plot.x)) for row in plot.rows}
    return {name: length for name, length in found.items() if math.isfinite(length)}
