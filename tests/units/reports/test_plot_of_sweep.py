"""The plot of a sweep."""

import math

import numpy as np

from reports.plots import Point, png, swept


def points(*pairs: tuple[object, float]) -> list[Point]:
    return [Point((value,), metric) for value, metric in pairs]


def test_one_parameter_is_an_axis_with_its_points_in_order_and_the_baseline_across() -> None:
    found = points((0.1, 0.7), (0.001, 0.6), (0.01, 0.9))
    drawn = swept(["train.lr"], "accuracy", found, found[2], 0.8)
    assert drawn
    (axes,) = drawn.figure.axes
    line, baseline = axes.lines
    assert np.asarray(line.get_xdata()).tolist() == [0.001, 0.01, 0.1]
    assert np.asarray(line.get_ydata()).tolist() == [0.6, 0.9, 0.7]
    assert np.asarray(baseline.get_ydata()).tolist() == [0.8, 0.8]
    assert axes.get_xscale() == "log"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("train.lr", "accuracy")
    assert drawn.alt == "accuracy over train.lr, of 3 experiments"
    (star,) = [each for each in axes.collections if each.get_gid() == "best"]
    assert np.asarray(star.get_offsets()).tolist() == [[0.01, 0.9]]
    assert "$" not in "".join(tick.get_text() for tick in axes.get_xticklabels())


def test_names_are_in_the_requested_order_and_are_not_joined() -> None:
    found = points(("sgd", 0.7), ("adam", 0.6), (None, 0.9))
    drawn = swept(["optimizer"], "accuracy", found, None, None)
    assert drawn
    (axes,) = drawn.figure.axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["sgd", "adam", "null"]
    assert axes.lines[0].get_linewidth() == 0
    assert len(axes.lines) == 1


def test_several_parameters_are_listed_and_each_member_is_a_horizontal_line() -> None:
    found = [Point((lr, name), lr * 2 + len(name)) for lr in (0.1, 0.2) for name in ("sgd", "adam")]
    drawn = swept(["train.lr", "optimizer"], "accuracy", found, found[3], 0.5)
    assert drawn
    (axes,) = drawn.figure.axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["train.lr", "optimizer", "accuracy"]
    members = [line for line in axes.lines if line.get_gid()]
    assert [line.get_gid() for line in members] == ["experiment", "experiment", "experiment", "best"]
    assert np.asarray(members[3].get_ydata()).tolist() == [1.0, 1.0, 1.0]


def test_values_beside_an_axis_are_written_as_yaml() -> None:
    found = [
        Point((value, layers), metric)
        for value, layers, metric in ((True, [1, 2], 1.0), (None, "1", 2.0), (False, "a", 3.0))
    ]
    drawn = swept(["nesterov", "layers"], "accuracy", found, None, None)
    assert drawn
    words = {text.get_text() for text in drawn.figure.axes[0].texts}
    assert words >= {"true", "null", "false", "[1, 2]", '"1"', "a"}


def test_a_plot_that_says_no_more_than_a_table_is_not_drawn() -> None:
    assert swept(["a"], "m", points((1, 1.0), (2, 2.0)), None, None) is None
    assert swept(["a"], "m", points((1, 1.0), (2, 2.0), (3, math.nan)), None, None) is None
    assert swept([], "m", points((1, 1.0), (1, 2.0), (1, 3.0)), None, None) is None


def test_hostile_names_and_extreme_numbers_are_drawn() -> None:
    hostile = "$\\frac{" + "\x1b\n<b>" * 100
    found = [Point((value, hostile), metric) for value, metric in ((10**400, 1.0), (1e308, -1e299), (-1e308, 1e299))]
    drawn = swept([hostile, "b"], hostile, found, found[0], 1e308)
    assert drawn
    assert png(drawn.figure).startswith(b"\x89PNG")
    single = [Point((point.values[0],), point.metric) for point in found]
    drawn = swept([hostile], hostile, single, None, math.inf)
    assert drawn is None or png(drawn.figure).startswith(b"\x89PNG")
