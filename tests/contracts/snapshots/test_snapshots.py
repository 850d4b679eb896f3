"""Snapshots by `DvcSnapshots` of well-meant commits."""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from bot.ports.git import Git
from experiments.pixels import Pixels, packed
from experiments.projects import ROOT
from experiments.snapshot import DataFile, MetricFile, Param, Plot, Reading, Snapshot
from runners.agent.isolation import bubblewrap
from services.dvc.snapshots import DvcSnapshots
from tests.contracts.snapshots.snapshot_projects import NOTHING, PNG, REPOSITORY, Workbench, md5, pack

TRAIN = """\
import json, os
os.makedirs("plots", exist_ok=True)
json.dump({"accuracy": 0.9, "loss": float("nan"), "by": {"f1": 0.5}}, open("metrics.json", "w"))
json.dump({"auc": float("inf")}, open("cached.json", "w"))
open("plots/loss.csv", "w").write("epoch,loss\\n0,1.5\\n1,nan\\n")
open("model.bin", "w").write("m")
"""
CACHED = {"cached.json": '{"auc": Infinity}', "plots/loss.csv": "epoch,loss\n0,1.5\n1,nan\n"}
PROJECT = {
    "train.py": TRAIN,
    "requirements.txt": "scikit-learn==1.5\n",
    "params.yaml": "train:\n  lr: 0.1  # rate\n  layers: [64, 32]\nseed: 1\n",
    "dvc.yaml": """\
stages:
  train:
    cmd: python train.py
    deps: [train.py, data/iris.csv]
    params: [train.lr, train.layers]
    outs: [model.bin]
    metrics:
      - metrics.json: {cache: false}
      - cached.json
    plots:
      - plots/loss.csv: {x: epoch, y: loss, title: Loss}
""",
}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """Return a project that the real DVC ran."""
    bench = Workbench(tmp_path_factory.mktemp("trained"))
    bench.commit(PROJECT)
    (bench.tree / "data").mkdir()
    (bench.tree / "data" / "iris.csv").write_text("a,b\n")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for words in (["init"], ["add", "data/iris.csv"], ["repro"]):
        command = [sys.executable, "-m", "dvc", *words, "--quiet"]
        subprocess.run(command, cwd=bench.tree, check=True, env={**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"})
    for untracked in ("model.bin", "cached.json", "plots/loss.csv", "data/iris.csv"):
        (bench.tree / untracked).unlink()
    for ours in ("tmp", "cache"):
        shutil.rmtree(bench.tree / ".dvc" / ours)
    return bench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def metric(snapshot: Snapshot, path: str) -> MetricFile:
    return next(file for file in snapshot.metrics if file.path == path)


def plot(snapshot: Snapshot, name: str) -> Plot:
    return next(one for one in snapshot.plots if one.id == name)


@pytest.mark.parametrize("isolate", [False, True])
def test_a_trained_commit_has_a_complete_snapshot(trained: Workbench, tmp_path: Path, isolate: bool) -> None:
    if isolate and not bubblewrap.available():
        pytest.skip("bubblewrap is not here")
    snapshots = DvcSnapshots(cast(Git, trained.mirror), tmp_path, isolate)
    snapshot = snapshots.take(REPOSITORY, trained.commit(), ROOT, NOTHING)
    assert snapshot.problems == ()
    assert snapshot.stale == ()
    assert snapshot.param_files == ("params.yaml",)
    assert Param("params.yaml", "train.lr", 0.1, ("train",)) in snapshot.params
    assert Param("params.yaml", "train.layers", [64, 32], ("train",)) in snapshot.params
    assert Param("params.yaml", "train.layers.0", 64, ("train",)) in snapshot.params
    assert Param("params.yaml", "seed", 1, ()) in snapshot.params
    values = metric(snapshot, "metrics.json").values
    assert (values["accuracy"], values["by.f1"]) == (0.9, 0.5)
    assert math.isnan(values["loss"])
    assert metric(snapshot, "cached.json").reading is Reading.NOT_FETCHED
    assert snapshot.unfetched == ("cached.json", "plots/loss.csv")
    assert snapshot.stages[0].deps == ("train.py", "data/iris.csv")
    assert snapshot.requires == "requirements.txt"
    assert DataFile("data/iris.csv", md5("a,b\n"), 4, source="data/iris.csv.dvc") in snapshot.data
    assert DataFile("model.bin", md5("m"), 1, is_output=True) in snapshot.data
    assert {"model.bin", "metrics.json", "plots/loss.csv", "dvc.lock", "plots/.gitignore"} <= set(snapshot.outputs)
    assert not {"train.py", "params.yaml", "data/iris.csv"} & set(snapshot.outputs)


def test_a_file_that_was_not_fetched_is_read_once_it_comes(trained: Workbench, tmp_path: Path) -> None:
    sha = trained.commit()
    before = trained.snapshots.take(REPOSITORY, sha, ROOT, NOTHING)
    snapshot = trained.snapshots.take(REPOSITORY, sha, ROOT, NOTHING, pack(tmp_path / "files.tar", CACHED))
    assert before.unfetched and not snapshot.unfetched
    assert metric(snapshot, "cached.json").values == {"auc": math.inf}
    curve = plot(snapshot, "plots/loss.csv")
    assert (curve.x, curve.ys, curve.title, curve.cached) == ("epoch", ("loss",), "Loss", True)
    assert curve.rows[0] == {"epoch": 0, "loss": 1.5}
    assert math.isnan(curve.rows[1]["loss"])
    asked = trained.mirror.checkouts
    again = trained.snapshots.take(REPOSITORY, sha, ROOT, NOTHING)
    assert repr(again) == repr(snapshot), "what is kept is what was taken, NaN and infinity too"
    assert trained.mirror.checkouts == asked


def test_an_edited_file_and_parameter_make_a_commit_stale(trained: Workbench) -> None:
    lock = (trained.tree / "dvc.lock").read_text()
    changed = {"train.py": TRAIN + "\n", "params.yaml": PROJECT["params.yaml"].replace("0.1", "0.2")}
    more = PROJECT["dvc.yaml"] + "  test:\n    cmd: python test.py\n"
    snapshot = trained.take({**changed, "dvc.yaml": more})
    trained.commit({**PROJECT, "dvc.lock": lock})
    assert (snapshot.stale, snapshot.never_run) == (("train.py", "params.yaml:train.lr"), ("test",))


def test_data_that_was_replaced_after_training_makes_a_commit_stale(trained: Workbench) -> None:
    pointer = (trained.tree / "data/iris.csv.dvc").read_text()
    snapshot = trained.take({"data/iris.csv.dvc": pointer.replace(md5("a,b\n"), md5("other"))})
    trained.commit({"data/iris.csv.dvc": pointer})
    assert snapshot.stale == ("data/iris.csv",)


def test_foreach_matrix_and_templates_are_resolved(bench: Workbench) -> None:
    snapshot = bench.take(
        {
            "params.yaml": "models: [svm, tree]\nout: models\n",
            "dvc.yaml": "stages:\n  fit:\n    foreach: ${models}\n    do:\n      cmd: fit ${item}\n"
            "      outs: ['${out}/${item}']\n  grid:\n    matrix: {a: [1, 2]}\n    cmd: grid ${item.a}\n",
        }
    )
    assert {stage.name: stage.cmd for stage in snapshot.stages} == {
        "fit@svm": "fit svm",
        "fit@tree": "fit tree",
        "grid@1": "grid 1",
        "grid@2": "grid 2",
    }
    assert {"models/svm", "models/tree", "models/.gitignore"} <= set(snapshot.outputs)


def test_paths_of_subfolders_and_working_folders_count_from_the_root(bench: Workbench) -> None:
    code = "print()\n"
    snapshot = bench.take(
        {
            "sub/params.yaml": "lr: 1\n",
            "sub/code/run.py": code,
            "sub/code/m.json": '{"a": 1}',
            "sub/dvc.yaml": "metrics: [top.json]\nstages:\n  s:\n    cmd: run\n    wdir: code\n    deps: [run.py]\n"
            "    params: [{../params.yaml: null}]\n    metrics: [m.json: {cache: false}]\n",
            "sub/dvc.lock": f"schema: '2.0'\nstages:\n  s:\n    cmd: run\n    deps: [{{path: run.py, md5: {md5(code)}"
            ", hash: md5, size: 8}]\n    params: {../params.yaml: {lr: 1}}\n",
        }
    )
    assert snapshot.params == (Param("sub/params.yaml", "lr", 1, ("sub/dvc.yaml:s",)),)
    assert [file.path for file in snapshot.metrics] == ["sub/code/m.json", "sub/top.json"]
    assert metric(snapshot, "sub/top.json").reading is Reading.ABSENT
    assert snapshot.stages[0].deps == ("sub/code/run.py",)
    assert "sub/dvc.lock" in snapshot.outputs
    assert (snapshot.stale, snapshot.problems) == ((), ())


def test_plots_are_read_in_all_their_forms(bench: Workbench) -> None:
    snapshot = bench.take(
        {
            "dvc.yaml": """\
plots:
  - live/plots: {x: step}
  - live/plots/cm.json: {template: confusion, x: actual, y: predicted, x_label: Truth}
  - both:
      x: step
      y: {train.tsv: loss, test.tsv: [loss, error]}
      title: Loss
  - last.csv
  - hot.svg
""",
            "train.tsv": "step\tloss\n0\t3\n1\t2\n",
            "test.tsv": "step\tloss\terror\n1\t2.5\t1e-3\n",
            "last.csv": "a,b\n1,x\n",
            "hot.svg": "<svg/>",
            "live/plots/cm.json": json.dumps([{"actual": "a", "predicted": "b"}]),
            "live/plots/metrics/acc.tsv": "step\tacc\n0\t0.5\n",
            "live/plots/images/sample.png": PNG,
            "live/plots/images/fake.png": "no",
        }
    )
    assert {one.id for one in snapshot.plots} == {
        "live/plots/images/fake.png",
        "live/plots/images/sample.png",
        "live/plots/metrics/acc.tsv",
        "live/plots/cm.json",
        "both",
        "last.csv",
        "hot.svg",
    }
    matrix = plot(snapshot, "live/plots/cm.json")
    assert (matrix.template, matrix.x, matrix.ys, matrix.x_label) == ("confusion", "actual", ("predicted",), "Truth")
    assert plot(snapshot, "live/plots/metrics/acc.tsv").rows == ({"step": 0, "acc": 0.5},)
    both = plot(snapshot, "both")
    assert (both.x, both.ys) == ("step", ("train.tsv: loss", "test.tsv: loss", "error"))
    assert both.rows[1] == {"step": 1, "train.tsv: loss": 2}
    assert both.rows[2] == {"step": 1, "test.tsv: loss": 2.5, "error": 0.001}
    assert plot(snapshot, "last.csv").ys == ("b",)
    assert plot(snapshot, "live/plots/images/sample.png").image == packed(Pixels(4, 3, b"\xff\0\0" * 12))
    assert plot(snapshot, "live/plots/images/fake.png").detail == "its bytes are no png picture"
    assert "svg" in plot(snapshot, "hot.svg").detail


PADDED = '\ufeff  epoch,      loss, mAP, note\n  0, 0.5,  nan, "a, b"\n  1,   0.25,   7 , last \n'


def test_padded_tables_are_read_without_the_padding(bench: Workbench) -> None:
    snapshot = bench.take(
        {
            "dvc.yaml": "metrics: [results.csv]\nplots:\n  - results.csv: {x: epoch, y: loss}\n"
            "  - exact:\n      x: '  epoch'\n      y: {results.csv: '      loss'}\n",
            "results.csv": PADDED,
        }
    )
    assert metric(snapshot, "results.csv").values == {"epoch": 1, "loss": 0.25, "mAP": 7, "note": "last"}
    curve = plot(snapshot, "results.csv")
    assert (curve.x, curve.ys) == ("epoch", ("loss",))
    assert curve.rows == ({"epoch": 0, "loss": 0.5}, {"epoch": 1, "loss": 0.25})
    assert plot(snapshot, "exact").rows == curve.rows, "DVC wants the spaces of the header"


def test_nan_and_infinity_written_as_text_are_not_text(bench: Workbench) -> None:
    written = {"a": "nan", "b": "NaN", "c": "inf", "d": "-inf", "e": "Infinity", "f": "infer", "g": "nan?", "h": "0.5"}
    snapshot = bench.take({"dvc.yaml": "metrics: [m.json]\n", "m.json": json.dumps(written)})
    values = metric(snapshot, "m.json").values
    assert math.isnan(values["a"]) and math.isnan(values["b"])
    assert (values["c"], values["d"], values["e"]) == (math.inf, -math.inf, math.inf)
    assert (values["f"], values["g"], values["h"]) == ("infer", "nan?", "0.5")


def test_matrices_of_several_files_are_read_with_their_columns(bench: Workbench) -> None:
    snapshot = bench.take(
        {
            "dvc.yaml": "plots:\n  - cm:\n      template: confusion\n      x: actual\n"
            "      y: {train.json: predicted, test.json: predicted}\n",
            "train.json": json.dumps([{"actual": "a", "predicted": "a"}]),
            "test.json": json.dumps([{"actual": "a", "predicted": "b"}]),
        }
    )
    assert plot(snapshot, "cm").ys == ("train.json: predicted", "test.json: predicted")
    assert plot(snapshot, "cm").rows == (
        {"train.json: predicted": "a", "actual": "a"},
        {"test.json: predicted": "b", "actual": "a"},
    )


def test_a_tracked_plot_folder_is_not_fetched_until_it_comes_back_whole(bench: Workbench, tmp_path: Path) -> None:
    listing = json.dumps([{"md5": md5("s,v\n0,1\n"), "relpath": "v.csv"}])
    files = {
        "dvc.yaml": "stages:\n  s:\n    cmd: run\n    plots: [curves: {x: s}]\n",
        "dvc.lock": "schema: '2.0'\nstages:\n  s:\n    cmd: run\n    outs:\n"
        f"    - {{path: curves, hash: md5, md5: {md5(listing)}.dir, size: 8, nfiles: 1}}\n",
    }
    assert bench.take(files).unfetched == ("curves",)
    sha = bench.commit()
    tar = pack(tmp_path / "a.tar", {"curves/v.csv": "s,v\n0,9\n"})
    forged = bench.snapshots.take(REPOSITORY, sha, ROOT, NOTHING, tar)
    assert forged.unfetched == ("curves",)
    assert "other content than dvc.lock records" in forged.problems[0]
    tar = pack(tmp_path / "b.tar", {"curves/v.csv": "s,v\n0,1\n"})
    snapshot = bench.snapshots.take(REPOSITORY, sha, ROOT, NOTHING, tar)
    assert plot(snapshot, "curves/v.csv").rows == ({"s": 0, "v": 1},)


def test_hydra_is_recognised_and_a_repository_without_dvc_is_reported(bench: Workbench) -> None:
    assert bench.take({".dvc/config": "[hydra]\n    enabled = True\n"}).hydra
    (bench.tree / ".dvc/config").unlink()
    snapshot = bench.snapshots.take(REPOSITORY, bench.commit({"README.md": "Hello"}), ROOT, NOTHING)
    assert not snapshot.has_dvc
    assert "dvc init" in snapshot.problems[0]
