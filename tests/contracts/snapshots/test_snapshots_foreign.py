"""Snapshots by `DvcSnapshots` of unusual layouts."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.judging.standing import Standing
from experiments.snapshot import DataFile, Snapshot
from tests.contracts.snapshots.snapshot_projects import Workbench, md5
from tests.world.project import git

TUPLES = """\
OPT = {'betas': (0.9, 0.99), 'eps': 1e-8}
class C:
    K = (1, (2, 3))
    L = [(1, 2)]
"""
LISTED = "lr: .nan\nvalues: [.nan, .inf, 1]\nnested: {x: .nan}\nkeys: {1: a}\n"
STAGE = "stages:\n  train:\n    cmd: python train.py\n"
PLAIN = f"{STAGE}    deps: [train.py]\n    metrics: [m.json: {{cache: false}}]\n"
METRIC = '{"a": 1}'
CODE = "print(1)\n"


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def lock(deps: str) -> str:
    """Return the dvc.lock of a stage `train` with these dependencies."""
    return f"schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n{deps}"


def entry(path: str, content: str) -> str:
    return f"    - {{path: {path}, hash: md5, md5: {md5(content)}, size: {len(content)}}}\n"


def test_tuples_and_nan_equal_what_dvc_wrote_into_its_lock(tmp_path: Path, bench: Workbench) -> None:
    """The real DVC itself takes each of them for changed."""
    files = {
        "p.py": TUPLES,
        "params.yaml": LISTED,
        "dvc.yaml": "stages:\n  a:\n    cmd: echo 1 > out\n    params: [lr, values, nested, keys, p.py: [OPT, C]]\n"
        "    outs: [out: {cache: false}]\n",
    }
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "--quiet")
    for name, text in files.items():
        (work / name).write_text(text)
    for words in (["init"], ["repro"]):
        command = [sys.executable, "-m", "dvc", *words, "--quiet"]
        subprocess.run(command, cwd=work, check=True, capture_output=True)
    trained = {name: (work / name).read_text() for name in (*files, "dvc.lock", "out")}
    snapshot = bench.take(trained)
    assert (snapshot.stale, snapshot.problems) == ((), ())
    assert set(snapshot.taken_for_changed) == {"params.yaml:lr", "p.py:OPT", "p.py:C"}
    edited = bench.take({**trained, "p.py": TUPLES.replace("0.99", "0.9"), "params.yaml": LISTED.replace("1]", "2]")})
    assert edited.stale == ("params.yaml:values", "p.py:OPT")


ADDRESSES = (
    "s3://bucket/a.csv",
    "gs://b/a",
    "azure://c/a",
    "ssh://host/a",
    "https://example.org/a",
    "remote://store/a",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_import_from_elsewhere_is_known_with_its_version(bench: Workbench, address: str) -> None:
    pointer = (
        f"md5: {md5('stage')}\nfrozen: true\ndeps:\n- etag: '\"abc123\"'\n  size: 5\n  hash: md5\n  path: {address}\n"
        f"outs:\n- md5: {md5('data')}\n  size: 5\n  hash: md5\n  path: raw.csv\n"
    )
    deps = entry("raw.csv", "data")
    snapshot = bench.take({"raw.csv.dvc": pointer, "dvc.yaml": f"{STAGE}    deps: [raw.csv]\n", "dvc.lock": lock(deps)})
    assert (snapshot.problems, snapshot.stale, snapshot.unknown) == ((), (), ())
    assert [stage.name for stage in snapshot.stages] == ["train"]
    assert DataFile("raw.csv", md5("data"), 5, source="raw.csv.dvc") in snapshot.data
    assert DataFile(address, "abc123", 5) in snapshot.data


@pytest.mark.parametrize("address", [*ADDRESSES, "/data/a.csv"])
def test_a_stage_that_reads_from_elsewhere_is_recognised_and_not_stale(bench: Workbench, address: str) -> None:
    deps = f"    - {{path: '{address}', etag: abc123, size: 5}}\n"
    snapshot = bench.take({"dvc.yaml": f"{STAGE}    deps: ['{address}']\n", "dvc.lock": lock(deps)})
    assert (snapshot.problems, snapshot.stale, snapshot.unknown) == ((), (), ())
    assert (snapshot.external, [stage.deps for stage in snapshot.stages]) == ((address,), [(address,)])


def test_a_file_that_neither_git_nor_dvc_tracks_is_unknown(bench: Workbench) -> None:
    dvcyaml = f"{STAGE}    deps: [data.csv, train.py]\n"
    files = {"dvc.yaml": dvcyaml, "train.py": CODE, ".gitignore": "/data.csv\n"}
    snapshot = bench.take({**files, "dvc.lock": lock(entry("data.csv", "old") + entry("train.py", CODE))})
    assert (snapshot.stale, snapshot.unknown) == ((), (DataFile("data.csv", md5("old"), 3),))


def test_a_file_in_a_submodule_belongs_to_git_and_is_not_unknown(bench: Workbench, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    git(library, "init", "--quiet")
    git(library, "commit", "--quiet", "--allow-empty", "-m", "x")
    modules = '[submodule "lib"]\n\tpath = lib\n\turl = https://example.org/lib.git\n'
    bench.commit({".gitmodules": modules})
    sha = git(library, "rev-parse", "HEAD")
    git(bench.tree, "update-index", "--add", "--cacheinfo", f"160000,{sha},lib")
    git(bench.tree, "clone", "--quiet", str(library), "lib")
    snapshot = bench.take({"dvc.yaml": f"{STAGE}    deps: [lib/net.py]\n", "dvc.lock": lock(entry("lib/net.py", CODE))})
    assert [each.path for each in snapshot.prerequisites.submodules] == ["lib"]
    assert (snapshot.stale, snapshot.unknown) == ((), ())


def of_dvc_1(bench: Workbench) -> Snapshot:
    old = f"train:\n  cmd: python train.py\n  deps:\n  - path: train.py\n    md5: {md5(CODE)}\n"
    return bench.take({"dvc.yaml": PLAIN, "dvc.lock": old, "train.py": CODE, "m.json": METRIC})


def test_the_lock_of_dvc_1_is_reported_and_no_stage_is_called_never_run(bench: Workbench) -> None:
    snapshot = of_dvc_1(bench)
    assert (snapshot.never_run, snapshot.stale, snapshot.unread_locks) == ((), (), ("dvc.lock",))
    assert "dvc.lock was written by DVC 1" in snapshot.problems[0]
    assert "extra keys" not in snapshot.problems[0]


def test_the_advice_about_the_lock_of_dvc_1_works(bench: Workbench, tmp_path: Path) -> None:
    """`git rm dvc.lock`, then `dvc commit -f`: while the lock is there, DVC 3 refuses both."""
    of_dvc_1(bench)

    def dvc(*words: str) -> int:
        return subprocess.run([sys.executable, "-m", "dvc", *words], cwd=bench.tree, capture_output=True).returncode

    assert dvc("commit", "-f") != 0 and dvc("repro") != 0
    git(bench.tree, "rm", "--quiet", "dvc.lock")
    assert dvc("commit", "-f") == 0
    lock = (bench.tree / "dvc.lock").read_text()
    snapshot = bench.take({"dvc.lock": lock})
    assert (snapshot.problems, snapshot.stale, snapshot.never_run) == ((), (), ())


def test_a_stage_that_never_ran_is_not_called_changed(bench: Workbench) -> None:
    snapshot = bench.take({"dvc.yaml": PLAIN, "train.py": CODE, "m.json": METRIC})
    assert (snapshot.stale, snapshot.never_run, snapshot.unread_locks) == ((), ("train",), ())


def test_results_in_git_that_dvc_lock_does_not_record_are_named_as_dvc_names_them(
    bench: Workbench, tmp_path: Path
) -> None:
    """A file beside a committed folder of plots, left by an earlier run, and a metric written by hand."""

    def dvc(*words: str) -> str:
        done = subprocess.run([sys.executable, "-m", "dvc", *words], cwd=bench.tree, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    train = "import os; os.makedirs('plots', exist_ok=True); open('plots/a', 'w').write('1'); open('m.json', 'w')"
    pipeline = f"{STAGE}    metrics: [m.json: {{cache: false}}]\n    plots: [plots: {{cache: false}}]\n"
    bench.commit({"dvc.yaml": pipeline, "train.py": f"{train}.write('{METRIC}')\n"})
    dvc("init", "--quiet", "--force")
    dvc("repro", "--quiet")
    assert bench.take({}).altered == ()
    written = {name: (bench.tree / name).read_text() for name in ("dvc.lock", "m.json", "plots/a")}
    assert bench.take({**written, "plots/b": "left over\n"}).altered == ("plots",)
    assert "plots" in dvc("status") and "m.json" not in dvc("status")
    assert set(bench.take({"m.json": '{"a": 2}'}).altered) == {"plots", "m.json"}
    assert "m.json" in dvc("status")


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("[hydra]\n    output_file = params.yaml\n", "extra keys not allowed @ data['hydra']['output_file']"),
        ("['remote \"s\"']\n    url = s3://a\n    regio = b\n", "data['remote']['s']['regio']"),
        ("[core]\n    remote = s\n['remote \"s\"']\n    url = s3://a\n    region = b\n", ""),
    ],
)
def test_a_configuration_that_dvc_refuses_is_named_with_the_key(bench: Workbench, config: str, sentence: str) -> None:
    snapshot = bench.take({".dvc/config": config, "dvc.yaml": PLAIN, "train.py": CODE, "m.json": METRIC})
    refused = snapshot.prerequisites.refused
    assert sentence in refused and bool(sentence) == bool(refused)
    assert refused in ("", *snapshot.problems)
    assert [metric.values for metric in snapshot.metrics] == [{"a": 1}], "what is there is read anyway"
    done = subprocess.run([sys.executable, "-m", "dvc", "status"], cwd=bench.tree, capture_output=True)
    assert (done.returncode != 0) == bool(sentence), "as DVC itself"


def test_a_top_level_metric_of_a_lower_dvc_yaml_comes_from_its_stages(bench: Workbench) -> None:
    train = (
        "stages:\n  train:\n    wdir: ../..\n    cmd: python train.py\n    deps: [train.py]\nmetrics: [../../m.json]\n"
    )
    predict = "stages:\n  predict:\n    wdir: ../..\n    cmd: python predict.py\n    deps: [predict.py]\n"
    entries = {"train": "train.py", "predict": "predict.py"}
    locks = {
        f"pipelines/{name}/dvc.lock": lock(entry(file, CODE))
        .replace("  train:", f"  {name}:")
        .replace("train.py", file, 1)
        for name, file in entries.items()
    }
    files = {"pipelines/train/dvc.yaml": train, "pipelines/predict/dvc.yaml": predict, "m.json": METRIC, **locks}
    snapshot = bench.take({**files, "train.py": CODE, "predict.py": "print(2)\n"})
    assert [(metric.path, metric.declared_in) for metric in snapshot.metrics] == [("m.json", "pipelines/train")]
    assert snapshot.stale == ("predict.py",) and Standing(snapshot).bars == ""
    edited = Standing(bench.take({"train.py": "print(3)\n"}))
    assert (edited.stale, edited.doubted) == ((), ("train.py",)), "no stage declares it: nobody knows"
