"""Snapshots by `DvcSnapshots` of commits without DVC, from what the repository declares."""

from pathlib import Path

import pytest

from experiments.projects import ROOT
from experiments.settings.declared import Declared, DeclaredPlot
from experiments.snapshot import MetricFile, Reading, Snapshot
from tests.contracts.snapshots.snapshot_projects import NOTHING, PNG, REPOSITORY, Files, Workbench

DECLARED = Declared(
    params=("params.yaml", "conf/model.toml", "conf/data.json", "settings.py"),
    metrics=("a.json", "b.yaml", "c.toml", "d.csv", "e.tsv"),
    plots=(
        DeclaredPlot("plots", {"x": "step"}),
        DeclaredPlot("plots/acc.tsv", {"x": "step", "y": ("train", "test"), "title": "Accuracy", "template": "smooth"}),
        DeclaredPlot("confusion.png"),
        DeclaredPlot("loss.json", {"y": "loss"}),
    ),
)
FILES: Files = {
    "params.yaml": "lr: 0.1  # rate\n",
    "conf/model.toml": "[train]\nlayers = [64, 32]\n",
    "conf/data.json": '{"split": {"test": 0.2}}',
    "settings.py": "import os\n\nEPOCHS = 10\n\n\nclass Net:\n    depth = 3\n",
    "a.json": '{"accuracy": 0.9, "by": {"f1": 0.5}}',
    "b.yaml": "loss: .nan\n",
    "c.toml": "auc = 0.8\n",
    "d.csv": "epoch,score\n0,0.5\n1,0.75\n",
    "e.tsv": "epoch\tbleu\n0\t20.5\n",
    "plots/loss.csv": "step,loss\n0,1.5\n1,1.0\n",
    "plots/acc.tsv": "step\ttrain\ttest\n0\t0.5\t0.4\n",
    "confusion.png": PNG,
    "loss.json": '[{"loss": 1}, {"loss": 0.5}]',
    "requirements.txt": "numpy\n",
}


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def take(bench: Workbench, files: Files = FILES, declared: Declared = DECLARED) -> Snapshot:
    return bench.snapshots.take(REPOSITORY, bench.commit(files), ROOT, declared)


def test_every_format_is_read_as_with_dvc(bench: Workbench) -> None:
    snapshot = take(bench)
    assert (snapshot.has_dvc, snapshot.problems, snapshot.stages, snapshot.stale) == (False, (), (), ())
    assert {(each.file, each.key): each.value for each in snapshot.params} == {
        ("params.yaml", "lr"): 0.1,
        ("conf/model.toml", "train.layers"): [64, 32],
        ("conf/model.toml", "train.layers.0"): 64,
        ("conf/model.toml", "train.layers.1"): 32,
        ("conf/data.json", "split.test"): 0.2,
        ("settings.py", "EPOCHS"): 10,
        ("settings.py", "Net.depth"): 3,
    }
    assert snapshot.param_files == DECLARED.params
    values = {file.path: dict(file.values) for file in snapshot.metrics}
    assert str(values.pop("b.yaml")) == "{'loss': nan}"
    assert values == {
        "a.json": {"accuracy": 0.9, "by.f1": 0.5},
        "c.toml": {"auc": 0.8},
        "d.csv": {"epoch": 1, "score": 0.75},  # of its last row
        "e.tsv": {"epoch": 0, "bleu": 20.5},
    }
    plots = {plot.id: plot for plot in snapshot.plots}
    assert {plot.reading for plot in plots.values()} == {Reading.READ}
    assert plots["plots/loss.csv"].rows == ({"loss": 1.5, "step": 0}, {"loss": 1.0, "step": 1})
    accuracy = plots["plots/acc.tsv"]
    assert (accuracy.x, accuracy.ys, accuracy.title, accuracy.template) == (
        "step",
        ("train", "test"),
        "Accuracy",
        "smooth",
    )
    assert (plots["confusion.png"].kind, plots["loss.json"].ys) == ("image", ("loss",))
    assert set(snapshot.outputs) == {*DECLARED.metrics, "plots", "plots/acc.tsv", "confusion.png", "loss.json"}
    assert snapshot.requires == "requirements.txt"


def test_the_file_that_lists_the_packages_is_named(bench: Workbench) -> None:
    listed = '[project]\nname = "x"\ndependencies = ["numpy"]\n'
    without = {name: content for name, content in FILES.items() if name != "requirements.txt"}
    assert take(bench, {**without, "pyproject.toml": listed}).requires == "pyproject.toml"
    assert take(bench, {"pyproject.toml": "[tool.ruff]\n"}).requires == ""
    assert take(bench, {"pyproject.toml": "[" * 500}).requires == ""


def test_missing_and_broken_files_are_reported_and_hide_nothing_else(bench: Workbench) -> None:
    broken = {name: content for name, content in FILES.items() if name not in ("b.yaml", "conf/model.toml")}
    snapshot = take(bench, {**broken, "params.yaml": "lr: [", "d.csv": "epoch,score\n", "e.tsv": b"a\tb\n\xff\t1\n"})
    assert {each.file for each in snapshot.params} == {"conf/data.json", "settings.py"}
    readings = {file.path: (file.reading, file.detail) for file in snapshot.metrics}
    assert readings["b.yaml"] == (Reading.ABSENT, "")
    assert readings["d.csv"] == (Reading.UNREADABLE, "it has no row below its header")
    assert "it is not a table of rows" in readings["e.tsv"][1]
    assert readings["a.json"][0] is Reading.READ
    told = " ".join(snapshot.problems)
    assert "params.yaml was left out" in told
    assert "`conf/model.toml` is declared as a parameter file, and it is not in this commit" in told


def test_another_declaration_gives_the_same_commit_another_snapshot(bench: Workbench) -> None:
    sha = take(bench).sha
    other = bench.snapshots.take(REPOSITORY, sha, ROOT, Declared(metrics=("c.toml",)))
    assert other.metrics == (MetricFile("c.toml", Reading.READ, {"auc": 0.8}),)
    assert bench.snapshots.take(REPOSITORY, sha, ROOT, NOTHING).metrics == ()
    asked = bench.mirror.checkouts
    assert len(bench.snapshots.take(REPOSITORY, sha, ROOT, DECLARED).metrics) == 5
    assert bench.mirror.checkouts == asked, "kept by what is declared, too"


def test_unused_dvc_files_are_ignored_without_dvc(bench: Workbench) -> None:
    snapshot = take(bench, {**FILES, "dvc.yaml": "metrics: [other.json]\nstages: {s: {cmd: x}}\n", "dvc.lock": "["})
    assert (snapshot.stages, len(snapshot.metrics), snapshot.problems) == ((), 5, ())


def test_with_dvc_its_declarations_count_and_that_is_reported(bench: Workbench) -> None:
    snapshot = take(bench, {**FILES, ".dvc/config": "", "dvc.yaml": "metrics: [a.json]\n"})
    assert [file.path for file in snapshot.metrics] == ["a.json"]
    assert snapshot.has_dvc
    assert "those named in `.github/studio.yml` are not looked at" in snapshot.problems[0]


def test_unchecked_paths_still_lead_nowhere(bench: Workbench, tmp_path: Path) -> None:
    """The configuration refuses them before; this is a second check."""
    (tmp_path / "secret.json").write_text('{"token": 7431}')
    out = str(tmp_path / "secret.json")
    up = "../" * 9 + out[1:]
    (bench.tree / "link.json").symlink_to(out)
    declared = Declared(params=(out, up), metrics=(out, up, "link.json"), plots=(DeclaredPlot(out), DeclaredPlot(up)))
    snapshot = take(bench, FILES, declared)
    assert "7431" not in repr(snapshot)
    assert [(file.path, file.reading) for file in snapshot.metrics] == [("link.json", Reading.UNREADABLE)]
    assert (snapshot.params, snapshot.plots) == ((), ())
