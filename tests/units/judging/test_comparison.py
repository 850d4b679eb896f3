"""Baseline and experiment compared: the verdict of each metric and of the whole."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.judging.comparison import Comparison, ParamChange, Verdict, compare
from experiments.params.merging import GONE
from experiments.settings.repo_config import MetricRule, RepoConfig
from experiments.snapshot import DataFile, MetricFile, Param, Reading, Snapshot, Stage
from tests.units.judging.outdated import outdated

NONE = RepoConfig()


def snapshot(
    values: dict[str, object],
    params: tuple[Param, ...] = (),
    stages: tuple[Stage, ...] = (),
    data: tuple[DataFile, ...] = (),
) -> Snapshot:
    metrics = (MetricFile("metrics.json", Reading.READ, values),)
    return Snapshot("a" * 40, params=params, metrics=metrics, stages=stages, data=data)


def verdict(before: dict[str, object], after: dict[str, object], config: RepoConfig = NONE) -> Verdict:
    return compare(snapshot(before), snapshot(after), config).verdict


def metric(comparison: Comparison, name: str) -> Verdict:
    return next(delta.verdict for delta in comparison.deltas if delta.name == name)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"accuracy": 0.9}, {"accuracy": 0.91}, "better"),
        ({"accuracy": 0.9}, {"accuracy": 0.89}, "worse"),
        ({"loss": 0.5}, {"loss": 0.4}, "better"),
        ({"accuracy": 0.9, "loss": 0.5}, {"accuracy": 0.91, "loss": 0.6}, "mixed"),
        ({"accuracy": 0.9, "loss": 0.5}, {"accuracy": 0.91, "loss": 0.5}, "better"),
        ({"accuracy": 0.9, "epoch": 3}, {"accuracy": 0.8, "epoch": 9}, "worse"),
        ({"accuracy": 0.9}, {"accuracy": 0.9}, "unchanged"),
        ({"accuracy": 0.3}, {"accuracy": 0.1 + 0.2}, "unchanged"),
        ({"kind": "tree"}, {"kind": "tree"}, "unchanged"),
        ({"kind": "tree"}, {"kind": "forest"}, "not comparable"),
        ({"epoch": 3}, {"epoch": 4}, "not comparable"),
        ({"done": True}, {"done": 1}, "not comparable"),
        ({"epoch": 3}, {"accuracy": 0.9}, "no baseline"),
        ({}, {"accuracy": 0.9, "loss": 0.5}, "no baseline"),
        ({"accuracy": 0.9}, {}, "not comparable"),
    ],
)
def test_the_whole_is_judged_by_the_metrics_whose_direction_is_known(
    before: dict[str, object], after: dict[str, object], expected: str
) -> None:
    assert verdict(before, after) == expected


def test_a_difference_within_the_noise_is_no_difference() -> None:
    config = RepoConfig(metrics={"accuracy": MetricRule(noise=0.005)})
    assert verdict({"accuracy": 0.95}, {"accuracy": 0.955}, config) is Verdict.WITHIN_NOISE
    assert verdict({"accuracy": 0.95}, {"accuracy": 0.945}, config) is Verdict.WITHIN_NOISE
    assert verdict({"accuracy": 0.95}, {"accuracy": 0.9551}, config) is Verdict.BETTER


def test_the_configured_direction_overrides_the_one_by_name() -> None:
    assert verdict({"loss": 1.0}, {"loss": 2.0}, RepoConfig(metrics={"loss": MetricRule("higher")})) is Verdict.BETTER


def test_the_configured_primary_metric_decides_and_leads() -> None:
    config = RepoConfig(primary="recall")
    comparison = compare(snapshot({"loss": 1.0, "recall": 0.5}), snapshot({"loss": 9.0, "recall": 0.6}), config)
    assert comparison.verdict is Verdict.BETTER
    assert [delta.name for delta in comparison.deltas] == ["recall", "loss"]


def test_without_a_primary_metric_the_first_with_a_direction_leads() -> None:
    comparison = compare(
        snapshot({"step": 1, "auc": 0.5, "loss": 1}), snapshot({"step": 2, "auc": 0.6, "loss": 1}), NONE
    )
    assert [delta.name for delta in comparison.deltas] == ["auc", "loss", "step"]


@pytest.mark.parametrize("name", ["step", "train.step"])
def test_a_step_beside_other_metrics_comes_last_and_is_no_result(name: str) -> None:
    comparison = compare(snapshot({name: 1, "score": 5}), snapshot({name: 2, "score": 5}), NONE)
    assert [delta.name for delta in comparison.deltas] == ["score", name]
    assert [delta.name for delta in comparison.results] == ["score"]
    assert comparison.verdict is Verdict.UNCHANGED


@pytest.mark.parametrize(
    ("before", "after", "config"),
    [
        ({"step": 1}, {"step": 2}, NONE),
        ({"step": 1, "steps": 1}, {"step": 2, "steps": 1}, RepoConfig(metrics={"step": MetricRule("lower")})),
        ({"auc": 1, "step": 1}, {"auc": 1, "step": 2}, RepoConfig(primary="step")),
    ],
)
def test_a_lone_or_configured_step_is_a_result(
    before: dict[str, object], after: dict[str, object], config: RepoConfig
) -> None:
    comparison = compare(snapshot(before), snapshot(after), config)
    assert comparison.deltas == comparison.results
    assert comparison.leading and comparison.leading.name == "step"


def test_a_missing_primary_metric_is_never_better_and_is_named() -> None:
    comparison = compare(snapshot({"accuracy": 0.1}), snapshot({"accuracy": 0.9}), RepoConfig(primary="acuracy"))
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert "did you mean `accuracy`?" in comparison.reason


def test_one_name_in_two_files_is_two_metrics() -> None:
    def both(train: float, test: float) -> Snapshot:
        files = [
            MetricFile(f"{name}.json", Reading.READ, {"auc": value})
            for name, value in (("train", train), ("test", test))
        ]
        return Snapshot("a" * 40, metrics=tuple(files))

    comparison = compare(both(0.9, 0.5), both(0.8, 0.6), RepoConfig(primary="test.json:auc"))
    assert [(delta.file, delta.verdict) for delta in comparison.deltas] == [
        ("test.json", "better"),
        ("train.json", "worse"),
    ]
    assert comparison.verdict is Verdict.BETTER


@pytest.mark.parametrize("config", [NONE, RepoConfig(primary="accuracy"), RepoConfig(primary="loss")])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 10**400])
def test_nan_and_infinities_are_never_better(bad: float, config: RepoConfig) -> None:
    for before, after in ((0.5, bad), (bad, bad)):
        comparison = compare(
            snapshot({"accuracy": before, "loss": before}), snapshot({"accuracy": after, "loss": after}), config
        )
        assert comparison.verdict is Verdict.NOT_COMPARABLE
        assert "is no finite number" in comparison.reason


def test_a_nan_beside_a_better_metric_keeps_the_whole_from_being_better() -> None:
    assert verdict({"accuracy": 0.8, "loss": 1.0}, {"accuracy": 0.9, "loss": math.nan}) is Verdict.NOT_COMPARABLE


def test_a_metric_that_disappeared_keeps_the_whole_from_being_better() -> None:
    comparison = compare(snapshot({"accuracy": 0.8, "loss": 1.0}), snapshot({"accuracy": 0.9}), NONE)
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert comparison.reason == "The baseline has `loss` and this run has not."


def test_without_a_baseline_there_is_no_verdict_and_no_delta() -> None:
    comparison = compare(None, snapshot({"accuracy": 0.9}, params=(Param("params.yaml", "lr", 1),)), NONE)
    assert (comparison.verdict, comparison.params) == (Verdict.NO_BASELINE, ())


@pytest.mark.parametrize("side", ["The baseline", "This run's commit"])
def test_a_stale_side_is_neither_better_nor_worse(side: str) -> None:
    fresh, old = snapshot({"accuracy": 0.5}), outdated(snapshot({"accuracy": 0.9}), "train.py", "params.yaml:lr")
    pair = (old, fresh) if side == "The baseline" else (fresh, old)
    comparison = compare(*pair, NONE)
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert comparison.reason.startswith(f"{side} is stale: `train.py` and `params.yaml:lr` changed")


@pytest.mark.parametrize("reading", [Reading.NOT_FETCHED, Reading.UNREADABLE])
def test_an_unreadable_file_is_not_taken_for_a_missing_baseline(reading: Reading) -> None:
    unread = Snapshot("a" * 40, metrics=(MetricFile("metrics.json", reading),))
    comparison = compare(unread, snapshot({"accuracy": 0.9}), NONE)
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert f"`metrics.json` of the baseline, which holds `accuracy`, is {reading}." == comparison.reason
    assert comparison.deltas[0].before_reading is reading


STAGES = (
    Stage("train", "python train.py", deps=("train.py", "data/train.csv"), outs=("model.pkl",)),
    Stage("evaluate", "python evaluate.py", deps=("evaluate.py", "data/test.csv", "model.pkl"), outs=("metrics.json",)),
)


def measured(value: float, **hashes: str) -> Snapshot:
    paths = {"train": "train.py", "evaluate": "evaluate.py", "test": "data/test.csv", "model": "model.pkl"}
    data = tuple(DataFile(path, hashes.get(name, "0"), is_output=name == "model") for name, path in paths.items())
    return snapshot({"accuracy": value}, stages=STAGES, data=data)


@pytest.mark.parametrize(("changed", "path"), [("test", "data/test.csv"), ("evaluate", "evaluate.py")])
def test_numbers_measured_with_other_data_or_code_are_not_compared(changed: str, path: str) -> None:
    comparison = compare(measured(0.5), measured(0.9, **{changed: "1"}), NONE)
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert f"`{path}` differs from that of the baseline" in comparison.reason


@pytest.mark.parametrize("changed", ["train", "model"])
def test_another_model_or_other_training_code_is_compared(changed: str) -> None:
    assert compare(measured(0.5), measured(0.9, **{changed: "1"}), NONE).verdict is Verdict.BETTER


def test_changed_parameters_are_listed_with_both_values() -> None:
    def params(**values: object) -> Snapshot:
        return snapshot({}, params=tuple(Param("params.yaml", key, value) for key, value in values.items()))

    before = params(lr=0.1, same=1, nan=math.nan, flag=1, gone="x")
    after = params(lr=0.01, same=1.0, nan=math.nan, flag=True, new=None)
    assert compare(before, after, NONE).params == (
        ParamChange("params.yaml", "lr", 0.1, 0.01),
        ParamChange("params.yaml", "flag", 1, True),
        ParamChange("params.yaml", "new", GONE, None),
        ParamChange("params.yaml", "gone", "x", GONE),
    )


def test_it_is_said_that_no_metric_is_declared() -> None:
    nothing = Snapshot("a" * 40)
    assert compare(nothing, nothing, NONE).reason == "This run declares no metric."


VALUES = st.dictionaries(
    st.sampled_from(["accuracy", "loss", "epoch", "kind"]),
    st.floats() | st.integers() | st.text(max_size=3) | st.booleans() | st.none(),
)


@given(VALUES, VALUES, st.sampled_from(["", "accuracy", "loss", "other"]))
def test_better_always_means_a_finite_number_that_is_better(
    before: dict[str, object], after: dict[str, object], primary: str
) -> None:
    comparison = compare(snapshot(before), snapshot(after), RepoConfig(primary=primary))
    if comparison.verdict is Verdict.BETTER:
        assert any(delta.verdict is Verdict.BETTER for delta in comparison.deltas)
        assert not any(delta.better and delta.verdict is Verdict.WORSE for delta in comparison.deltas if not primary)
    for delta in comparison.deltas:
        if delta.verdict in (Verdict.BETTER, Verdict.WORSE):
            assert delta.difference is not None and math.isfinite(delta.after)
    if comparison.verdict is Verdict.NOT_COMPARABLE:
        assert comparison.reason
