"""The choice of plots that become pictures, and of the kind of picture for each."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from experiments.snapshot import Plot, Reading, Snapshot
from reports.plots.bars import bars
from reports.plots.confusion import confusion
from reports.plots.curves import curves
from reports.plots.difference import difference
from reports.plots.drawn import Drawn
from reports.plots.images import images
from reports.plots.page import BASELINE, TITLE, Side, titled
from reports.run.report import MOST
from reports.text.shortened import apart
from reports.text.titles import plot_title

EVERY = 60  # most pictures of a page
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#9a7b4f")  # Okabe and Ito's, and brown


def figures(before: Snapshot | None, after: Snapshot) -> tuple[Drawn, ...]:
    """Draw the plots of an experiment, at most `MOST`, those whose sides differ most first. What could not be read or
    drawn is left out."""
    baselines = _read(before) if before else {}
    read = after.drawable
    far = {plot.id: difference(baselines.get(plot.id), plot) for plot in read}
    drawn: list[Drawn] = []
    for plot in sorted(read, key=lambda plot: -far[plot.id]):
        if len(drawn) < MOST:
            baseline = baselines.get(plot.id)
            sides = [Side("this run", plot)]
            if baseline and baseline.kind == plot.kind:
                sides.insert(0, Side("baseline", baseline, BASELINE, is_baseline=True))
            picture = _draw(sides)
            drawn += [replace(picture, differs=far[plot.id] > 0)] if picture else []
    return _distinct(drawn)


def _distinct(drawn: Sequence[Drawn]) -> tuple[Drawn, ...]:
    """Return the pictures with titles and alternative texts that differ from each other, even where they are
    shortened."""
    titles = [each.title for each in drawn]
    whole = [each.title if titles.count(each.title) == 1 else f"{each.title}: {each.plot}" for each in drawn]
    shown = apart(whole, TITLE)
    for each, words in zip(drawn, whole, strict=True):
        titled(each.figure, shown[words])
    alts = [each.alt for each in drawn]
    # The name of a file is enough where no other file has it.
    return tuple(
        replace(each, alt=each.alt.replace(PurePosixPath(each.title).name, words, 1))
        if alts.count(each.alt) > 1
        else each
        for each, words in zip(drawn, whole, strict=True)
    )


def overlaid(revisions: Sequence[tuple[str, Snapshot]]) -> tuple[tuple[Drawn, ...], int]:
    """Draw a picture for each plot, with all revisions in it, and return the pictures and the number of plots that were
    not drawn. `revisions`: name and snapshot of at most seven."""
    read = [(name, colour, _read(snapshot)) for (name, snapshot), colour in zip(revisions, COLOURS, strict=False)]
    ids = list(dict.fromkeys(each for _, _, plots in reversed(read) for each in plots))
    drawn: list[Drawn] = []
    for plot_id in ids[:EVERY]:
        sides = [Side(name, plots[plot_id], colour) for name, colour, plots in read if plot_id in plots]
        picture = _draw([side for side in sides if side.plot.kind == sides[-1].plot.kind])
        drawn += [picture] if picture else []
    return _distinct(drawn), len(ids[EVERY:])


def _read(snapshot: Snapshot) -> dict[str, Plot]:
    return {plot.id: plot for plot in snapshot.plots if plot.reading is Reading.READ}


def _draw(sides: Sequence[Side]) -> Drawn | None:
    after = sides[-1].plot
    if after.kind == "image":
        figure, what = images(sides), ""  # a screen reader says that it is an image
    elif not after.rows:
        return None
    elif after.template.startswith("confusion"):
        figure, what = confusion(sides), "Confusion matrix"
    elif after.template.startswith("bar_horizontal"):
        figure, what = bars(sides), "Bar chart"
    else:
        figure, what = curves(sides), "Scatter plot" if after.template.startswith("scatter") else "Curve"
    if figure is None:
        return None
    *others, last = [side.name for side in sides]
    names = f"{', '.join(others)} and {last}" if others else last
    return Drawn(plot_title(after), f"{_described(after, what)}: {names}", figure, after.id)


def _described(plot: Plot, what: str) -> str:
    """Return a description, `Confusion matrix of predictions.csv`. The title alone is returned where it says what it
    is."""
    title = plot_title(plot)
    if title == plot.path:
        title = PurePosixPath(title).name
    return title if what.lower() in title.lower() else f"{what} of {title}"
