"""Plots that people can read: whole steps, small images, distinct titles."""

from experiments.snapshot import Plot, Reading
from reports.plots import figures
from tests.units.reports.test_plots import curve, drawn, picture, snapshot


def image(width: int, height: int) -> Plot:
    return Plot("0.png", "0.png", Reading.READ, kind="image", image=picture((width, height)))


def test_the_axis_of_steps_has_whole_numbers() -> None:
    axes = drawn(curve(3.0, 2.0, 1.0)).axes[0]
    assert all(float(tick).is_integer() for tick in axes.get_xticks())
    rows = tuple({"step": step / 2, "loss": 1.0} for step in range(3))
    halves = drawn(curve(rows=rows)).axes[0]
    assert not all(float(tick).is_integer() for tick in halves.get_xticks())


def test_small_images_are_drawn_pixel_by_pixel_and_side_by_side() -> None:
    left, right = drawn(image(30, 30), image(30, 30)).axes
    assert left.images[0].get_interpolation() == right.images[0].get_interpolation() == "nearest"
    assert left.get_subplotspec().get_gridspec().ncols == 2  # type: ignore[union-attr]
    above, _ = drawn(image(300, 300), image(300, 300)).axes
    assert above.get_subplotspec().get_gridspec().ncols == 1  # type: ignore[union-attr]


def test_files_of_the_same_name_have_different_alternative_texts() -> None:
    paths = ("plots/test/accuracy.tsv", "plots/train/accuracy.tsv", "plots/train/loss.tsv")
    found = figures(None, snapshot(*(curve(1.0, 2.0, id=path, path=path) for path in paths)))
    assert sorted(each.alt for each in found) == [
        "Curve of loss.tsv: this run",
        "Curve of plots/test/accuracy.tsv: this run",
        "Curve of plots/train/accuracy.tsv: this run",
    ]
