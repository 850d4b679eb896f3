"""The picture of repeats: both sides at each seed, and their means."""

import math
from statistics import fmean

from experiments.judging.repeats import Repeats
from reports.plots.drawn import Drawn
from reports.plots.page import BASELINE, EXPERIMENT, FAINT, label, legend, new_figure

FEW = 2  # least seeds of a picture


def repeated(repeats: Repeats) -> Drawn | None:
    """Draw the metric that decides. None with fewer seeds than `FEW`, or where a value is not finite."""
    leading = repeats.primary
    if leading is None or len(repeats.seeds) < FEW or not all(map(math.isfinite, (*leading.before, *leading.after))):
        return None
    title = f"{leading.delta.name} over {len(repeats.seeds)} seeds"
    figure, (axes,) = new_figure(title)
    axes.grid(color=FAINT, linewidth=0.6)
    places = list(range(len(repeats.seeds)))
    lines = {}
    for name, values, colour in (("baseline", leading.before, BASELINE), ("this", leading.after, EXPERIMENT)):
        if values:
            (lines[name],) = axes.plot(places, values, color=colour, marker="o", markersize=6, linewidth=0, gid=name)
            axes.axhline(fmean(values), color=colour, linestyle=(0, (4, 2)), linewidth=1.5, gid=f"{name} mean")
    for place, before, after in zip(places, leading.before, leading.after, strict=False):
        axes.plot([place, place], [before, after], color=FAINT, linewidth=2, zorder=1)
    axes.set_xticks(places, [str(seed) for seed in repeats.seeds])
    legend(figure, lines)
    label(axes, "seed; the dashed lines are means", leading.delta.name)
    return Drawn(title, title, figure)
