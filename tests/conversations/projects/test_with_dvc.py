"""What the bot wrote, read by the real DVC in anybody's clone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conversations.projects.test_data import md5, on_what_is_there
from tests.conversations.projects.test_data import project as reading
from tests.world.project import git, monorepo, write
from tests.world.world import PullRequest, World

LEARNING = """
import json, yaml
rate = yaml.safe_load(open("params.yaml"))["train"]["lr"]
json.dump({"accuracy": 1 - rate, "loss": rate}, open("metrics.json", "w"))
open("loss.csv", "w").write(f"step,loss\\n0,1\\n1,{rate}\\n")
"""


@pytest.fixture
def clone(world: World, pull: PullRequest, tmp_path: Path) -> Path:
    """A clone of the branch, made before anything was trained."""
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch", "tune", str(world.repository.folder), str(folder))
    return folder


def dvc(clone: Path, *words: str) -> str:
    """Run the real DVC in a clone, and return what it prints."""
    home = clone.parent / "home"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "HOME": str(home), "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(home)}
    identity = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com"}
    identity |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in identity.items()}
    command = [sys.executable, "-m", "dvc", *words]
    done = subprocess.run(command, cwd=clone, env=env | identity, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_dvc_lists_pulls_compares_and_applies_the_experiment(world: World, pull: PullRequest, clone: Path) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n careful")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    assert "careful" in dvc(clone, "exp", "list", "-A", "origin")
    dvc(clone, "exp", "pull", "origin", "careful")
    (changed,) = json.loads(dvc(clone, "exp", "diff", "HEAD", "careful", "--json"))["params"].values()
    assert {name: (each["old"], each["new"]) for name, each in changed.items()} == {"train.lr": (0.1, 0.01)}
    shown = json.loads(dvc(clone, "exp", "show", "--json", "--num", "1"))
    names = [run["name"] for commit in shown for run in commit.get("experiments") or []]
    assert names == ["careful"]
    dvc(clone, "exp", "branch", "careful", "by-hand")
    assert git(clone, "rev-parse", "by-hand") == pull.experiments["careful"]
    dvc(clone, "exp", "apply", "careful")
    assert json.loads((clone / "metrics.json").read_text())["accuracy"] == 0.95
    assert "lr: 0.01   # learning rate" in (clone / "params.yaml").read_text()
    assert "up to date" in dvc(clone, "status")


def test_dvc_finds_a_landed_experiment_from_a_branch_that_moved_on(
    world: World, pull: PullRequest, clone: Path
) -> None:
    pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    git(clone, "pull", "--quiet", "--ff-only")
    assert json.loads((clone / "metrics.json").read_text())["accuracy"] == 0.95
    assert "careful" in dvc(clone, "exp", "list", "-A", "origin")
    dvc(clone, "exp", "pull", "origin", "careful")
    dvc(clone, "exp", "apply", "careful")


def test_dvc_finds_an_experiment_of_one_of_several_projects(world: World, tmp_path: Path) -> None:
    pull = world.pull_request(project=monorepo())
    pull.comment("/run --project vision -S train.lr=0.01 --temp -n careful")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch", "tune", str(world.repository.folder), str(clone))
    vision, speech = clone / "vision", clone / "speech"
    for project in (vision, speech):
        assert "careful" in dvc(project, "exp", "list", "-A", "origin"), "experiments are the Git repository's"
    dvc(vision, "exp", "pull", "origin", "careful")
    (changed,) = json.loads(dvc(vision, "exp", "diff", "HEAD", "careful", "--json"))["params"].values()
    assert {name: (each["old"], each["new"]) for name, each in changed.items()} == {"train.lr": (0.1, 0.01)}
    assert json.loads(dvc(speech, "exp", "diff", "HEAD", "careful", "--json")).get("params", {}) == {}
    dvc(vision, "exp", "apply", "careful")
    assert json.loads((vision / "metrics.json").read_text())["accuracy"] == 0.95
    assert json.loads((speech / "metrics.json").read_text())["accuracy"] == 0.8
    assert "up to date" in dvc(vision, "status") and "up to date" in dvc(speech, "status")


def test_dvc_reads_repeats_and_what_was_trained_with_other_data(world: World, tmp_path: Path) -> None:
    pull = world.pull_request(project=reading("one") | {".github/studio.yml": "primary: accuracy\nseed: seed\n"})
    pull.push(reading("one two"), "Add two")
    world.work()
    pull.comment("/run --data data/raw.csv@main --repeat 2 -n less")
    world.runner.trains_all(on_what_is_there)
    assert pull.new()
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch", "tune", str(world.repository.folder), str(clone))
    listed = dvc(clone, "exp", "list", "-A", "origin")
    assert all(name in listed for name in ("less-1", "less-2", "less-4")), "the third changed nothing"
    dvc(clone, "remote", "modify", "--local", "store", "url", str(tmp_path / "store"))  # this reader's way to it
    write(tmp_path / "store/files/md5" / md5("one")[:2], {md5("one")[2:]: "one"})
    dvc(clone, "exp", "pull", "origin", "less-2")
    (changed,) = json.loads(dvc(clone, "exp", "diff", "HEAD", "less-2", "--json"))["params"].values()
    assert {name: (each["old"], each["new"]) for name, each in changed.items()} == {"seed": (7, 8)}
    dvc(clone, "exp", "apply", "less-2")
    assert (clone / "data/raw.csv").read_text() == "one"
    assert yaml.safe_load((clone / "data/raw.csv.dvc").read_text())["outs"][0]["md5"] == md5("one")


def test_what_people_push_from_their_machines_is_shown_and_compared(
    world: World, pull: PullRequest, tmp_path: Path
) -> None:
    pull.push({"train.py": LEARNING}, "Train for real")
    world.work()
    word = world.sandbox.state.user_token(world.maintainer)
    address = f"{world.sandbox.url.replace('://', f'://{world.maintainer}:{word}@')}/grace/digits.git"
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--branch", "tune", address, str(clone))
    for lr, name in (("0.02", "from-home"), ("0.03", "also-mine")):
        dvc(clone, "exp", "run", "-S", f"train.lr={lr}", "-n", name)
    dvc(clone, "exp", "push", "origin", "from-home", "also-mine")
    pull.comment("/show --sort accuracy")
    reply = pull.reply
    assert "**2 experiments on 1 commit of `tune`. ★ Best is `from-home`: `accuracy` 0.98" in reply
    assert "├ ★ `from-home` | **0.98** | 0.02 | `0.02` |" in reply
    assert "└ `also-mine` | 0.97 | 0.03 | `0.03` |" in reply
    pull.comment("/diff from-home also-mine")
    assert "▼ Worse: `accuracy` 0.98 → 0.97 (-0.01)" in pull.reply
