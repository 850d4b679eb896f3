"""The agent trains with the files of a submodule, which the bot sends as a pack made by the real git."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.git.repository import Mirrors
from tests.contracts.agent.agent_bench import PIPELINE, Bench, Project, project
from tests.contracts.agent.archives import tar
from tests.contracts.git.workbench import Files, Workbench, text

NETWORK = "RATE = 0.25  # known to few\n"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
TRAIN = """
import json, pathlib, sys
sys.path.insert(0, "lib")
import net
assert pathlib.Path("lib/deep/more.txt").read_text() == "more"
assert pathlib.Path("lib/also.py").is_symlink()
json.dump({"accuracy": net.RATE}, open("metrics.json", "w"))
open("model.txt", "w").write("weights")
open("loss.csv", "w").write("step,loss\\n0,1\\n")
"""
WRITES = """
import json
json.dump({"accuracy": 0.5}, open("metrics.json", "w"))
open("model.txt", "w").write("weights")
open("loss.csv", "w").write("step,loss\\n0,1\\n")
"""
READING = PIPELINE.replace("deps: [train.py]", "deps: [train.py, lib/net.py]")


@pytest.fixture
def library(bench: Workbench) -> str:
    """Return the commit of `lib`."""
    link = ("120000", b"net.py")
    nested = ("160000", b"d" * 40)
    files: Files = {
        "net.py": text(NETWORK),
        "deep/more.txt": text("more"),
        "also.py": link,
        "nested": nested,
        "data.bin": text(POINTER),
    }
    return bench.publish(bench.commit(files))


def using(folder: Path, sha: str, **files: str) -> Project:
    """Return a project with the submodule `lib` at this commit."""
    made = project(folder, 3, train=TRAIN)
    made.commit({"dvc.yaml": READING, **files})
    (made.folder / "lib").mkdir()  # empty, or git would take it for deleted
    made.git("update-index", "--add", "--cacheinfo", f"160000,{sha},lib")
    made.git("commit", "--quiet", "-m", "Use lib")
    return made


def given(machine: Bench, mirrors: Mirrors, bench: Workbench, sha: str) -> dict[str, Any]:
    """Return the submodules as the bot describes them, with their packs ready."""
    mirrors.fetch(bench.repository, [sha])
    tree = mirrors.held(bench.repository, sha).tree
    machine.api.submodules = [mirrors.pack(bench.repository, tree).read()]
    return {"number": 0, "path": "lib", "sha": sha, "tree": tree}


def test_the_contents_of_a_commit_are_described_before_it_is_sent(
    mirrors: Mirrors, bench: Workbench, library: str
) -> None:
    mirrors.fetch(bench.repository, [library])
    held = mirrors.held(bench.repository, library)
    assert (held.files, held.submodules, held.pointers) == (5, ("nested",), ("data.bin",))
    assert held.size == len(NETWORK) + len("more") + len("net.py") + len(POINTER)


def test_training_reads_a_submodule_and_its_commit_keeps_it_and_nobody_else_does(
    machine: Bench, mirrors: Mirrors, bench: Workbench, library: str, tmp_path: Path, agent_home: Path
) -> None:
    iris = using(tmp_path, library)
    ref = machine.train(iris, submodules=[given(machine, mirrors, bench, library)])
    assert machine.api.done["reason"] == "", machine.api.text
    assert json.loads(tar(machine.api.files["experiment.tar"])["metrics.json"]) == {"accuracy": 0.25}
    commit = iris.unpack(machine.api.files["bundle"], ref)
    changed = iris.git("diff", "--name-only", iris.sha, commit).split()
    assert changed == ["dvc.lock", "metrics.json", "params.yaml"]
    assert iris.git("ls-tree", commit, "lib") == f"160000 commit {library}\tlib"
    kept = [each for each in agent_home.rglob("*") if each.is_file() and each.stat().st_size == len(NETWORK)]
    assert not [each for each in kept if each.read_text(errors="replace") == NETWORK], "nothing of it stays"
    assert not list(agent_home.rglob("pack-given.pack"))


def test_a_submodule_that_is_not_sent_stays_in_the_commit(machine: Bench, library: str, tmp_path: Path) -> None:
    """It is an empty folder while it trains, and DVC leaves empty folders out of its commits."""
    iris = using(tmp_path, library)
    iris.commit({"dvc.yaml": PIPELINE, "train.py": WRITES})
    ref = machine.train(iris)
    assert machine.api.done["reason"] == "", machine.api.text
    commit = iris.unpack(machine.api.files["bundle"], ref)
    assert iris.git("ls-tree", commit, "lib") == f"160000 commit {library}\tlib"
    assert "lib" not in iris.git("diff", "--name-only", iris.sha, commit).split()


def test_a_submodule_that_the_bot_refuses_ends_the_run(machine: Bench, library: str, tmp_path: Path) -> None:
    iris = using(tmp_path, library)
    told = {"number": 0, "path": "lib", "sha": library, "tree": "e" * 40}
    machine.train(iris, submodules=[told])
    refused = "The submodule `lib` was not given: The bot refused submodules/0 with status 403."
    assert machine.api.done["reason"] == refused and machine.api.done["exit_code"] == 1


@pytest.mark.parametrize("path", ["../x", "/tmp/x", ".git/hooks", "lib/.GIT/hooks", "way/lib", "train.py", "nowhere"])
def test_a_submodule_is_written_only_where_the_commit_has_one(
    machine: Bench, mirrors: Mirrors, bench: Workbench, library: str, tmp_path: Path, path: str
) -> None:
    iris = using(tmp_path, library)
    (iris.folder / "way").symlink_to(".")
    iris.commit({})
    told = given(machine, mirrors, bench, library)
    machine.train(iris, submodules=[{**told, "path": path}])
    assert machine.api.done["exit_code"] == 1
    assert "nothing is put there" in machine.api.done["reason"] or "could not be put" in machine.api.done["reason"]


def test_another_commit_than_the_named_one_is_not_checked_out(
    machine: Bench, mirrors: Mirrors, bench: Workbench, library: str, tmp_path: Path
) -> None:
    iris = using(tmp_path, "f" * 40)
    machine.train(iris, submodules=[given(machine, mirrors, bench, library)])
    assert "The submodule `lib` is none of this commit's" in machine.api.done["reason"]
