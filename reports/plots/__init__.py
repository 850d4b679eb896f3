"""Pictures: the plots of a project with several sides in each, a sweep, and a metric over commits.

matplotlib takes half a second and 40 MB to load, and most processes and jobs draw nothing. So each function here
imports the module that draws when it is called, and this is the one place that does: all others ask for pictures here.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.judging.repeats import Repeats
from experiments.snapshot import Snapshot, Value
from reports.plots.drawn import Drawn, Point

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawn", "Point", "figures", "overlaid", "png", "rename", "repeated", "swept", "trend"]


def figures(before: Snapshot | None, after: Snapshot) -> tuple[Drawn, ...]:
    """Draw the plots of an experiment: those whose sides differ most, first; none of what can't be read or drawn."""
    if not after.drawable:
        return ()
    from reports.plots.chosen import figures as draw

    return draw(before, after)


def overlaid(revisions: Sequence[tuple[str, Snapshot]]) -> tuple[tuple[Drawn, ...], int]:
    """Draw each plot with all revisions in it. Return the pictures, and the number of plots that were not drawn.

    `revisions`: name and snapshot of at most seven.
    """
    from reports.plots.chosen import overlaid as draw

    return draw(revisions)


def swept(
    keys: Sequence[str], metric: str, points: Sequence[Point], best: Point | None, baseline: Value
) -> Drawn | None:
    """Draw the metric of a sweep over the parameters `keys`. None where there is too little to draw."""
    from reports.plots.over_params import swept as draw

    return draw(keys, metric, points, best, baseline)


def repeated(repeats: Repeats) -> Drawn | None:
    """Draw both sides of repeats at each seed. None where there is too little to draw, or a value is not finite."""
    from reports.plots.over_seeds import repeated as draw

    return draw(repeats)


def trend(metric: str, points: Sequence[tuple[str, Value]], has_base: bool) -> Drawn | None:
    """Draw a metric over commits. None where there is too little to draw.

    `points`: names and values, the oldest first. `has_base`: the first one is the base.
    """
    from reports.plots.over_commits import trend as draw

    return draw(metric, points, has_base)


def png(figure: "Figure") -> bytes:
    """Return the bytes of a picture. The same figure gives the same bytes."""
    from reports.plots.page import png as written

    return written(figure)


def rename(figure: "Figure", before: str, after: str) -> None:
    """Replace the names of the sides, `baseline` and `this run`, in a figure."""
    from reports.plots.page import rename as renamed

    renamed(figure, before, after)
