"""What made each declared file of a run's result."""

from dataclasses import replace
from typing import Any

import pytest

from experiments.judging.comparison import Verdict, compare
from experiments.limits import fitting
from experiments.provenance import KEPT_NAMES, Provenance, heard, left_by, lost, origins, remembered
from experiments.settings.gates import Gate
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Made, MetricFile, Plot, Reading, Snapshot, Stage

STAGES = (
    Stage("prepare", "", outs=("stats.json",)),
    Stage("train", "", outs=("eval", "history.json")),
)


def snapshot(stats: float = 1, accuracy: float = 0.9, live: float = 0.15, history: float = 3) -> Snapshot:
    values = {"stats.json": {"rows": stats}, "eval/m.json": {"accuracy": accuracy}}
    values |= {"live.json": {"loss": live}, "history.json": {"n": history}}
    metrics = tuple(MetricFile(path, Reading.READ, found) for path, found in values.items())
    plots = (Plot("curve", "eval/curve.csv", Reading.READ),)
    return Snapshot("a" * 40, metrics=metrics, plots=plots, stages=STAGES, persisted=("history.json",))


BEFORE = snapshot()


def found(after: Snapshot = BEFORE, **fields: Any) -> dict[str, Made]:
    return dict(origins(BEFORE, after, Provenance(True, **fields)))


def test_each_file_has_its_own_origin() -> None:
    made = found(executed=("train",), skipped=("prepare",), written={"eval/m.json": "train"})
    assert made == {
        "stats.json": Made.SKIPPED,
        "eval/m.json": Made.EXECUTED,
        "eval/curve.csv": Made.EXECUTED,
        "live.json": Made.NOTHING,
        "history.json": Made.NOTHING,
    }
    made = found(restored=("train",), written={"stats.json": "", "eval": "other"})
    assert (made["stats.json"], made["eval/m.json"], made["history.json"]) == (
        Made.SCRIPT,
        Made.EXECUTED,
        Made.RESTORED,
    )
    assert found(restored=("train",))["stats.json"] is Made.NOTHING, "DVC did not look at that stage"


def test_a_file_that_differs_was_made_by_something() -> None:
    assert found(snapshot(live=0.6), restored=("train",))["live.json"] is Made.UNKNOWN
    assert dict(origins(BEFORE, BEFORE, Provenance(False, restored=("train",)))) == {}


def test_files_that_the_run_did_not_make_are_recorded_where_all_of_them_fit() -> None:
    made = {"a": Made.EXECUTED, "b": Made.SKIPPED, "c": Made.NOTHING, "d": Made.UNKNOWN}
    known = Provenance(True, executed=("train",))
    assert remembered(known, made) == replace(known, origins={"c": Made.NOTHING, "b": Made.SKIPPED})
    names = tuple(f"{number}" + "\U0001f600" * 250 for number in range(10, 90))  # each of 1002 bytes
    assert remembered(known, dict.fromkeys(names[:49], Made.NOTHING)).origins.keys() == {*names[:49]}
    assert remembered(known, dict.fromkeys(names, Made.NOTHING)) == Provenance(), "a part would call the rest made"
    assert fitting(["x" * KEPT_NAMES, "y"], KEPT_NAMES) == ("x" * KEPT_NAMES,)


@pytest.mark.parametrize(
    "statement", [7, [], {}, {"known": True}, {"known": True, "executed": 1}, {"known": True, "written": [1]}]
)
def test_a_malformed_statement_is_unknown(statement: Any) -> None:
    assert heard(None) is None
    assert heard(statement) == Provenance()


def test_names_are_text_of_a_bounded_length() -> None:
    statement: dict[str, Any] = {"known": True, "executed": ["a"], "restored": [], "skipped": [], "written": {"m": ""}}
    assert heard(statement) == Provenance(True, ("a",), written={"m": ""})
    assert heard({**statement, "executed": ["a" * 501]}) == Provenance()
    assert heard({**statement, "executed": ["a"] * 7000}) == Provenance()
    assert heard({**statement, "executed": [["a"]]}) == Provenance()
    assert heard({**statement, "failed": ["b"]}) == Provenance(True, ("a",), failed=("b",), written={"m": ""})
    assert heard({**statement, "known": 1}) == Provenance(False, ("a",), written={"m": ""})


def compared(after: Snapshot, config: RepoConfig | None = None, **fields: Any) -> Any:
    provenance = Provenance(True, **fields)
    left = left_by(after, replace(provenance, origins=origins(BEFORE, after, provenance)))
    return compare(BEFORE, left, config or RepoConfig())


def test_metrics_that_nothing_in_the_run_made_are_not_judged() -> None:
    whole = compared(
        snapshot(accuracy=0.95), executed=("train",), skipped=("prepare",), written={"history.json": "train"}
    )
    assert whole.verdict is Verdict.BETTER and whole.leading.name == "accuracy"
    by_name = {each.name: each for each in whole.deltas}
    assert by_name["loss"].verdict is Verdict.NOT_COMPARABLE and by_name["rows"].verdict is Verdict.UNCHANGED


def test_a_run_that_made_no_metric_cannot_be_compared() -> None:
    whole = compared(BEFORE, skipped=("prepare", "train"))
    assert whole.verdict is Verdict.NOT_COMPARABLE
    assert "was not made by this run" in whole.reason
    primary = compared(snapshot(accuracy=0.95), RepoConfig(primary="loss"), executed=("train",))
    assert primary.verdict is Verdict.NOT_COMPARABLE and "nothing that ran wrote `live.json`" in primary.reason


def test_a_gate_passes_for_skipped_stages_and_fails_for_files_that_nothing_made() -> None:
    gates = tuple(Gate(metric, not_worse=True, at_least=0.1) for metric in ("rows", "loss"))
    whole = compared(snapshot(accuracy=0.95), RepoConfig(gate=gates), executed=("train",), skipped=("prepare",))
    (clause,) = whole.failing
    assert clause.startswith("`loss` can't be judged: ")


def test_outputs_that_nothing_keeps_are_reported_for_the_stages_that_ran() -> None:
    after = replace(BEFORE, lost=("stats.json", "eval"))
    assert lost(after, Provenance(True, executed=("train",), skipped=("prepare",))) == ("eval",)
    assert lost(after, Provenance(True, restored=("train", "prepare"))) == after.lost
    for unknown in (None, Provenance()):
        assert lost(after, unknown) == after.lost
