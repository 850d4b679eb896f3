"""The picture of one metric over the commits of a branch."""

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from experiments.snapshot import Value
from reports.plots.drawn import Drawn
from reports.plots.page import BASELINE, EXPERIMENT, FAINT, harmless, label, legend, new_figure, numeric

FEW = 2  # least points of a picture
NAMES = 16  # most commits that are named below the axis


def trend(metric: str, points: Sequence[tuple[str, Value]], has_base: bool) -> Drawn | None:
    """Draw a metric over commits. None with fewer numbers than `FEW`. A commit without a number leaves a gap.

    `points`: names and values, the oldest first. `has_base`: the first one is the base.
    """
    sizes = [numeric(value) for _, value in points]
    if sum(map(math.isfinite, sizes)) < FEW:
        return None
    title = f"{metric} over the commits"
    return Drawn(
        title, f"{title}, {len(points)} of them", _figure(title, metric, [name for name, _ in points], sizes, has_base)
    )


def _figure(title: str, metric: str, names: Sequence[str], sizes: Sequence[float], has_base: bool) -> Figure:
    figure, (axes,) = new_figure(title)
    axes.grid(color=FAINT, linewidth=0.6)
    places = list(range(len(sizes)))
    marker = 4 if len(places) <= 60 else 2
    axes.plot(places, list(sizes), color=EXPERIMENT, marker="o", markersize=marker, linewidth=1.8, gid="experiment")
    if has_base and math.isfinite(sizes[0]):
        line = axes.axhline(sizes[0], color=BASELINE, linestyle=(0, (4, 2)), linewidth=1.5, gid="baseline")
        legend(figure, {"base": line})
    step = max(1, math.ceil(len(names) / NAMES))
    shown = [*range(len(names) - 1, -1, -step)][::-1]  # the head is always named
    axes.set_xticks(shown, [harmless(names[place], 10) for place in shown], rotation=40 if len(shown) > 6 else 0)
    label(axes, "commit, the oldest first", metric)
    return figure
