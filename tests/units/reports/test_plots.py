"""Plots, checked on their figures: what is drawn, of which side, and that hostile text does nothing."""

import base64
import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from experiments.pixels import Pixels, packed
from experiments.snapshot import Plot, Reading, Snapshot
from reports.plots import figures, png
from reports.plots.page import BASELINE, EXPERIMENT
from reports.run.report import MOST


def curve(*values: object, **fields: Any) -> Plot:
    rows = tuple({"step": step, "loss": value} for step, value in enumerate(values))
    return Plot(
        **{
            "id": "loss",
            "path": "loss.tsv",
            "reading": Reading.READ,
            "x": "step",
            "ys": ("loss",),
            "rows": rows,
            **fields,
        }
    )


def snapshot(*plots: Plot) -> Snapshot:
    return Snapshot("a" * 40, plots=plots)


def drawn(after: Plot, before: Plot | None = None) -> Figure:
    (picture,) = figures(snapshot(before) if before else None, snapshot(after))
    return picture.figure


def lines(figure: Figure) -> dict[str, tuple[object, object, list[float]]]:
    """Return colour, style and heights of each line, by its side."""
    return {
        str(line.get_gid()): (line.get_color(), line.get_linestyle(), np.asarray(line.get_ydata()).tolist())
        for line in figure.axes[0].lines
    }


def pixels(axes: Axes) -> NDArray[np.generic]:
    shown = axes.images[0].get_array()
    assert shown is not None
    return shown


def words(figure: Figure) -> list[str]:
    return [each.get_text() for each in figure.legends[0].get_texts()]


def test_both_sides_are_in_one_plot_with_the_baseline_grey_and_dashed() -> None:
    figure = drawn(curve(0.5, 0.3), curve(0.9, 0.8))
    assert lines(figure) == {"experiment": (EXPERIMENT, "-", [0.5, 0.3]), "baseline": (BASELINE, "--", [0.9, 0.8])}
    assert words(figure) == ["baseline", "this run"]
    assert figure.axes[0].get_yscale() == "linear"


@pytest.mark.parametrize(
    ("fields", "described"),
    [
        ({}, "Curve of loss.tsv: this run"),
        ({"title": "Learning curve"}, "Learning curve: this run"),
        ({"title": "Loss / epoch", "template": "scatter"}, "Scatter plot of Loss / epoch: this run"),
        ({"title": "Confusion matrix", "template": "confusion"}, "Confusion matrix: this run"),
        ({"template": "bar_horizontal"}, "Bar chart of loss.tsv: this run"),
        ({"kind": "image"}, "loss.tsv: this run"),
    ],
)
def test_the_description_of_a_plot_names_its_kind_once_and_no_folders(fields: dict[str, str], described: str) -> None:
    content = {"id": "out/loss.tsv", "path": "out/loss.tsv", "image": picture((3, 3))}
    (shown,) = figures(None, snapshot(curve(1, 2, **content, **fields)))
    assert shown.alt == described


def test_without_a_baseline_only_the_run_is_drawn() -> None:
    assert words(drawn(curve(0.5, 0.3))) == ["this run"]


def test_a_nan_leaves_a_gap_and_numbers_written_as_text_are_numbers() -> None:
    ys = lines(drawn(curve("0.5", "nan", math.inf, None, "0.1")))["experiment"][2]
    assert [ys[0], ys[4]] == [0.5, 0.1]
    assert all(map(math.isnan, ys[1:4]))


def test_columns_have_axes_of_their_own_and_x_is_in_order() -> None:
    rows = ({"t": "2", "a": 2, "b": 9}, {"t": "1", "a": 1, "b": 8})
    figure = drawn(curve(x="t", ys=("a", "b"), rows=rows))
    assert [(axes.get_title(loc="left"), np.asarray(axes.lines[0].get_xdata()).tolist()) for axes in figure.axes] == [
        ("a", [1, 2]),
        ("b", [1, 2]),
    ]


def test_the_curves_of_several_files_in_one_plot_are_whole() -> None:
    rows = [{"step": step, "train": 1.0 - step} for step in range(3)] + [
        {"step": step, "test": 2.0 - step} for step in range(3)
    ]
    figure = drawn(curve(ys=("train", "test"), rows=tuple(rows), more=("test.tsv",)))
    shown = [np.asarray(axes.lines[0].get_ydata()).tolist() for axes in figure.axes]
    assert shown == [[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]]


def test_without_columns_the_last_one_is_drawn_by_step() -> None:
    figure = drawn(curve(x="", ys=(), rows=({"a": 1, "b": 2}, {"a": 3, "b": 4})))
    assert np.asarray(figure.axes[0].lines[0].get_xydata()).tolist() == [[0, 2], [1, 4]]


def test_a_confusion_matrix_stands_beside_that_of_the_baseline_with_one_scale() -> None:
    rows = tuple({"predicted": pair[0], "actual": pair[1]} for pair in ["cc", "cc", "cd", "dd"])
    fields = {"x": "predicted", "ys": ("actual",), "template": "confusion"}
    figure = drawn(curve(rows=rows, **fields), curve(rows=rows[1:], **fields))
    assert [pixels(axes).tolist() for axes in figure.axes] == [[[1, 0], [1, 1]], [[2, 0], [1, 1]]]
    assert len({axes.images[0].get_clim() for axes in figure.axes}) == 1
    assert [each.get_text() for each in figure.axes[1].texts] == ["2", "0", "1", "1"]


def test_a_normalised_confusion_matrix_shows_shares_of_each_row() -> None:
    rows = tuple({"predicted": pair[0], "actual": pair[1]} for pair in ["cc", "cc", "dc", "dd"])
    figure = drawn(curve(rows=rows, x="predicted", ys=("actual",), template="confusion_normalized"))
    assert [each.get_text() for each in figure.axes[0].texts] == ["0.67", "0.33", "0.00", "1.00"]


def two_files(label: str, value: str) -> dict[str, Any]:
    """Return rows as `y: {train.json: …, test.json: …}` gives them: one file's after the other's, each with its own
    column.
    """
    columns = ("train.json: predicted", "test.json: predicted")
    rows = ({label: "c", columns[0]: value}, {label: "c", columns[0]: value}, {label: "d", columns[1]: "c"})
    return {"x": label, "ys": columns, "rows": rows}


def test_confusion_matrices_of_several_files_have_a_panel_for_each_file_and_side() -> None:
    plot = curve(**two_files("actual", "c"), template="confusion")
    figure = drawn(plot, plot)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [
        "train.json: predicted, baseline",
        "train.json: predicted, this run",
        "test.json: predicted, baseline",
        "test.json: predicted, this run",
    ]
    assert [pixels(axes).tolist() for axes in figure.axes] == 2 * [[[2, 0], [0, 0]]] + 2 * [[[0, 1], [0, 0]]]
    assert {label.get_text() for axes in figure.axes for label in axes.get_xticklabels()} == {"c", "d"}, "no None"
    assert {axes.get_ylabel() for axes in figure.axes} == {"predicted"}


def test_matrices_beyond_what_a_plot_holds_are_counted() -> None:
    columns = tuple(f"{number}.json: p" for number in range(15))
    rows = tuple({"x": "a", column: "a"} for column in columns)
    figure = drawn(curve(rows=rows, x="x", ys=columns, template="confusion"))
    assert (len(figure.axes), figure.get_supxlabel()) == (12, "The first 12 of 15 matrices.")


def test_bars_of_several_files_are_labelled_apart() -> None:
    columns = ("train.json: feature", "test.json: feature")
    rows = ({"gain": 1, columns[0]: "a"}, {"gain": 2, columns[1]: "a"})
    figure = drawn(curve(rows=rows, x="gain", ys=columns, template="bar_horizontal"))
    assert [each.get_text() for each in figure.axes[0].get_yticklabels()] == ["train.json: a", "test.json: a"]


def test_bars_come_in_pairs_and_sorted_when_asked() -> None:
    fields = {"x": "gain", "ys": ("feature",), "template": "bar_horizontal_sorted"}
    after = curve(
        rows=({"feature": "a", "gain": 1}, {"feature": "b", "gain": 2}, {"feature": "c", "gain": "x"}), **fields
    )
    figure = drawn(after, curve(rows=({"feature": "a", "gain": 3},), **fields))
    assert [each.get_text() for each in figure.axes[0].get_yticklabels()] == ["b", "a"]
    assert [bar.get_width() for bar in figure.axes[0].containers[1]] == [2, 1]


def test_points_of_a_scatter_plot_are_not_connected() -> None:
    axes = drawn(curve(1, 2, template="scatter"), curve(3, 4, template="scatter")).axes[0]
    assert ([each.get_gid() for each in axes.collections], axes.lines[:]) == (["experiment", "baseline"], [])


def picture(size: tuple[int, int]) -> str:
    return packed(Pixels(*size, Image.new("RGB", size, 3).tobytes()))


def image(content: str) -> Plot:
    return Plot("i.png", "i.png", Reading.READ, kind="image", image=content)


def test_images_stand_side_by_side() -> None:
    figure = drawn(image(picture((30, 20))), image(picture((40, 20))))
    assert [pixels(axes).shape for axes in figure.axes] == [(20, 40, 3), (20, 30, 3)]


@pytest.mark.parametrize("content", ["", "!", base64.b64encode(b"\x89PNG\r\n\x1a\n").decode(), picture((9, 9))[:14]])
def test_a_file_that_is_no_picture_is_left_out(content: str) -> None:
    assert figures(None, snapshot(image(content))) == ()


def test_the_number_of_pictures_is_limited() -> None:
    assert len(figures(None, snapshot(*(curve(1, 2, id=str(n)) for n in range(MOST + 3))))) == MOST


def test_plots_without_readable_numbers_are_left_out() -> None:
    plots = [curve(1, reading=Reading.NOT_FETCHED), curve("x"), curve(), curve(1, 2, template="confusion", x="", ys=())]
    assert figures(None, snapshot(*plots)) == ()


def test_hostile_text_is_drawn_as_it_is() -> None:
    words = "$\\frac{x}{0$ \x00\x1b[31m\u202e" + "W" * 500
    figure = drawn(curve(1, 2, title=words, x_label=words, y_label="_$y$"))
    assert png(figure).startswith(b"\x89PNG")
    assert len(figure.get_suptitle()) <= 44
    assert not {"\x00", "\x1b", "\u202e"} & set(figure.get_suptitle())


def test_the_same_figure_gives_the_same_bytes_without_date_or_program() -> None:
    first, second = (png(drawn(curve(1, 2), curve(3, 4))) for _ in range(2))
    assert first == second
    assert Image.open(io.BytesIO(first)).info.keys() <= {"dpi"}


VALUES = (
    st.floats() | st.integers() | st.text(max_size=5) | st.none() | st.booleans() | st.lists(st.integers(), max_size=2)
)


@settings(max_examples=15)
@given(
    st.lists(st.dictionaries(st.sampled_from(["a", "b", "$c"]), VALUES), max_size=5),
    st.sampled_from(["linear", "scatter", "confusion", "confusion_normalized", "bar_horizontal", "own"]),
    st.sampled_from(["", "a"]),
    st.sampled_from([(), ("b",), ("b", "$c", "d")]),
)
def test_no_rows_make_it_stumble(rows: list[dict[str, object]], template: str, x: str, ys: tuple[str, ...]) -> None:
    plot = curve(rows=tuple(rows), template=template, x=x, ys=ys)
    for each in figures(snapshot(plot), snapshot(plot)):
        assert png(each.figure)


@pytest.mark.parametrize("plot", [curve(1, 2), image(picture((40, 40)))], ids=["curve", "image"])
def test_a_plot_has_no_white_background_on_a_dark_page(plot: Plot) -> None:
    with Image.open(io.BytesIO(png(drawn(plot)))) as shown:
        clear = shown.convert("RGBA")
        assert [clear.getpixel(corner) for corner in ((0, 0), (clear.width - 1, 0))] == [(255, 255, 255, 0)] * 2
