"""Which stages DVC would run, told from the snapshot of the baseline."""

from dataclasses import replace
from typing import Any

import pytest

from experiments.experiment import Override
from experiments.foretelling import Foretold, foretold, undeclared, unread
from experiments.snapshot import DataFile, MetricFile, Reading, Snapshot, Stage
from tests.units.sample_run import EXPERIMENT

PREPARE = Stage("prepare", "", ("raw.csv",), ("clean.csv",), ("params.yaml:split",))
TRAIN = Stage("train", "", ("train.py", "clean.csv"), ("model", "metrics.json"), ("params.yaml:train",))
PLOT = Stage("plot", "", ("model/weights",), ("curve.csv",))
OTHER = Stage("sub/dvc.yaml:other", "", ("x.csv",), ("y.csv",), ("params.yaml:train.lr",))
SNAPSHOT = Snapshot("a" * 40, stages=(PREPARE, TRAIN, PLOT, OTHER))


def override(key: str, file: str = "params.yaml") -> Override:
    return Override(file, key, 2, 1, f"{key}=2")


def told(key: str = "", snapshot: Snapshot = SNAPSHOT, **fields: Any) -> Foretold | None:
    overrides = (override(key),) if key else ()
    return foretold(snapshot, replace(EXPERIMENT, overrides=overrides, **fields))


@pytest.mark.parametrize(
    ("key", "run"),
    [("split", "prepare train plot"), ("train.lr", "train plot"), ("train", "train plot"), ("depth", ""), ("", "")],
)
def test_what_reads_a_parameter_runs_and_all_that_reads_what_that_writes(key: str, run: str) -> None:
    found = told(key)
    assert found is not None and " ".join(found.run) == run
    assert set(found.skipped) == {"prepare", "train", "plot"} - set(run.split())


@pytest.mark.parametrize(
    ("fields", "run"),
    [
        ({"flags": ("--all-pipelines",)}, "train plot sub/dvc.yaml:other"),
        ({"targets": ("train",)}, "train"),
        ({"targets": ("plot",)}, "train plot"),
        ({"targets": ("plot",), "flags": ("--single-item",)}, ""),
        ({"targets": ("train",), "flags": ("--downstream",)}, "train plot"),
        ({"force": True}, "prepare train plot"),
    ],
)
def test_only_what_dvc_looks_at_runs(fields: dict[str, Any], run: str) -> None:
    found = told("train.lr", **fields)
    assert found is not None and " ".join(found.run) == run


@pytest.mark.parametrize(
    ("stale", "run"),
    [
        ("train.py", "train plot"),
        ("raw.csv", "prepare train plot"),
        ("params.yaml:train", "train plot"),
        ("train (command)", "train plot"),
    ],
)
def test_what_is_stale_at_the_baseline_runs(stale: str, run: str) -> None:
    found = told("", replace(SNAPSHOT, stale=(stale,)))
    assert found is not None and " ".join(found.run) == run


def test_what_never_ran_and_what_dvc_takes_for_changed_runs() -> None:
    for fields, run in (
        ({"never_run": ("plot",)}, "plot"),
        ({"taken_for_changed": ("params.yaml:train",)}, "train plot"),
        ({"unknown": (DataFile("raw.csv", "abc"),)}, "prepare train plot"),
    ):
        found = told("", replace(SNAPSHOT, **fields))
        assert found is not None and " ".join(found.run) == run, fields


def test_what_reads_from_outside_may_run_or_not() -> None:
    assert told("", replace(SNAPSHOT, external=("raw.csv",))) is None
    assert told("", replace(SNAPSHOT, unread_locks=("dvc.lock",))) is None


def test_a_frozen_stage_stays_and_one_that_always_runs_does() -> None:
    stages = (replace(PREPARE, frozen=True), TRAIN, replace(PLOT, always=True))
    found = told("split", replace(SNAPSHOT, stages=stages))
    assert found == Foretold(("plot",), ("prepare", "train"), ("prepare",))


def test_nothing_is_foretold_where_nobody_knows() -> None:
    assert told("depth", replace(SNAPSHOT, templated=("depth",))) is None
    assert told("train.lr", script="./train.sh") is None
    assert told("train.lr", composed=True) is None
    assert told("train.lr", Snapshot("a" * 40)) is None


@pytest.mark.parametrize(
    ("changes", "is_read"),
    [
        ({}, False),
        ({"templated": ("model.depth",)}, False),
        ({"templated": ("depth",)}, True),
        ({"templated": ("depth[0]",)}, True),
        ({"stages": (replace(TRAIN, deps=("params.yaml",)),)}, True),
        ({"stages": (replace(TRAIN, params=("params.yaml",)),)}, True),
        ({"stages": (replace(TRAIN, params=("params.yaml:depth.wide",)),)}, True),
        ({"stages": (replace(TRAIN, params=("params.yaml:depths",)),)}, False),
        ({"stages": (replace(TRAIN, params=("other.yaml:depth",)),)}, False),
        ({"stages": (replace(TRAIN, params=("params.yaml:depth",), frozen=True),)}, False),
    ],
)
def test_a_parameter_is_read_where_dvc_would_see_that_it_changed(changes: dict[str, Any], is_read: bool) -> None:
    asked = override("depth")
    assert unread(replace(SNAPSHOT, **changes), [asked]) == (() if is_read else (asked,))


def test_results_are_outputs_tracked_by_themselves_or_undeclared() -> None:
    metrics = tuple(
        MetricFile(path, Reading.READ) for path in ("metrics.json", "model/m.json", "old.json", "live.json")
    )
    data = (DataFile("old.json", "0" * 32, source="old.json.dvc"),)
    assert undeclared(replace(SNAPSHOT, metrics=metrics, data=data)) == ("live.json",)
