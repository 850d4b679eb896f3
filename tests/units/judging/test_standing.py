"""Stale, unknown, external and never run: four states, each with its own sentence."""

import time
from dataclasses import replace
from typing import Any

import pytest

from experiments.judging.comparison import Verdict, compare
from experiments.judging.evaluation import other_evaluation
from experiments.judging.standing import Standing, notes
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import DataFile, MetricFile, Reading, Snapshot, Stage
from tests.units.judging.outdated import outdated

TRAIN = Stage("train", "train", deps=("train.py", "data.csv"), outs=("model",))
EVALUATE = Stage("evaluate", "evaluate", deps=("model",), outs=("m.json",))
DEPLOY = Stage("deploy", "deploy", deps=("model",), outs=("deployed",))


def measured(value: float, path: str = "m.json", **fields: Any) -> Snapshot:
    metrics = (MetricFile(path, Reading.READ, {"accuracy": value}),)
    return replace(Snapshot("a" * 40, metrics=metrics, stages=(TRAIN, EVALUATE, DEPLOY)), **fields)


BEFORE, AFTER = measured(0.5), measured(0.75)
SIDES = ("the base", "the head")


LATE = replace(EVALUATE, stale=("a", "b", "c", "d"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"stages": (LATE,)}, "The head is stale: `a`, `b`, `c` and 1 more changed after its numbers were"),
        ({"never_run": ("train",)}, "The head can't be judged: `dvc.lock` records no run of `train`, so nothing shows"),
        ({"unread_locks": ("dvc.lock",)}, "The head can't be judged: `dvc.lock` can't be read, so nothing shows"),
    ],
)
def test_each_reason_against_a_judgement_has_its_own_sentence(fields: dict[str, Any], sentence: str) -> None:
    after = measured(0.75, **fields)
    assert Standing(after).barred("the head").startswith(sentence)
    comparison = compare(BEFORE, after, RepoConfig())
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert "(never run)" not in comparison.reason


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"never_run": ("deploy",)}, "`dvc.lock` of the head records no run of `deploy`; no metric comes from it."),
        (
            {"unknown": (DataFile("data.csv", ""),)},
            "Whether `data.csv` of the head is what its numbers were made with is not known: neither Git nor DVC "
            "tracks it.",
        ),
        (
            {"altered": ("m.json",)},
            "`m.json` of the head is not what `dvc.lock` records, so DVC would run its stage again.",
        ),
        (
            {"external": ("s3://b/a", "s3://b/c")},
            "Whether `s3://b/a` and `s3://b/c` are still what the numbers of the head were made with was not looked "
            "at: they are outside of the repository.",
        ),
    ],
)
def test_an_unknown_dependency_is_mentioned_and_the_metric_is_judged(fields: dict[str, Any], sentence: str) -> None:
    before, after = measured(0.5, **fields), measured(0.75, **fields)
    assert compare(before, after, RepoConfig()).verdict is Verdict.BETTER
    of_both = sentence.replace("the head", "the base and the head").replace("its numbers", "their numbers")
    assert notes(before, after, SIDES) == (of_both,)
    assert notes(BEFORE, after, SIDES) == notes(None, after, SIDES) == (sentence,)
    assert notes(before, AFTER, SIDES) == (sentence.replace("the head", "the base"),)


def test_where_no_metric_is_declared_no_numbers_are_mentioned() -> None:
    after = replace(AFTER, metrics=(), external=("https://a.example/wine.data",))
    note = "Whether `https://a.example/wine.data` is still what the results of the head were made with"
    assert notes(None, after, SIDES)[0].startswith(note)


def test_a_metric_that_no_stage_writes_may_come_from_any_stage() -> None:
    assert Standing(measured(0.5, "dvclive/metrics.json", never_run=("deploy",))).unrun == ("deploy",)
    assert Standing(replace(AFTER, metrics=(), never_run=("train",))).unrun == (), "there is no number to doubt"


def test_different_versions_of_an_untracked_file_bar_a_comparison() -> None:
    stages = (replace(EVALUATE, deps=("test.csv",)),)
    before, after = (
        measured(value, stages=stages, unknown=(DataFile("test.csv", recorded),))
        for value, recorded in ((0.5, "old"), (0.75, "new"))
    )
    comparison = compare(before, after, RepoConfig())
    assert comparison.reason == "The numbers were not measured alike: `test.csv` differs from that of the baseline."


def test_a_removed_dependency_is_not_an_unknown_one() -> None:
    after = measured(0.75, unknown=(DataFile("train.py", "abc"),))
    comparison = compare(BEFORE, after, RepoConfig())
    assert comparison.reason == "This run's commit is stale: `train.py` is not in its commit any more."


def test_a_chain_of_a_thousand_stages_is_followed_quickly() -> None:
    chain = [Stage(f"s{at}", "run", deps=(f"made/{at}",), outs=(f"made/{at + 1}",)) for at in range(1_000)]
    after = measured(0.75, "made/1000", stages=tuple(chain), never_run=("s0", "elsewhere"))
    began = time.process_time()
    assert Standing(after).unrun == ("s0",)
    assert time.process_time() - began < 5


def test_a_change_behind_no_metric_makes_no_number_stale() -> None:
    train, evaluate = (
        Stage("a/dvc.yaml:train", "t", deps=("train.py",), outs=("m",)),
        Stage("a/dvc.yaml:eval", "e", ("m",)),
    )
    predict = Stage("b/dvc.yaml:predict", "p", deps=("m", "week.csv"), outs=("week",))
    metrics = (MetricFile("reports/m.json", Reading.READ, {"rmse": 1.0}, declared_in="a"),)
    side = Snapshot("a" * 40, metrics=metrics, stages=(train, evaluate, predict))
    aside = outdated(side, "week.csv", "b/dvc.yaml:predict (command)")
    assert Standing(aside).stale == () and Standing(aside).barred("the head") == ""
    (note,) = notes(None, aside, SIDES)
    assert note.startswith("`week.csv` and `b/dvc.yaml:predict (command)` of the head changed since")
    both = outdated(side, "week.csv", "train.py")
    assert (Standing(both).stale, Standing(both).doubted) == ((), ("train.py",))
    shared = outdated(side, "m")
    assert Standing(shared).doubted == ("m",), "the stage that may measure reads it, too"
    anywhere = replace(aside, metrics=(MetricFile("m.json", Reading.READ, {"rmse": 1.0}),))
    assert Standing(anywhere).doubted == aside.stale, "nothing tells which stage it comes from"


def test_a_metric_without_a_stage_may_be_stale_and_is_not_called_so() -> None:
    """`m.json` is an output of `evaluate`; `top.json`, of the same dvc.yaml, is that of no stage."""
    declared = MetricFile("m.json", Reading.READ, {"accuracy": 0.75})
    top = MetricFile("top.json", Reading.READ, {"accuracy": 0.75})
    side = measured(0.75, metrics=(top,), stages=(TRAIN, EVALUATE, replace(DEPLOY, deps=("deploy.py",))))
    aside = outdated(side, "deploy.py")
    assert (Standing(aside).stale, Standing(aside).doubted) == ((), ("deploy.py",))
    assert Standing(aside).barred("the head") == (
        "The head can't be judged: `deploy.py` changed since what reads it ran, and no stage declares `top.json`, so "
        "its numbers may be stale."
    )
    assert notes(None, aside, SIDES) == ()
    comparison = compare(side, aside, RepoConfig())
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert Standing(replace(aside, metrics=(declared,))).doubted == (), "it does not come from what reads it"
    both = outdated(replace(side, metrics=(declared, top)), "deploy.py", "train.py")
    assert (Standing(both).stale, Standing(both).doubted) == (("train.py",), ("deploy.py",))


def test_evaluation_data_differs_only_with_the_files_that_it_is_made_from() -> None:
    """Model and test rows both come from `raw.csv`; the model alone also comes from `more.csv`, which may differ."""
    stages = (
        Stage("split", "", deps=("raw.csv",), outs=("train.csv", "test.csv")),
        Stage("train", "", deps=("train.csv", "more.csv"), outs=("model",)),
        Stage("measure", "", deps=("model", "test.csv"), outs=("m.json",)),
    )

    def side(raw: str, more: str, sha: str) -> Snapshot:
        data = (DataFile("raw.csv", raw * 32), DataFile("more.csv", more * 32), DataFile("test.csv", raw * 32, 1, True))
        return Snapshot(sha, stages=stages, data=data)

    before = side("1", "2", "a" * 40)
    reason = other_evaluation(before, side("3", "2", "b" * 40), ["m.json"])
    assert reason == "The numbers were not measured alike: `raw.csv` differs from that of the baseline."
    assert other_evaluation(before, side("1", "4", "b" * 40), ["m.json"]) == ""
