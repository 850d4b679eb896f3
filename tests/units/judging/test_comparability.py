"""Two pipelines in one project: what makes one file's metrics incomparable leaves the other's alone."""

from dataclasses import replace
from typing import Any

import pytest

from experiments.judging.comparison import Comparison, Verdict, compare
from experiments.judging.ranking import Measured, rank
from experiments.judging.repeats import repeats
from experiments.settings.gates import Gate
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import DataFile, MetricFile, Reading, Snapshot, Stage

PREPARE = Stage("prepare", "p", deps=("raw.csv", "shared.py"), outs=("data",))
TRAIN = Stage("train", "t", deps=("data/train.csv",), outs=("a.json",))
SCORE = Stage("sub/dvc.yaml:score", "s", deps=("test.csv", "shared.py"), outs=("b.json",), unlisted=("score.py",))
NONE, BY_A, BY_B = RepoConfig(), RepoConfig(primary="accuracy"), RepoConfig(primary="bleu")


def snapshot(value: float, stages: tuple[Stage, ...] = (PREPARE, TRAIN, SCORE), **fields: Any) -> Snapshot:
    metrics = (
        MetricFile("a.json", Reading.READ, {"accuracy": value}),
        MetricFile("b.json", Reading.READ, {"bleu": value}),
    )
    return replace(Snapshot("a" * 40, metrics=metrics, stages=stages), **fields)


BEFORE, AFTER = snapshot(0.5), snapshot(0.75)
TESTED = (DataFile("test.csv", "1"),)


def stale(*names: str) -> tuple[Stage, ...]:
    """Return the stages, with these of them changed."""
    return tuple(replace(each, stale=("shared.py",) if each.name in names else ()) for each in (PREPARE, TRAIN, SCORE))


def verdicts(comparison: Comparison) -> dict[str, str]:
    return {delta.name: str(delta.verdict) for delta in comparison.deltas}


ONLY_B = "That concerns only the metrics of `b.json`"


@pytest.mark.parametrize(
    ("before", "after", "why", "extent"),
    [
        (
            BEFORE,
            snapshot(0.75, stale("sub/dvc.yaml:score")),
            "This run's commit is stale: `shared.py` changed after its numbers were made.",
            f"{ONLY_B}, which come from the stage `sub/dvc.yaml:score`.",
        ),
        (
            snapshot(0.5, stale("sub/dvc.yaml:score")),
            AFTER,
            "The baseline is stale: `shared.py` changed after its numbers were made.",
            f"{ONLY_B}, which come from the stage `sub/dvc.yaml:score`.",
        ),
        (
            BEFORE,
            replace(AFTER, never_run=("sub/dvc.yaml:score",)),
            "This run's commit can't be judged: `dvc.lock` records no run of `sub/dvc.yaml:score`, so nothing shows "
            "what its numbers were made with.",
            f"{ONLY_B}, which come from the stage `sub/dvc.yaml:score`.",
        ),
        (
            BEFORE,
            replace(AFTER, unread_locks=("sub/dvc.lock",)),
            "This run's commit can't be judged: `sub/dvc.lock` can't be read, so nothing shows what its numbers were "
            "made with.",
            f"{ONLY_B}.",
        ),
        (
            BEFORE,
            replace(AFTER, unknown=(DataFile("test.csv", "x"),)),
            "This run's commit is stale: `test.csv` is not in its commit any more.",
            f"{ONLY_B}.",
        ),
        (
            BEFORE,
            replace(AFTER, changed_since=("score.py",)),
            "The numbers of this run may be those of an older `score.py`: the command of the stage "
            "`sub/dvc.yaml:score` names it, and its `deps` do not, so DVC does not see that it changed. List it there; "
            "`/run -P -f` trains anyway.",
            f"{ONLY_B}.",
        ),
        (
            replace(BEFORE, data=TESTED),
            replace(AFTER, data=(replace(TESTED[0], md5="2"),)),
            "The numbers were not measured alike: `test.csv` differs from that of the baseline.",
            f"{ONLY_B}.",
        ),
    ],
)
def test_a_reason_about_one_pipeline_is_given_for_that_one_alone(
    before: Snapshot, after: Snapshot, why: str, extent: str
) -> None:
    beside = compare(before, after, BY_A)
    assert (beside.verdict, beside.reason, beside.barred) == (Verdict.BETTER, "", (f"{why} {extent}",))
    for config in (NONE, BY_B):
        decided = compare(before, after, config)
        assert (decided.verdict, decided.reason, decided.barred) == (Verdict.NOT_COMPARABLE, f"{why} {extent}", ())
        assert decided.leading and decided.leading.name == "bleu"
    for found in (beside, decided):
        assert verdicts(found) == {"accuracy": "better", "bleu": "not comparable"}


def test_a_stale_stage_makes_the_metrics_below_it_stale() -> None:
    found = compare(BEFORE, snapshot(0.75, stale("prepare")), BY_B)
    assert verdicts(found) == {"bleu": "better", "accuracy": "not comparable"}
    assert found.barred[0].endswith("only the metrics of `a.json`, which come from the stage `prepare`.")


def test_where_no_metric_can_be_judged_the_reason_covers_the_whole() -> None:
    found = compare(BEFORE, snapshot(0.75, stale("prepare", "sub/dvc.yaml:score")), NONE)
    assert found.reason == "This run's commit is stale: `shared.py` changed after its numbers were made."
    assert {*verdicts(found).values()} == {"not comparable"} and found.barred == ()


def test_two_kinds_of_reason_are_two_sentences() -> None:
    after = snapshot(0.75, stale("prepare"), data=(replace(TESTED[0], md5="2"),))
    found = compare(replace(BEFORE, data=TESTED), after, NONE)
    assert "`prepare`. The numbers were not measured alike" in found.reason and found.reason.endswith(f"{ONLY_B}.")


def test_stale_stages_and_stages_that_never_ran_have_different_reasons() -> None:
    more = MetricFile("c.json", Reading.READ, {"f1": 0.5})
    before, after = (replace(each, metrics=(*each.metrics, more)) for each in (BEFORE, AFTER))
    stages = (*stale("sub/dvc.yaml:score"), Stage("third", "t", outs=("c.json",)))
    found = compare(replace(before, stages=stages[:2]), replace(after, stages=stages, never_run=("third",)), BY_A)
    assert [each.partition(".json`")[0].rpartition("`")[2] for each in found.barred] == ["b", "c"]
    assert "changed after" in found.barred[0] and "records no run of `third`" in found.barred[1]


@pytest.mark.parametrize(
    ("declared_in", "expected"), [("sub", "not comparable"), ("", "unchanged"), ("c", "not comparable")]
)
def test_a_metric_without_a_stage_may_come_from_any_stage_of_its_dvc_yaml(declared_in: str, expected: str) -> None:
    """It may come from any stage at all where that `dvc.yaml` has none."""
    top = MetricFile("top.json", Reading.READ, {"f1": 0.5}, declared_in=declared_in)
    before, after = (replace(each, metrics=(*each.metrics, top)) for each in (BEFORE, AFTER))
    found = compare(before, replace(after, stages=stale("sub/dvc.yaml:score")), BY_A)
    assert verdicts(found) == {"accuracy": "better", "bleu": "not comparable", "f1": expected}


def test_a_new_stale_metric_keeps_the_whole_from_being_better() -> None:
    after = snapshot(0.75, stale("sub/dvc.yaml:score"))
    found = compare(replace(BEFORE, metrics=BEFORE.metrics[:1]), after, NONE)
    assert (found.verdict, verdicts(found)) == (Verdict.NOT_COMPARABLE, {"bleu": "no baseline", "accuracy": "better"})
    assert found.leading and found.leading.name == "bleu"
    alone = compare(None, after, NONE)
    assert alone.verdict is Verdict.NO_BASELINE and alone.barred[0].startswith("This run's commit is stale")


def test_gates_order_and_repeats_use_the_judgement_of_their_own_metric() -> None:
    base = snapshot(0.5, stale("sub/dvc.yaml:score"))
    gates = (Gate("accuracy", not_worse=True), Gate("bleu", not_worse=True), Gate("bleu", at_least=0.7))
    config = replace(BY_A, gate=gates)
    (clause,) = compare(base, AFTER, config).failing
    assert clause == (
        "`bleu` can't be compared with the baseline: the baseline is stale: `shared.py` changed after its numbers were "
        "made"
    )
    late = snapshot(0.9, stale("sub/dvc.yaml:score"))
    found = [Measured(name, each, compare(BEFORE, each, BY_A)) for name, each in (("fresh", AFTER), ("late", late))]
    assert [each.name for each in rank(found, BY_A).order] == ["late", "fresh"]
    by_bleu = rank(found, BY_B)
    assert [each.name for each in by_bleu.order] == ["fresh"] and "is stale" in by_bleu.left_out["late"]
    seeds = {seed: replace(snapshot(0.5 + seed / 100), stages=base.stages) for seed in (1, 2, 3)}
    better = {seed: snapshot(0.8 + seed / 100) for seed in seeds}
    repeated = repeats(seeds, better, config)
    assert (repeated.comparison.verdict, len(repeated.comparison.failing)) == (Verdict.BETTER, 1)
    assert {each.delta.name: each.delta.verdict for each in repeated.metrics} == verdicts(repeated.comparison)
    assert repeats(seeds, better, NONE).comparison.verdict is Verdict.NOT_COMPARABLE


def test_of_several_metrics_that_cannot_be_judged_the_changed_one_leads() -> None:
    names = [f"class_{number}.iou" for number in range(40)]
    same = MetricFile("a.json", Reading.READ, dict.fromkeys(names, 0.5))
    before = Snapshot("a" * 40, metrics=(same,), stages=(TRAIN,))
    changed = replace(same, values={**same.values, names[30]: 0.4})
    after = replace(before, metrics=(changed,), stages=(replace(TRAIN, stale=("data/train.csv",)),))
    found = compare(before, after, NONE)
    assert found.leading and found.leading.name == names[30]
    assert {*verdicts(found).values()} == {"not comparable"}


def test_a_stale_metric_breaks_no_tie() -> None:
    def member(name: str, bleu: float, stages: tuple[Stage, ...]) -> Measured:
        b = MetricFile("b.json", Reading.READ, {"bleu": bleu})
        after = snapshot(0.75, stages, metrics=(AFTER.metrics[0], b))
        return Measured(name, after, compare(BEFORE, after, BY_A))

    fresh = (PREPARE, TRAIN, SCORE)
    decided = rank([member("first", 0.6, fresh), member("second", 0.9, fresh)], BY_A)
    assert decided.best and decided.best.name == "second" and decided.tied.endswith("`bleu` decides.")
    found = rank([member("first", 0.6, fresh), member("second", 0.9, stale("sub/dvc.yaml:score"))], BY_A)
    assert found.best and found.best.name == "first"
    assert found.tied == (
        "`second` ties with `first` in `accuracy` and in all else that can be compared: the first of them stands for "
        "the others."
    )
