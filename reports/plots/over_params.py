"""The picture of a sweep: its metric over the one parameter that varies, or a line for each member across several."""

import math
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from experiments.judging.metrics import number
from experiments.params.yaml_literal import flow
from experiments.snapshot import Value
from reports.plots.drawn import Drawn, Point
from reports.plots.page import BASELINE, EXPERIMENT, FAINT, INK, harmless, label, legend, new_figure, numeric

FEW = 3  # least points of a picture
AXES = 5  # most parameters in a picture
NAMES = 6  # most values of one axis that are all written out
WIDE = 50  # ratio of the largest to the smallest value from which an axis is logarithmic


def swept(
    keys: Sequence[str], metric: str, points: Sequence[Point], best: Point | None, baseline: Value
) -> Drawn | None:
    """Draw a sweep. None where there are few points, or no parameter varies."""
    points = [point for point in points if math.isfinite(numeric(point.metric))]
    if len(points) < FEW or not keys:
        return None
    if len(keys) == 1:
        title = f"{metric} over {keys[0]}"
        figure = _over(title, keys[0], metric, points, best, baseline)
    else:
        title = f"{metric} over {len(keys)} parameters"
        figure = _across(title, keys[:AXES], metric, points, best)
    return Drawn(title, f"{title}, of {len(points)} experiments", figure)


def _over(title: str, key: str, metric: str, points: Sequence[Point], best: Point | None, baseline: Value) -> Figure:
    figure, (axes,) = new_figure(title)
    axes.grid(color=FAINT, linewidth=0.6)
    place, numbers = _scale([point.values[0] for point in points])
    ordered = sorted(points, key=lambda point: place[repr(point.values[0])])
    xs, ys = [place[repr(point.values[0])] for point in ordered], [point.metric for point in ordered]
    axes.plot(xs, ys, color=EXPERIMENT, marker="o", markersize=4, linewidth=1.6 if numbers else 0, gid="experiment")
    if numbers and min(xs) > 0 and max(xs) / min(xs) >= WIDE:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda size, _: f"{size:g}")  # powers of ten are formulas, which are not drawn
        axes.xaxis.set_minor_formatter(NullFormatter())
    if not numbers:
        names = {repr(point.values[0]): harmless(flow(point.values[0]), 20) for point in ordered}
        axes.set_xticks([place[value] for value in names], list(names.values()))
    if best:
        axes.scatter(
            [place[repr(best.values[0])]], [best.metric], s=150, marker="*", color=EXPERIMENT, zorder=3, gid="best"
        )
    before = number(baseline)
    if before is not None and math.isfinite(numeric(before)):
        line = axes.axhline(before, color=BASELINE, linestyle=(0, (4, 2)), linewidth=1.5, gid="baseline")
        legend(figure, {"baseline": line})
    label(axes, key, metric)
    return figure


def _across(title: str, keys: Sequence[str], metric: str, points: Sequence[Point], best: Point | None) -> Figure:
    """Draw a line for each member. Each parameter has a vertical axis, and the metric has the last one."""
    figure, (axes,) = new_figure(title, wide=len(keys) > 2)
    columns = [[point.values[place] for point in points] for place in range(len(keys))]
    columns.append([point.metric for point in points])
    heights = []
    for x, column in enumerate(columns):
        place, _ = _scale(column)
        low, high = min(place.values()), max(place.values())
        rank = {value: (at - low) / (high - low) if high > low else 0.5 for value, at in place.items()}
        heights.append([rank[repr(value)] for value in column])
        axes.axvline(x, color=INK, linewidth=0.8)
        shown = list(rank) if len(rank) <= NAMES else [min(rank, key=rank.__getitem__), max(rank, key=rank.__getitem__)]
        named = {repr(value): f"{value:.4g}" if isinstance(value, float) else flow(value) for value in column}
        for value in shown:
            words = axes.text(x + 0.04, rank[value], harmless(named[value], 14), fontsize=9, color=INK, va="bottom")
            words.set_zorder(4)
    for row, point in enumerate(points):
        chosen = point == best
        axes.plot(
            range(len(columns)),
            [column[row] for column in heights],
            color=EXPERIMENT if chosen else BASELINE,
            linewidth=2.4 if chosen else 0.9,
            alpha=1 if chosen else 0.5,
            zorder=3 if chosen else 2,
            gid="best" if chosen else "experiment",
        )
    axes.set_xticks(range(len(columns)), [harmless(name, 22) for name in (*keys, metric)])
    axes.set_xlim(-0.1, len(columns) - 0.6)
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _scale(values: Sequence[Value]) -> tuple[dict[str, float], bool]:
    """Return the place of each value, and whether it is given by size: numbers have their size, others their order."""
    sizes = [number(value) for value in values]
    if all(size is not None and math.isfinite(numeric(size)) for size in sizes):
        return {repr(value): numeric(value) for value in values}, True
    return {value: float(place) for place, value in enumerate(dict.fromkeys(map(repr, values)))}, False
