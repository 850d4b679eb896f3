"""A report has only numbers that its own run made: with the real DVC and its run cache."""

import re
from pathlib import Path

import pytest

from tests.projects.plain import dvc
from tests.world.project import git, write
from tests.world.pull import PullRequest
from tests.world.world import World

# One environment for all of them: with --dist loadgroup they share a test process.
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("projects")]

TRAIN = """
import json, os
lr = float(open("params.yaml").read().split("lr:")[1].split()[0])
os.makedirs("dvclive", exist_ok=True)
json.dump({"loss": round(3 * lr, 4)}, open("dvclive/metrics.json", "w"))
open("model.txt", "w").write(f"weights {lr}")
"""
STAGE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr]
    outs: [model.txt]
"""
LIVE = {"dvc.yaml": f"{STAGE}metrics: [dvclive/metrics.json]\n", "params.yaml": "lr: 0.1\n", "train.py": TRAIN}


def opened(world: World, folder: Path, files: dict[str, str], head: dict[str, str]) -> PullRequest:
    """Open a pull request whose base and head somebody trained with their own DVC and committed."""
    tree = folder / "tree"
    tree.mkdir()
    git(tree, "init", "--quiet", "--initial-branch=main")
    dvc(tree, folder / "home", ["init", "--quiet"])
    for branch, changed in (("main", files), ("tune", head)):
        write(tree, changed)
        dvc(tree, folder / "home", ["repro"])
        git(tree, "add", "--all")
        git(tree, "commit", "--quiet", "--allow-empty", "-m", "Train")
        git(tree, "push", "--quiet", str(world.repository.folder), f"HEAD:refs/heads/{branch}")
    made = world.sandbox.open_pull("grace/digits", "tune", "main", "Tune it", "Let us see.", world.maintainer)
    world.pulls.append(PullRequest(world, made.number, tree))
    world.work()
    return world.pulls[-1]


def test_a_metric_that_is_no_output_is_never_taken_from_another_run(world: World, tmp_path: Path) -> None:
    """DVC restores the stage from its run cache and leaves the metric file as it is in the head."""
    pull = opened(world, tmp_path, LIVE, {"params.yaml": "lr: 0.05\n"})
    reports = []
    for lr, name in ((0.2, "one"), (0.3, "two"), (0.2, "three")):
        pull.comment(f"/run --temp -S lr={lr} -n {name}")
        world.train()
        reports.append(pull.report)
    pull.comment("/retry three --force")
    assert "trains again what `three` trained" in pull.reply
    world.train()
    reports.append(pull.report)
    changes = [re.findall(r"`loss` (\S+) → (\S+) ", report)[0] for report in reports]
    assert changes == [("0.15", "0.60"), ("0.15", "0.90"), ("0.15", "0.60"), ("0.15", "0.60")]
    assert not [report for report in reports if "Unchanged" in report or "Trained: `train`." not in report]


def test_a_parameter_that_no_stage_lists_lands_nothing(world: World, tmp_path: Path) -> None:
    pull = opened(
        world,
        tmp_path,
        LIVE
        | {"dvc.yaml": f"{STAGE}    metrics: [m.json: {{cache: false}}]\n"}
        | {"params.yaml": "lr: 0.1\ndepth: 2\n", "train.py": TRAIN.replace("dvclive/metrics.json", "m.json")},
        {"README.md": "# Digits\n"},
    )
    head = pull.head
    pull.comment("/run -S depth=8")
    reply = pull.reply
    assert "No stage lists `depth`, so DVC would skip `train` and train nothing." in reply
    assert "List it under `params:`" in reply and "/run -S depth=8 -f" in reply
    pull.comment("/run")
    world.train()
    report = pull.report
    assert "= Reused" in report and "Nothing was trained and nothing committed." in report
    assert "trained in" not in report and "new head" not in report
    assert pull.head == head and not pull.experiments
