"""A report begins with what changed: headline, tables, lists, titles and plots."""

import base64
import dataclasses
import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from experiments.judging.comparison import Verdict, compare
from experiments.params.lists import compared, without_items
from experiments.params.merging import GONE
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Param, Plot, Snapshot
from reports.plots import figures
from reports.plots.difference import difference
from reports.run.comment import render
from reports.run.gallery import gallery
from reports.run.report import Picture
from reports.text import values
from reports.text.shortened import apart, ending
from reports.text.size_limits import SizeLimits
from reports.text.tables import metrics
from tests.units.reports.test_plots import curve, image, picture
from tests.units.reports.test_plots import snapshot as drawn_from
from tests.units.sample_run import BEFORE, report, snapshot


def grey(level: int) -> str:
    """Return a picture of one colour."""
    buffer = io.BytesIO()
    Image.new("L", (9, 9), level).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


NAMES = [f"m{n:02}" for n in range(20)]


def test_equal_metrics_are_unchanged_even_if_they_are_not_comparable() -> None:
    before = dataclasses.replace(snapshot(files={"m.json": dict.fromkeys(NAMES, 1.0)}), changed_since=("train.py",))
    after = snapshot(files={"m.json": {name: 1.0 + (name < "m17") for name in NAMES}})
    words = metrics(compare(before, after, RepoConfig()), SizeLimits())
    assert "<summary>2 more metrics</summary>" in words
    assert "<summary>3 metrics did not change</summary>" in words
    assert "that changed" not in words


FEATURES = [f"f{number}" for number in range(60)]


def classes(count: int, **changed: float) -> Snapshot:
    return snapshot(files={"m.json": {f"class_{n:03}.iou": changed.get(f"class_{n:03}", 0.5) for n in range(count)}})


def listed(*items: object, key: str = "features") -> Snapshot:
    """Return a parameter file with a list, as snapshots have it: the list, and each item."""
    params = [Param("params.yaml", key, list(items))]
    params += [Param("params.yaml", f"{key}.{place}", item) for place, item in enumerate(items)]
    return dataclasses.replace(BEFORE, params=tuple(params))


def test_of_200_metrics_the_one_that_changed_is_named_and_the_others_are_folded() -> None:
    words = render(report(before=classes(200), after=classes(200, class_137=0.4)))
    lines = words.splitlines()
    assert lines[2] == "**▼ Worse: `class_137.iou` 0.5 → 0.4 (-0.1).** Of 200 metrics: 1 worse, 199 unchanged."
    assert lines.index("| **worse** | `class_137.iou` | 0.5 | 0.4 | -0.1 |") < lines.index("<details>")
    assert "<summary>199 metrics did not change</summary>" in words


def test_counters_of_steps_are_not_called_unchanged() -> None:
    before = snapshot(files={"m.json": {f"loss_{n}": 1.0 for n in range(9)} | {"step": 30}})
    after = snapshot(files={"m.json": {f"loss_{n}": 2.0 for n in range(9)} | {"step": 6}})
    words = render(report(before=before, after=after))
    assert "<summary>1 metric that only counts steps</summary>" in words and "did not change" not in words
    half = snapshot(files={"m.json": {f"loss_{n}": 1.0 + n % 2 for n in range(9)} | {"step": 6}})
    assert "<summary>5 metrics did not change, 1 only counts steps</summary>" in render(
        report(before=before, after=half)
    )


def test_a_leading_metric_that_did_not_change_hides_none_that_did() -> None:
    losses = {f"loss_{n}": 1.0 for n in range(9)}
    before, after = (
        snapshot(files={"m.json": {"accuracy": 0.9, **each}}) for each in (losses, dict.fromkeys(losses, 2.0))
    )
    shown, _, rest = metrics(compare(before, after, RepoConfig(primary="accuracy")), SizeLimits()).partition(
        "<details>"
    )
    assert all(name in shown and name not in rest for name in losses)
    assert "<summary>1 metric did not change</summary>" in rest and "`accuracy`" in rest


def test_worse_comes_before_better_and_metrics_without_a_direction_come_last() -> None:
    before = snapshot(accuracy=0.5, depth=3, loss=1.0, f1=0.5, same=1)
    after = snapshot(accuracy=0.6, depth=4, loss=2.0, f1=0.7, same=1)
    found = compare(before, after, RepoConfig())
    assert found.verdict is Verdict.MIXED
    assert [delta.name for delta in found.deltas] == ["accuracy", "loss", "f1", "depth", "same"]
    assert found.leading and found.leading.verdict is Verdict.BETTER


@given(st.lists(st.sampled_from([0.4, 0.5, 0.6, float("nan"), None]), min_size=1, max_size=6), st.booleans())
def test_the_metric_in_the_headline_has_the_verdict(after: list[float | None], configured: bool) -> None:
    config = RepoConfig(primary="acc_0") if configured else RepoConfig()
    sides = [
        snapshot(files={"m.json": {f"acc_{n}": value for n, value in enumerate(of) if value is not None}})
        for of in ([0.5] * len(after), after)
    ]
    found = compare(sides[0], sides[1], config)
    assert found.leading
    either = (Verdict.BETTER, Verdict.WORSE) if found.verdict is Verdict.MIXED else (found.verdict,)
    assert found.leading.verdict in either
    changed = [delta.verdict is not Verdict.UNCHANGED for delta in found.deltas[1:]]
    assert changed == sorted(changed, reverse=True)


def test_a_configured_metric_of_several_files_is_judged_in_all_of_them() -> None:
    before = snapshot(files={"a.json": {"rmse": 1.0}, "b.json": {"rmse": 1.0}})
    after = snapshot(files={"a.json": {"rmse": 1.0}, "b.json": {"rmse": 3.0}})
    found = compare(before, after, RepoConfig(primary="rmse"))
    assert found.verdict is Verdict.WORSE
    assert found.leading and found.named(found.leading) == "b.json:rmse"
    assert compare(before, after, RepoConfig(primary="a.json:rmse")).verdict is Verdict.UNCHANGED


def test_a_list_with_one_item_less_is_one_row() -> None:
    words = render(report(before=listed(*FEATURES), after=listed(*FEATURES[1:])))
    rows = [line for line in words.splitlines() if "features" in line]
    assert rows == ["| `features` | 60 items | 59 items: −`f0` |"]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ([64, 32], [64, 16], ("`[64, 32]`", "`[64, 16]`")),
        (FEATURES, FEATURES[::-1], ("60 items", "60 items, in another order")),
        (FEATURES, [*FEATURES[:9], "new", *FEATURES[10:]], ("60 items", "60 items: −`f9`, +`new`")),
        (FEATURES, [], ("60 items", f"0 items: {', '.join(f'−`f{n}`' for n in range(8))} and 52 more")),
        (GONE, [1], ("–", "`[1]`")),
        (None, [1], ("`null`", "`[1]`")),
        ("0.1", 0.1, ('`"0.1"`', "`0.1`")),
        (True, GONE, ("`true`", "–")),
        ({"a": [None, float("inf")]}, {}, ("`{a: [null, .inf]}`", "`{}`")),
    ],
)
def test_values_are_written_as_yaml_and_long_lists_by_what_changed(
    before: object, after: object, shown: tuple[str, str]
) -> None:
    assert values.sides(before, after) == shown


def test_a_list_beside_a_mapping_is_described() -> None:
    before = listed(1, 2, key="opt")
    after = dataclasses.replace(BEFORE, params=(Param("params.yaml", "opt.lr", 1),))
    changes = compare(before, after, RepoConfig()).params
    assert [(each.key, each.before, each.after) for each in changes] == [
        ("opt.lr", GONE, 1),
        ("opt", [1, 2], GONE),
    ]


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
def test_what_was_taken_out_and_put_in_makes_the_other_list(before: list[str], after: list[str]) -> None:
    found = compared(before, after)
    assert sorted([*before, *found.added]) == sorted([*after, *found.removed])


def test_a_list_of_any_length_is_compared_quickly() -> None:
    found = compared(["a"] * 10_000 + ["b"] * 10_000, ["b"] * 10_000 + ["a"] * 9_999)
    assert (found.removed, found.added) == (("a",), ())


LOSSES = [f"dvclive/fold_{fold}/plots/metrics/eval/mean_absolute_error.tsv" for fold in range(2)]


def test_shortened_titles_keep_their_end_and_stay_distinct() -> None:
    assert ending("dvclive/plots/metrics/eval/mean_absolute_error.tsv", 40) == "…metrics/eval/mean_absolute_error.tsv"
    shown = apart(LOSSES, 44)
    assert shown[LOSSES[0]] == "…fold_0…eval/mean_absolute_error.tsv"
    assert shown[LOSSES[1]] == "…fold_1…eval/mean_absolute_error.tsv"


@given(st.lists(st.text("ab/._", max_size=30), unique=True, max_size=9), st.integers(8, 20))
def test_no_two_names_are_shown_alike(names: list[str], limit: int) -> None:
    shown = apart(names, limit)
    assert len(set(shown.values())) == len(names)
    assert all(shown[name] == name for name in names if len(name) <= limit)


def test_titles_of_pictures_are_the_ends_of_their_paths() -> None:
    plots = [curve(0.1, 0.2, id=path, path=path) for path in LOSSES]
    assert [each.figure.get_suptitle() for each in figures(None, drawn_from(*plots))] == [*apart(LOSSES, 44).values()]


@pytest.mark.parametrize(
    ("before", "after", "low", "high"),
    [
        (curve(1, 2), curve(1, 2), 0, 0),
        (None, curve(1, 2), 1, 1),
        (curve(0, 1, 2), curve(0, 1, 1), 0.1, 0.2),
        (curve(0, 1, 2), curve(2, 1, 0), 0.6, 0.7),
        (curve(0, 0), curve(0, 0, 0), 0.3, 0.4),
        (curve("a", "b"), curve("a", "c"), 0.5, 0.5),
        (curve(float("nan")), curve("nan"), 0, 1),
        (image(picture((9, 9))), image(picture((9, 9))), 0, 0),
        (image(grey(0)), image(grey(255)), 1, 1),
        (image("broken"), image(picture((9, 9))), 1, 1),
        (image(picture((9, 9))), curve(1), 1, 1),
    ],
)
def test_the_distance_between_two_sides_is_measured(before: Plot | None, after: Plot, low: float, high: float) -> None:
    assert low <= difference(before, after) <= high


def test_the_plots_that_differ_most_are_drawn_and_the_rest_have_a_command() -> None:
    def side(shift: float) -> Snapshot:
        plots = [curve(0.0, n * shift, 10.0, id=f"p{n:02}", path=f"p{n:02}") for n in range(12)]
        return dataclasses.replace(BEFORE, plots=tuple(plots))

    drawn = figures(side(0), side(0.5))
    assert [each.plot for each in drawn] == [f"p{n:02}" for n in range(11, 3, -1)]
    pictures = [Picture(each.title, each.alt, "https://e.x/1.png", each.plot) for each in drawn]
    words = render(report(before=side(0), after=side(0.5), pictures=pictures))
    line = "`/plots 1a2b3c4 puffy-daks`"
    assert f"- 4 more plots have no picture here, where the 8 that differ most are: {line} draws all." in words
    pictures = [dataclasses.replace(each, differs=False) for each in pictures]
    words = render(report(before=side(0), after=side(0), pictures=pictures))
    assert f"- 4 more plots have no picture here, where 8 others are: {line} draws all." in words


def test_two_plots_fit_a_row_and_those_without_a_difference_are_folded() -> None:
    def shown(name: str, **how: Any) -> Picture:
        return Picture(name, name, f"https://e.x/{name}.png", name, **how)

    words = render(report(pictures=[shown("a"), shown("b"), shown("c", wide=True), shown("d", differs=False)]))
    assert (
        '<img alt="a" src="https://e.x/a.png" width="400">\n'
        '<img alt="b" src="https://e.x/b.png" width="400">\n'
        '<img alt="c" src="https://e.x/c.png" width="808">\n\n'
        "<details>\n<summary>1 plot without a difference</summary>\n\n"
        '<img alt="d" src="https://e.x/d.png" width="400">\n\n</details>'
    ) in words


def test_no_row_of_plots_but_the_last_is_half_empty() -> None:
    shown = [Picture(name, name, f"https://e.x/{name}.png", name, wide=name in "WX") for name in "aWbcX"]
    assert re.findall(r'alt="(.)"', gallery(shown, SizeLimits())) == [*"abWXc"]


def test_with_several_projects_each_shows_fewer_plots_and_folds_the_others() -> None:
    shown = [Picture(name, name, f"https://e.x/{name}.png", name) for name in "abc"]
    lead, _, rest = gallery(shown, SizeLimits(), 2).partition(
        "\n\n<details>\n<summary>1 more plot that differs</summary>"
    )
    assert (lead.count("<img"), rest.count("<img")) == (2, 1)


def test_items_of_plain_lists_are_not_listed_beside_the_list() -> None:
    nested = [Param("p.yaml", "layers", [{"units": 1}]), Param("p.yaml", "layers.0.units", 1)]
    params = [*listed("a", "b").params, *nested]
    assert [each.key for each in without_items(params)] == ["features", "layers", "layers.0.units"]
    alone = [each for each in params if each.key == "features.1"]
    assert without_items(alone) == alone, "asked for by its name"


def test_a_plot_that_did_not_change_says_so() -> None:
    (same,) = figures(drawn_from(curve(1, 2)), drawn_from(curve(1, 2)))
    (other,) = figures(drawn_from(curve(1, 3)), drawn_from(curve(1, 2)))
    assert (same.differs, other.differs) == (False, True)
