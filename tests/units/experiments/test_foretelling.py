"""Which stages DVC would run, foretold from the snapshot of the baseline."""

import time
from dataclasses import replace
from typing import Any

import pytest
from dvc.stage.cache import _get_cache_hash
from dvc_data.hashfile.meta import Meta

from bot.remotes import kept
from experiments.parts.change import Override
from experiments.pipeline import unpulled
from experiments.readiness.foretelling import Foretold, all_below, confused, foretold, undeclared, unread
from experiments.snapshot import DataFile, MetricFile, Param, Reading, Snapshot, Stage
from tests.units.judging.outdated import outdated
from tests.units.sample_run import EXPERIMENT, changed

PREPARE = Stage("prepare", "", ("raw.csv",), ("clean.csv",), ("params.yaml:split",))
TRAIN = Stage("train", "", ("train.py", "clean.csv"), ("model", "metrics.json"), ("params.yaml:train",))
PLOT = Stage("plot", "", ("model/weights",), ("curve.csv",))
OTHER = Stage("sub/dvc.yaml:other", "", ("x.csv",), ("y.csv",), ("params.yaml:train.lr",))
SNAPSHOT = Snapshot("a" * 40, stages=(PREPARE, TRAIN, PLOT, OTHER))


def override(key: str, file: str = "params.yaml") -> Override:
    return Override(file, key, 2, 1, f"{key}=2")


def foretold_for(key: str = "", snapshot: Snapshot = SNAPSHOT, **fields: Any) -> Foretold | None:
    overrides = (override(key),) if key else ()
    return foretold(snapshot, changed(EXPERIMENT, overrides=overrides, **fields))


@pytest.mark.parametrize(
    ("key", "run"),
    [("split", "prepare train plot"), ("train.lr", "train plot"), ("train", "train plot"), ("depth", ""), ("", "")],
)
def test_a_stage_that_reads_the_parameter_runs_and_so_do_all_stages_below_it(key: str, run: str) -> None:
    found = foretold_for(key)
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
def test_only_stages_that_dvc_looks_at_run(fields: dict[str, Any], run: str) -> None:
    found = foretold_for("train.lr", **fields)
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
def test_stages_stale_at_the_baseline_run(stale: str, run: str) -> None:
    found = foretold_for("", outdated(SNAPSHOT, stale))
    assert found is not None and " ".join(found.run) == run


def test_a_stale_parameter_that_is_set_may_get_the_value_of_dvc_lock() -> None:
    for stale, expected in ((("params.yaml:train.lr",), True), (("params.yaml:split",), False), (("raw.csv",), False)):
        found = foretold_for("train.lr", outdated(SNAPSHOT, *stale))
        assert found is not None and found.unless_recorded is expected, stale
        assert "train" in found.run
    for also in ("train.py", "train (command)", "raw.csv"):
        found = foretold_for("train.lr", outdated(SNAPSHOT, "params.yaml:train.lr", also))
        assert found is not None and not found.unless_recorded, f"{also} changed, too, and nobody sets it"
    for fields in ({"force": True}, {"targets": ("plot",), "flags": ("--single-item",)}):
        found = foretold_for("train.lr", outdated(SNAPSHOT, "params.yaml:train.lr"), **fields)
        assert found is not None and not found.unless_recorded
    templated = outdated(replace(SNAPSHOT, templated=("train.lr",)), "train (command)")
    found = foretold_for("train.lr", templated)
    assert found is not None and found.unless_recorded


def test_stages_that_never_ran_or_that_dvc_takes_for_changed_run() -> None:
    for fields, run in (
        ({"never_run": ("plot",)}, "plot"),
        ({"taken_for_changed": ("params.yaml:train",)}, "train plot"),
        ({"unknown": (DataFile("raw.csv", "abc"),)}, "prepare train plot"),
    ):
        found = foretold_for("", replace(SNAPSHOT, **fields))
        assert found is not None and " ".join(found.run) == run, fields


def test_a_stage_that_reads_from_outside_may_run_or_not() -> None:
    assert foretold_for("", replace(SNAPSHOT, external=("raw.csv",))) is None
    assert foretold_for("", replace(SNAPSHOT, unread_locks=("dvc.lock",))) is None


def test_a_frozen_stage_is_left_alone_and_one_that_always_changes_runs() -> None:
    stages = (replace(PREPARE, frozen=True), TRAIN, replace(PLOT, always=True))
    found = foretold_for("split", replace(SNAPSHOT, stages=stages))
    assert found == Foretold(("plot",), ("prepare", "train"), ("prepare",))


def test_nothing_is_foretold_where_it_cannot_be_known() -> None:
    assert foretold_for("depth", replace(SNAPSHOT, templated=("depth",))) is None
    assert foretold_for("train.lr", script="./train.sh") is None
    assert foretold_for("train.lr", composed=True) is None
    assert foretold_for("train.lr", Snapshot("a" * 40)) is None


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


def test_results_are_outputs_tracked_files_or_undeclared() -> None:
    metrics = tuple(
        MetricFile(path, Reading.READ) for path in ("metrics.json", "model/m.json", "old.json", "live.json")
    )
    data = (DataFile("old.json", "0" * 32, source="old.json.dvc"),)
    assert undeclared(replace(SNAPSHOT, metrics=metrics, data=data)) == ("live.json",)


@pytest.mark.parametrize(
    ("listed", "key", "expected"),
    [
        ("params.yaml:size", "size", True),
        ("params.yaml:model", "model.size", True),
        ("params.yaml", "model.nfiles.most", True),
        ("params.yaml:model.size", "model.size", False),  # DVC records it under that name, and compares it
        ("params.yaml:model", "model.sizes", False),
        ("other.yaml:model", "model.size", False),
    ],
)
def test_dvc_confuses_parameters_with_certain_names(listed: str, key: str, expected: bool) -> None:
    stages = (Stage("train", "", params=(listed,)),)
    assert confused(Snapshot("", params=(Param("params.yaml", key, 1),), stages=stages), ()) is expected
    assert confused(Snapshot("", stages=stages), (override(key),)) is expected


def test_dvc_compares_every_name_in_a_lock_but_these() -> None:
    def key(name: str) -> Any:
        return _get_cache_hash({"cmd": "train", "params": {"params.yaml": {name: 3}}}, key=True)

    nothing = _get_cache_hash({"cmd": "train", "params": {"params.yaml": {}}}, key=True)
    names = [param for param in vars(Meta).items() if param[0].startswith("PARAM_")]
    assert {name for _, name in names if key(name) == nothing} == {"size", "nfiles"}


def test_data_of_stages_that_run_is_pulled_first() -> None:
    raw, clean = DataFile("data/raw", "a"), DataFile("clean.csv", "b", is_output=True)
    above = Stage("prepare", "", ("data/raw/x.csv",), ("clean.csv",))
    below = Stage("src/dvc.yaml:train", "", ("clean.csv", "src/train.py"), folder="src")
    assert unpulled(Snapshot("", stages=(above, below), data=(raw, clean))) == ("clean.csv",)
    assert unpulled(Snapshot("", stages=(above,), data=(raw, clean))) == ()


def test_data_outside_the_repository_is_in_no_remote() -> None:
    given = DataFile("/nowhere/in.txt", "a")
    stage = Stage("b/dvc.yaml:rep", "", (given.path,), folder="b")
    snapshot = Snapshot("", stages=(stage,), data=(given,), external=(given.path,))
    assert unpulled(snapshot) == () and kept(snapshot) == []


def test_where_all_stages_lie_in_subfolders_dvc_is_asked_for_all_of_them() -> None:
    assert all_below(Snapshot("", stages=(OTHER,)))
    assert not all_below(SNAPSHOT) and not all_below(Snapshot(""))


@pytest.mark.parametrize("targets", [(), ("s399",)])
def test_a_long_chain_of_stages_is_foretold_quickly(targets: tuple[str, ...]) -> None:
    first = Stage("s0", "", ("raw.csv",), ("made/0",), ("params.yaml:train",))
    chain = [Stage(f"s{at}", "", (f"made/{at - 1}",), (f"made/{at}",)) for at in range(1, 400)]
    began = time.process_time()
    found = foretold_for("train.lr", Snapshot("a" * 40, stages=(first, *chain)), targets=targets)
    assert found is not None and len(found.run) == 400
    assert time.process_time() - began < 5
