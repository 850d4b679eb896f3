"""`gate:` of `.github/studio.yml`: how it is read, when it holds, and that a metric that can't be judged fails it."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ports.git_host import PullRequest, Status
from experiments.experiment import Repository
from experiments.judging.comparison import compare
from experiments.settings.gates import Gate
from experiments.settings.repo_config import MetricRule, RepoConfig, parse
from experiments.snapshot import DataFile, MetricFile, Reading, Snapshot, Stage
from experiments.wording import RUN, Sides
from reports.overview.comment import Overview, Section, render
from reports.overview.commit_status import beside, of_overview
from reports.run.gates import gate_line, gate_title
from tests.units.judging.outdated import outdated


def measured(**values: object) -> Snapshot:
    return Snapshot("a" * 40, metrics=(MetricFile("metrics.json", Reading.READ, values),))


def failing(gate: Gate, before: Snapshot | None, after: Snapshot, noise: float = 0.0, sides: Sides = RUN) -> list[str]:
    config = RepoConfig(gate=(gate,), metrics={"accuracy": MetricRule(noise=noise)})
    return list(compare(before, after, config, sides).failing)


LEAST, MOST, NOT_WORSE = Gate("accuracy", at_least=0.9), Gate("loss", at_most=0.3), Gate("accuracy", not_worse=True)


def test_a_mapping_and_a_list_of_mappings_are_read() -> None:
    assert parse(b"gate: {metric: accuracy, at_least: 0.9}").gate == (LEAST,)
    text = b"gate:\n- {metric: loss, at_most: 3e-1}\n- metric: accuracy\n  not_worse: True\n  at_least: -1\n"
    assert parse(text).gate == (MOST, Gate("accuracy", at_least=-1.0, not_worse=True))
    assert parse(b"gate:\n").gate == parse(b"gate: []").gate == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"gate: 0.9", "`gate` should be a mapping, for example `{metric: accuracy, at_least: 0.9}`"),
        (b"gate: [{metric: a, at_most: 1}, b]", "`gate[2]` should be a mapping"),
        (b"gate: {metric: a, at_lest: 1}", "there is no `gate.at_lest`: did you mean `at_least`?"),
        (b"gate: {at_least: 1}", "`gate` names no `metric`."),
        (b"gate: {metric: a}", "asks nothing of `a`: add `at_least`, `at_most` or `not_worse: true`."),
        (b"gate: {metric: a, not_worse: false}", "asks nothing of `a`"),
        (b"gate: {metric: a, at_least: high}", "`gate.at_least` is a number, as in `0.9`, and not `high`."),
        (b"gate: {metric: a, at_most: .nan}", "and not `.nan`."),
        (b"gate: {metric: a, at_most: inf}", "and not `inf`."),
        (b"gate: {metric: a, at_most: [1]}", "`gate.at_most` should be one value and is a list."),
        (b"gate: {metric: a, not_worse: yes}", "`gate.not_worse` is `true` or `false`, and not `yes`."),
    ],
)
def test_a_mistake_is_one_sentence_and_fails(text: bytes, sentence: str) -> None:
    config = parse(text)
    (problem,) = config.problems
    assert sentence in problem
    assert sum(bool(gate.mistaken) for gate in config.gate) == 1
    (clause,) = compare(measured(a=0.5), measured(a=0.5), config).failing
    assert "`.github/studio.yml` gets its gate wrong" in clause


@pytest.mark.parametrize("text", [b"a: b: c", b"[1]", b"\xff", b"a: &x [1]\nb: *x", b"#" * 70_000])
def test_an_unreadable_file_may_hold_gates_and_fails(text: bytes) -> None:
    (clause,) = compare(measured(a=0.5), measured(a=0.5), parse(text)).failing
    assert clause == "`gate` can't be judged: `.github/studio.yml` of the base branch can't be read"


@pytest.mark.parametrize(
    ("gate", "before", "after", "clause"),
    [
        (LEAST, {"accuracy": 0.95}, {"accuracy": 0.9}, ""),
        (LEAST, {"accuracy": 0.5}, {"accuracy": 0.8999}, "`accuracy` is 0.8999, below 0.9"),
        (Gate("accuracy", at_least=0.3), {}, {"accuracy": 0.1 + 0.2}, ""),
        (Gate("loss", at_most=0.3), {}, {"loss": 0.1 + 0.2}, ""),  # more by its last bit
        (MOST, {}, {"loss": 0.31}, "`loss` is 0.31, above 0.3"),
        (NOT_WORSE, {"accuracy": 0.9}, {"accuracy": 0.95}, ""),
        (NOT_WORSE, {"accuracy": 0.9}, {"accuracy": 0.9}, ""),
        (NOT_WORSE, {"accuracy": 0.9}, {"accuracy": 0.89}, "`accuracy` is 0.89, worse than 0.90 of the baseline"),
        (Gate("loss", not_worse=True), {"loss": 0.1}, {"loss": 0.2}, "`loss` is 0.2, worse than 0.1 of the baseline"),
        (Gate("metrics.json:accuracy", at_least=1), {}, {"accuracy": 0.9}, "`accuracy` is 0.9, below 1"),
        (
            Gate("accuracy", 0.95, not_worse=True),
            {"accuracy": 0.8},
            {"accuracy": 0.9},
            "`accuracy` is 0.90, below 0.95",
        ),
    ],
)
def test_a_gate_holds_or_names_metric_value_and_bound(
    gate: Gate, before: dict[str, object], after: dict[str, object], clause: str
) -> None:
    assert failing(gate, measured(**before), measured(**after)) == ([clause] if clause else [])


def test_within_the_metrics_noise_nothing_is_worse() -> None:
    assert failing(NOT_WORSE, measured(accuracy=0.9), measured(accuracy=0.89), noise=0.01) == []
    assert failing(NOT_WORSE, measured(accuracy=0.9), measured(accuracy=0.88), noise=0.01)


UNREAD = Snapshot("b" * 40, metrics=(MetricFile("metrics.json", Reading.NOT_FETCHED),))
DATA = (DataFile("test.csv", "1"), DataFile("metrics.json", "x", is_output=True))
STAGES = (Stage("train", "python train.py", deps=("test.csv",), outs=("metrics.json",)),)
ON_DATA = replace(measured(accuracy=0.9), data=DATA, stages=STAGES)
ON_OTHER = replace(ON_DATA, data=(DataFile("test.csv", "2"), *DATA[1:]))
STALE = outdated(measured(accuracy=0.95), "train.py")


@pytest.mark.parametrize(
    ("gate", "before", "after", "clause"),
    [
        (
            Gate("acuracy", 0.9),
            measured(),
            measured(accuracy=1),
            "no metric file has `acuracy`: did you mean `accuracy`?",
        ),
        (LEAST, None, UNREAD, "`accuracy` can't be judged: `metrics.json` is not fetched"),
        (LEAST, measured(accuracy=0.9), UNREAD, "`metrics.json` of this run, which holds `accuracy`, is not fetched"),
        (LEAST, measured(accuracy=0.9), measured(), "the baseline has `accuracy` and this run has not"),
        (LEAST, None, measured(accuracy=math.nan), "`accuracy` is `NaN`, no finite number"),
        (MOST, None, measured(loss=-math.inf), "`loss` is `-∞`, no finite number"),
        (LEAST, None, measured(accuracy="1.0"), "`accuracy` is `1.0`, no finite number"),
        (LEAST, None, measured(accuracy=True), "`accuracy` is `true`, no finite number"),
        (LEAST, measured(accuracy=0.9), STALE, "`accuracy` is stale: `train.py` changed after it was measured"),
        (NOT_WORSE, STALE, measured(accuracy=1.0), "can't be compared with the baseline: the baseline is stale"),
        (NOT_WORSE, ON_DATA, ON_OTHER, "can't be compared with the baseline: the numbers were not measured alike"),
        (NOT_WORSE, None, measured(accuracy=1.0), "has nothing to be compared with: the baseline has no such metric"),
        (NOT_WORSE, UNREAD, measured(accuracy=1.0), "is not fetched"),
        (Gate("drift", not_worse=True), measured(drift=1), measured(drift=2), "nothing says whether `drift` is better"),
    ],
)
def test_a_metric_that_cannot_be_judged_fails_with_the_reason(
    gate: Gate, before: Snapshot | None, after: Snapshot, clause: str
) -> None:
    (found,) = failing(gate, before, after)
    assert clause in found
    assert not found.endswith(".")


def test_a_bound_needs_no_comparable_baseline() -> None:
    assert failing(LEAST, ON_DATA, ON_OTHER) == failing(LEAST, STALE, measured(accuracy=0.9)) == []
    assert failing(LEAST, None, measured(accuracy=0.9)) == []


def test_every_metric_of_the_gates_name_must_hold() -> None:
    two = tuple(MetricFile(f"{score}.json", Reading.READ, {"accuracy": score}) for score in (0.95, 0.5))
    assert failing(LEAST, None, Snapshot("a" * 40, metrics=two)) == ["`accuracy` is 0.5, below 0.9"]


def test_sentences_of_a_gate_are_harmless_and_short() -> None:
    hostile = "x`@ada](http://evil.test)<!-- studio:overview -->" + "y" * 300
    (clause,) = failing(Gate(hostile, at_least=1), None, measured(**{hostile: 0}))
    assert len(gate_title((clause, clause))) <= 140
    assert "\n" not in gate_line((clause,), 400)
    assert "<!-- studio" not in gate_line((clause,), 400)
    assert gate_title(("`accuracy` is 0.5, below 0.9",)) == "Gate: accuracy is 0.5, below 0.9"
    assert gate_line(("`a` 1 is below 2", "`b` 1 is below 2"), 400) == "**✕ Gate:** `a` 1 is below 2; `b` 1 is below 2."
    assert gate_line((), 400) == ""


def test_changed_projects_that_nobody_read_do_not_pass() -> None:
    gated = RepoConfig(gate=(LEAST,))
    config = RepoConfig(projects={"one": gated, "two": gated, "free": RepoConfig()})
    pull = PullRequest(1, "open", "a" * 40, "tune", "b" * 40, "main", False, "main", Repository(1, "ada/models", 1))
    good = measured(accuracy=0.95)
    seen = Section("one", good, compare(good, good, config.of("one")))
    assert of_overview(Overview(pull.repository, pull, pull.base, config, (seen,)), "").state == "success"
    free = Overview(pull.repository, pull, pull.base, config, (seen,), unseen=("free",))
    assert of_overview(free, "").state == "success"
    barred = Overview(pull.repository, pull, pull.base, config, (seen,), unseen=("two", "free"))
    assert of_overview(barred, "") == Status("failure", "Gate: 1 more changed project was not looked at", "")
    assert beside(Status("success", "careful: better", ""), barred, "").state == "failure"
    assert "These were not looked at: `two` and `free`." in render(barred)
    assert "Nothing in" not in render(barred)


def test_every_setting_of_a_gate_is_in_the_document() -> None:
    text = (Path(__file__).parents[3] / "docs" / "repository-configuration.md").read_text()
    for name in ("gate", "metric", "at_least", "at_most", "not_worse"):
        assert f"`{name}`" in text
