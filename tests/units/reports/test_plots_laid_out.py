"""A picture is laid out and drawn once. matplotlib, left alone, draws it twice: the bytes are the same."""

import io
from collections.abc import Callable

import pytest
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text

from experiments.pixels import Pixels, packed
from experiments.snapshot import Plot, Reading, Snapshot
from reports.plots import Point, figures, overlaid, png, rename, swept, trend

LONG = "a name that is far too long for a legend, and ends with $math$"


def plot(factor: int, **fields: object) -> Plot:
    rows = tuple(
        {"step": step, "loss": factor / (step + 1), "accuracy": 1e6 * step, "actual": step % 4, "said": step % factor}
        for step in range(30)
    )
    given = {"id": "loss", "path": "loss.tsv", "reading": Reading.READ, "x": "step", "ys": ("loss",), "rows": rows}
    return Plot(**{**given, **fields})  # type: ignore[arg-type]  # fields by their names


def image(shade: int) -> str:
    return packed(Pixels(60, 200, bytes([shade, 9, 9]) * 60 * 200))


def of_run(**fields: object) -> Callable[[], Figure]:
    def draw() -> Figure:
        sides = (Snapshot("a" * 40, plots=(plot(each, **fields),)) for each in (2, 3))
        return figures(*sides)[0].figure

    return draw


def renamed() -> Figure:
    figure = of_run()()
    rename(figure, "main", LONG)
    return figure


def several() -> Figure:
    matrix = plot(3, x="actual", ys=("said",), template="confusion")
    return overlaid([(f"{LONG} {number}", Snapshot("a" * 40, plots=(matrix,))) for number in range(7)])[0][0].figure


def sweep() -> Figure:
    points = [Point((number, "sgd"), number / 7) for number in range(5)]
    drawn = swept(["train.lr", "optimizer"], "accuracy", points, points[2], 0.3)
    assert drawn
    return drawn.figure


def commits() -> Figure:
    drawn = trend("accuracy", [(f"{number:07}", number / 9) for number in range(40)], has_base=True)
    assert drawn
    return drawn.figure


@pytest.mark.parametrize(
    "draw",
    [
        of_run(),
        of_run(ys=("loss", "accuracy")),
        of_run(template="scatter", title=LONG),
        of_run(x="loss", ys=("said",), template="bar_horizontal"),
        of_run(x="actual", ys=("said",), template="confusion"),
        of_run(x="actual", ys=("said",), template="confusion_normalized"),
        of_run(kind="image", image=image(200)),
        renamed,
        several,
        sweep,
        commits,
    ],
)
def test_the_bytes_are_those_of_matplotlib_alone(draw: Callable[[], Figure]) -> None:
    alone, buffer = draw(), io.BytesIO()
    for words in alone.findobj(Text):
        words.set_parse_math(False)
    alone.savefig(buffer, format="png", dpi=alone.dpi, facecolor="none", metadata={"Software": None})
    figure = draw()
    assert png(figure) == buffer.getvalue()
    assert png(figure) == buffer.getvalue()  # also of a figure that was drawn before


def test_it_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, begun = of_run()(), list[Figure]()
    draw = Figure.draw

    def counted(self: Figure, renderer: RendererBase) -> None:
        begun.append(self)
        draw(self, renderer)

    monkeypatch.setattr(Figure, "draw", counted)
    png(figure)
    assert begun == [figure]
