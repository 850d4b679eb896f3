"""Decisions about sweeps and the queue: whose turn it is, which failures are alike, which is best, when it is over."""

from dataclasses import replace

import pytest

from experiments.estimate import estimate
from experiments.judging.comparison import compare
from experiments.judging.ranking import Measured, rank
from experiments.parts.change import Override
from experiments.run import Ended, Phase, QueueMove, Run, observe
from experiments.run_state import RunState
from experiments.settings.repo_config import MetricRule, RepoConfig
from experiments.snapshot import MetricFile, Reading, Snapshot
from experiments.sweep import counts, entries, how, last_words, sweeps
from tests.units.judging.outdated import outdated
from tests.units.sample_run import RUN, changed


def member(number: int, state: RunState = RunState.WAITING, **more: object) -> Run:
    override = Override("params.yaml", "train.lr", number / 10, 0.1, f"train.lr={number / 10}")
    named = {"name": f"wide-{number}", "sweep": "wide", "number": number, "queue": True, "overrides": (override,)}
    experiment = changed(RUN.experiment, **named)
    return changed(RUN, id=f"run{number}", experiment=experiment, state=state, **more)


def snapshot(sha: str, **metrics: object) -> Snapshot:
    return Snapshot(sha * 40, metrics=(MetricFile("metrics.json", Reading.READ, metrics),))


def measured(name: str, before: Snapshot, after: Snapshot, config: RepoConfig) -> Measured:
    return Measured(name, after, compare(before, after, config))


def test_a_run_moves_in_the_queue_only_before_a_runner_has_it() -> None:
    held = member(1, RunState.HELD, heartbeat=None)
    assert observe(held, QueueMove(RunState.QUEUED), 5.0) == held
    waiting = observe(held, QueueMove(RunState.WAITING), 5.0)
    assert (waiting.state, waiting.attempt.heartbeat) == (RunState.WAITING, None)  # no agent has claimed it yet
    assert observe(waiting, QueueMove(RunState.HELD), 5.0) == held
    queued = observe(waiting, QueueMove(RunState.QUEUED), 5.0)
    assert observe(queued, QueueMove(RunState.HELD), 5.0) == held  # its job finds nothing to do
    claimed = changed(queued, token_hash="abc")
    assert observe(claimed, QueueMove(RunState.HELD), 5.0) == claimed
    assert observe(queued, Phase(RunState.PREPARING), 6.0).state is RunState.PREPARING
    assert observe(held, Ended(RunState.CANCELLED), 6.0).state is RunState.CANCELLED


def test_a_sweep_is_its_newest_runs_in_the_order_of_their_numbers() -> None:
    again = replace(member(1, RunState.SUCCEEDED), id="again")
    single = replace(RUN, id="single")
    runs = [member(2), member(1, RunState.FAILED), single, again]
    (sweep,) = sweeps(runs)
    assert [run.id for run in sweep.runs] == ["again", "run2"]
    assert sweep.failed == ()
    assert sweep.varying == (("params.yaml", "train.lr"),)
    assert [each if isinstance(each, Run) else each.name for each in entries(runs)] == ["wide", single]
    assert counts(sweep.runs) == "1 of 2 ended, 1 waiting"


def test_the_first_three_to_fail_are_suspect_if_none_succeeded_and_some_wait() -> None:
    def ended(number: int, state: RunState, at: float) -> Run:
        return member(number, state, ended=at)

    failed = [ended(1, RunState.FAILED, 3.0), ended(2, RunState.TIMED_OUT, 1.0), ended(3, RunState.FAILED, 2.0)]
    assert [run.id for run in sweeps([*failed, member(4)])[0].suspects()] == ["run2", "run3", "run1"]
    assert sweeps(failed)[0].suspects() == ()
    assert sweeps([*failed[:2], member(4)])[0].suspects() == ()
    assert sweeps([*failed, member(4), ended(5, RunState.SUCCEEDED, 2.5)])[0].suspects() == ()
    assert len(sweeps([*failed, member(4), ended(5, RunState.SUCCEEDED, 9.0)])[0].suspects()) == 3
    assert sweeps([*failed[:2], ended(3, RunState.CANCELLED, 0.5), member(4)])[0].suspects() == ()


def test_failures_are_alike_whatever_numbers_they_name_and_whatever_dvc_adds() -> None:
    dvc = "ERROR: failed to reproduce 'train': failed to run: python train.py, exited with 1"
    one = member(1, RunState.FAILED, exit_code=1)
    log = f"epoch 1\nValueError: lr 0.1 is too large\n{dvc}\n"
    assert last_words(one, log) == "ValueError: lr 0.1 is too large"
    assert how(one, log) == how(member(2, RunState.FAILED, exit_code=1), log.replace("0.1", "2e-3"))
    assert how(one, log) != how(one, log.replace("ValueError", "KeyError"))
    assert how(one, log) != how(changed(one, exit_code=2), log)
    assert how(one, log) != how(replace(one, state=RunState.TIMED_OUT), log)
    assert last_words(one, f"{dvc}\n") == dvc
    missing = "ERROR: failed to reproduce 'train': dependency 'mid.csv' does not exist"
    assert last_words(one, f"Stage 'prepare' didn't change, skipping\n{missing}\n    Try something else.\n") == missing
    assert last_words(changed(one, reason="Nothing was heard."), "") == "Nothing was heard."


@pytest.mark.parametrize(("better", "first"), [("higher", "b"), ("lower", "a")])
def test_the_order_is_that_of_the_primary_metric(better: str, first: str) -> None:
    config = RepoConfig(primary="score", metrics={"score": MetricRule(better)})
    before = snapshot("0", score=0.5, accuracy=0.1)
    found = [
        measured(name, before, snapshot(sha, score=score, accuracy=1 - score), config)
        for name, sha, score in (("a", "1", 0.4), ("b", "2", 0.9), ("c", "3", 0.6))
    ]
    ranking = rank(found, config)
    assert ranking.best
    assert (ranking.best.name, ranking.metric, len(ranking.order)) == (first, "score", 3)


def test_without_a_direction_none_is_best_and_the_setting_is_named() -> None:
    before = snapshot("0", score=0.5)
    ranking = rank([measured("a", before, snapshot("1", score=0.4), RepoConfig())], RepoConfig())
    assert ranking.best is None
    assert "whether `score` is better when higher or when lower" in ranking.reason
    missing = rank([measured("a", before, snapshot("1", score=0.4), RepoConfig("f1"))], RepoConfig("f1"))
    assert missing.best is None
    assert "`f1`, the configured primary metric" in missing.reason
    assert rank([], RepoConfig()).reason == "None of them has a metric that could be read."


def test_a_member_that_cannot_be_compared_is_not_ranked() -> None:
    before, config = snapshot("0", accuracy=0.5), RepoConfig()
    stale = outdated(snapshot("1", accuracy=0.99), "train.py")
    found = [
        measured("stale", before, stale, config),
        measured("nan", before, snapshot("2", accuracy=float("nan")), config),
        measured("good", before, snapshot("3", accuracy=0.7), config),
    ]
    ranking = rank(found, config)
    assert [each.name for each in ranking.order] == ["good"]
    assert set(ranking.left_out) == {"stale", "nan"}
    assert "`train.py` changed" in ranking.left_out["stale"]


def test_a_tie_is_broken_by_a_further_metric_in_the_configured_order() -> None:
    before = snapshot("0", accuracy=0.5, loss=1.0, f1=0.5)
    config = RepoConfig(primary="accuracy", metrics={"f1": MetricRule(), "loss": MetricRule()})
    found = [
        measured("slow", before, snapshot("1", accuracy=0.7, loss=0.1, f1=0.6), config),
        measured("fast", before, snapshot("2", accuracy=0.7, loss=0.9, f1=0.7), config),
        measured("last", before, snapshot("3", accuracy=0.6, loss=0.1, f1=0.9), config),
    ]
    ranking = rank(found, config)
    assert [each.name for each in ranking.order] == ["fast", "slow", "last"]
    assert ranking.tied == "`slow` ties with `fast` in `accuracy`; `f1` decides."
    assert [each.name for each in rank(found, RepoConfig()).order] == ["slow", "fast", "last"], "as the file has them"
    alike = [replace(found[0], name=name) for name in ("a", "b", "c")]
    assert rank(alike, config).tied == (
        "`b`, `c` tie with `a` in `accuracy` and in all else that can be compared: the first of them stands for the "
        "others."
    )
    assert rank(found[1:], config).tied == ""


def test_a_metric_of_several_files_is_named_with_its_file_or_asked_about() -> None:
    def cities(sha: str, rome: float, oslo: float) -> Snapshot:
        values = (("rome.json", rome), ("oslo.json", oslo))
        return Snapshot(sha, metrics=tuple(MetricFile(file, Reading.READ, {"rmse": value}) for file, value in values))

    before = cities("0", 2.0, 2.0)
    found = [measured("a", before, cities("1", 1.0, 9.0), RepoConfig())]
    assert rank(found, RepoConfig()).label == "rome.json:rmse"
    configured = rank(found, RepoConfig(primary="rmse"))
    assert configured.best is None
    assert configured.reason == (
        "`rmse` is a metric of 2 files, and only one can order them: `rome.json:rmse`, `oslo.json:rmse`."
    )
    assert rank(found, RepoConfig(primary="oslo.json:rmse")).file == "oslo.json"


def test_the_estimate_is_the_median_divided_among_the_runners() -> None:
    found = estimate([50.0, 100.0, 900.0], running=[40.0, 500.0], waiting=3, at_once=2)
    assert found
    assert (found.each, found.known) == (100.0, 3)
    assert found.starts == (0.0, 60.0, 100.0)  # one that takes longer than most may end at any moment
    assert found.through == 200.0
    assert estimate([], [], 3, 2) is None
    assert estimate([100.0], [], 3, 0) is None
    alone = estimate([100.0], [], 2, 1)
    assert alone
    assert alone.starts == (0.0, 100.0)
