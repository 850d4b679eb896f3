"""Plots of several revisions at once, and of a metric over the commits of a branch."""

import math

import numpy as np

from experiments.snapshot import Plot, Reading, Snapshot
from reports.plots import overlaid, png, trend


def test_seven_revisions_can_be_distinguished_in_every_kind_of_plot() -> None:
    kinds = {
        "curve": Plot("curve", "c.csv", Reading.READ, x="a", ys=("b",), rows=({"a": 1, "b": 2}, {"a": 2, "b": 3})),
        "dots": Plot("dots", "d.csv", Reading.READ, x="a", ys=("b",), template="scatter", rows=({"a": 1, "b": 2},)),
        "bars": Plot(
            "bars", "e.csv", Reading.READ, x="n", ys=("l",), template="bar_horizontal", rows=({"n": 1, "l": "x"},)
        ),
        "cm": Plot("cm", "f.csv", Reading.READ, x="p", ys=("t",), template="confusion", rows=({"p": "a", "t": "b"},)),
    }
    names = ["one", "two", "<three>", "$four$", "five", "six", "seven"]
    drawn, _ = overlaid([(name, Snapshot(name, plots=tuple(kinds.values()))) for name in names])
    assert [each.title for each in drawn] == list(kinds)
    for each in drawn:
        assert each.alt.endswith("one, two, <three>, $four$, five, six and seven")
        assert png(each.figure)
    for each in drawn[:3]:
        assert [text.get_text() for text in each.figure.legends[0].get_texts()] == names
    colours = {line.get_color() for line in drawn[0].figure.axes[0].lines}
    assert len(colours) == 7
    assert len([axes for axes in drawn[3].figure.axes if axes.images]) == 7


def test_a_plot_of_only_some_revisions_is_drawn_with_those() -> None:
    plot = Plot("curve", "c.csv", Reading.READ, x="a", ys=("b",), rows=({"a": 1, "b": 2},))
    (drawn,), _ = overlaid([("old", Snapshot("o", plots=(plot,))), ("new", Snapshot("n"))])
    assert drawn.alt == "Curve of curve: old" or drawn.alt == "curve: old"
    assert overlaid([]) == ((), 0)


def test_no_more_plots_than_a_page_holds_are_drawn() -> None:
    plots = tuple(Plot(f"p{number}", "c.csv", Reading.READ, x="a", ys=("b",), rows=()) for number in range(70))
    assert overlaid([("old", Snapshot("o", plots=plots))]) == ((), 10)


def test_a_trend_needs_two_numbers_and_leaves_gaps() -> None:
    assert trend("acc", [("a", 0.5), ("b", None)], has_base=True) is None
    drawn = trend("$acc$", [("base", 0.5), ("b", None), ("c", "text"), ("d", 0.7), ("e", math.nan)], has_base=True)
    assert drawn
    (line, base) = drawn.figure.axes[0].lines
    assert [math.isfinite(each) for each in np.asarray(line.get_ydata()).tolist()] == [True, False, False, True, False]
    assert base.get_gid() is None or base.get_linestyle() != "-"
    assert png(drawn.figure)
    long = trend("acc", [(f"{number:07}", number / 100) for number in range(250)], has_base=False)
    assert long
    assert len(long.figure.axes[0].get_xticks()) <= 16
