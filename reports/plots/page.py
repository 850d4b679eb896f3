"""What all pictures share: size, colours, harmless labels, and the bytes of a PNG."""

import io
import math
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from experiments.judging.metrics import number
from experiments.snapshot import Plot, Value
from reports.plots.drawn import NARROW
from reports.text.shortened import ending

# A comment shows 80 pixels for an inch, and two narrow pictures in a row. A page or a phone may show more or fewer.
WIDE, HEIGHT = 10.1, 3.1  # inches; a narrow one: NARROW
DPI, DPI_WIDE = 144, 120  # a wide picture with more of them would be too large a file
# Pictures are transparent: each colour is visible on white and on the black of GitHub's dark page.
BASELINE, EXPERIMENT = "#8a8f98", "#0072b2"  # grey and the blue of Okabe and Ito: apart for every kind of eye
INK, FAINT = "#757c86", "#80808040"
SIDE_BY_SIDE = 3  # panels in a row, where each side has its own
TITLE = 44  # characters
LARGEST = 1e300  # a larger number makes the limits of an axis overflow


@dataclass(frozen=True)
class Side:
    """One plot of several in a picture."""

    name: str
    plot: Plot
    colour: str = EXPERIMENT
    is_baseline: bool = False  # its line is thin, dashed and on top, so that both are visible where they are equal

    @property
    def gid(self) -> str:
        """The group id of its artists."""
        return "baseline" if self.is_baseline else "experiment"


def new_figure(
    title: str, columns: int = 1, rows: int = 1, height: float = HEIGHT, wide: bool = False
) -> tuple[Figure, list[Axes]]:
    """Return a figure with a title and `rows` × `columns` axes, row by row. `height` is in inches. `wide`: the picture
    takes a row of its own."""
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1, wspace=0.06, hspace=0.06)
    dpi = DPI_WIDE if wide else DPI
    figure = Figure(figsize=(WIDE if wide else NARROW, height), dpi=dpi, facecolor="none", layout=layout)
    FigureCanvasAgg(figure)
    titled(figure, title)
    axes = [figure.add_subplot(rows, columns, place + 1) for place in range(rows * columns)]
    for each in axes:
        each.set_axisbelow(True)
        each.set_facecolor("none")
        each.tick_params(colors=INK, labelsize=9, length=3)
        each.spines[["top", "right"]].set_visible(False)
        each.spines[["left", "bottom"]].set_color(FAINT)
    return figure, axes


def titled(figure: Figure, words: str) -> None:
    """Set the title of a figure. Of a long one, the end is kept."""
    shown = ending(harmless(words, 500), TITLE)
    figure.suptitle(shown, x=0.02, ha="left", fontsize=11, fontweight="bold", color=INK)


def label(axes: Axes, x: str, y: str, title: str = "") -> None:
    """Set the labels and the title of one axes."""
    axes.set_xlabel(harmless(x, 60), fontsize=9.5, color=INK)
    axes.set_ylabel(harmless(y, 40), fontsize=9.5, color=INK)
    if title:
        axes.set_title(harmless(title, 50), fontsize=10, color=INK, loc="left")


def legend(figure: Figure, sides: Mapping[str, Artist]) -> None:
    """Add a legend below all axes, where it covers no data."""
    figure.legend(
        list(sides.values()),
        [harmless(name, 24) for name in sides],
        loc="outside lower center",
        ncols=min(len(sides), 3),
        frameon=False,
        fontsize=9.5,
        labelcolor=INK,
        borderaxespad=0.2,
    )


def rename(figure: Figure, before: str, after: str) -> None:
    """Replace the names of the sides. Every figure is drawn with `baseline` and `this run`."""
    names = {"baseline": harmless(before, 20), "this run": harmless(after, 20)}
    for words in figure.findobj(Text):
        if isinstance(words, Text) and words.get_text() in names:
            words.set_text(names[words.get_text()])


def harmless(words: str, limit: int = 80) -> str:
    """Return words on one line, without control characters, and short enough for a picture."""
    shown = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in words)
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def numeric(value: Value) -> float:
    """Return a value as a float. Text is converted, since CSV files hold numbers as text. NaN, which leaves a gap,
    where it is no number."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return math.nan
    found = number(value)
    return math.nan if found is None or not abs(found) < LARGEST else found


def png(figure: Figure) -> bytes:
    """Return the bytes of a picture. The same figure gives the same bytes."""
    for words in figure.findobj(Text):
        words.set_parse_math(False)  # a `$` in a name begins no formula
    _lay_out(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=figure.dpi, facecolor="none", metadata={"Software": None})
    return buffer.getvalue()


def _lay_out(figure: Figure) -> None:
    """Give everything its place, as drawing does. matplotlib would draw a figure twice where that is left to it."""
    layout = figure.get_layout_engine()
    if layout is None or not figure.axes:
        return
    with suppress(ValueError):  # what matplotlib itself ignores while it draws
        layout.execute(figure)
    figure.set_layout_engine(None)
