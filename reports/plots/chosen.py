"""Which plots become pictures, and which kind of picture each becomes."""

from pathlib import PurePosixPath

from experiments.snapshot import Plot, Reading, Snapshot
from reports.plots.bars import bars
from reports.plots.confusion import confusion
from reports.plots.curves import curves
from reports.plots.images import images
from reports.plots.page import Drawn
from reports.titles import plot_title

MOST = 8  # pictures in a report


def figures(before: Snapshot | None, after: Snapshot) -> tuple[Drawn, ...]:
    """Pictures of the experiment's plots as declared, at most `MOST`; what could not be read or drawn is left out."""
    baselines = {plot.id: plot for plot in before.plots if plot.reading is Reading.READ} if before else {}
    drawn: list[Drawn] = []
    for plot in after.plots:
        if plot.reading is Reading.READ and len(drawn) < MOST:
            baseline = baselines.get(plot.id)
            picture = _draw(baseline if baseline and baseline.kind == plot.kind else None, plot)
            drawn += [picture] if picture else []
    return tuple(drawn)


def _draw(before: Plot | None, after: Plot) -> Drawn | None:
    if after.kind == "image":
        figure, what = images(before, after), ""  # readers are told of each picture that it is an image
    elif not after.rows:
        return None
    elif after.template.startswith("confusion"):
        figure, what = confusion(before, after), "Confusion matrix"
    elif after.template.startswith("bar_horizontal"):
        figure, what = bars(before, after), "Bar chart"
    else:
        figure, what = curves(before, after), "Scatter plot" if after.template.startswith("scatter") else "Curve"
    if figure is None:
        return None
    sides = "baseline and this run" if before else "this run"
    return Drawn(plot_title(after), f"{_described(after, what)}: {sides}", figure)


def _described(plot: Plot, what: str) -> str:
    """`Confusion matrix of predictions.csv`; the title alone where it says what it is."""
    title = plot_title(plot)
    if title == plot.path:
        title = PurePosixPath(title).name
    return title if what.lower() in title.lower() else f"{what} of {title}"
