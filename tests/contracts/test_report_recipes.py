"""The commands of a report, copied into a shell and run with the real git and DVC."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.snapshot import Snapshot
from reports.run.recipes import look, retrain
from reports.run.report import Report
from tests.units.sample_run import EXPERIMENT, RUN, changed, report

PIPELINE = """
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [train.lr]
    outs: [model.txt]
    metrics: [metrics.json: {cache: false}]
"""
TRAIN = """
import json, re
rate = float(re.search("lr: (.*)", open("params.yaml").read())[1])
open("model.txt", "w").write(str(rate))
json.dump({"accuracy": 1 - rate}, open("metrics.json", "w"))
"""


class Shell:
    """Run commands in folders of one test, with its own settings for git and DVC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        who = {f"GIT_{role}_{what}": "a@b.example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        tools = str(Path(sys.executable).parent)
        self.environ = who | {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "HOME": str(folder),
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(folder / "site"),
            "DVC_GLOBAL_CONFIG_DIR": str(folder / "config"),
            "DVC_SYSTEM_CONFIG_DIR": str(folder / "config"),
        }

    def run(self, script: str, within: str) -> str:
        done = subprocess.run(
            ["sh", "-e", "-c", script],
            cwd=self.folder / within,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module", params=["", "models/vision"], ids=["root", "folder"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Report]:
    """Return a repository whose experiment `puffy-daks` was pushed with its data, and a shell to use it from."""
    shell, folder = Shell(tmp_path_factory.mktemp("recipes")), str(request.param)
    work = shell.folder / "work" / folder
    work.mkdir(parents=True)
    shell.run("git init -q --bare -b main origin.git", "")
    (work / "dvc.yaml").write_text(PIPELINE)
    (work / "train.py").write_text(TRAIN)
    (work / "params.yaml").write_text("train:\n  lr: 0.1\n")
    shell.run("git init -q -b main; git remote add origin $HOME/origin.git", "work")
    shell.run(
        f"dvc init -q {'--subdir' if folder else ''}; dvc remote add -q -d store $HOME/store; dvc repro -q\n"
        "git add -A .; git commit -qm base; git push -q origin main; dvc push -q\n"
        "dvc exp run -q -n puffy-daks -S train.lr=0.01; dvc exp push -q origin puffy-daks",
        f"work/{folder}",
    )
    baseline = shell.run("git rev-parse main", "work")
    repository = replace(EXPERIMENT.repository, url=f"file://{shell.folder}/origin")
    experiment = replace(EXPERIMENT, baseline=baseline, repository=repository, project=folder)
    return shell, report(run=replace(RUN, experiment=experiment), after=Snapshot("a" * 40, folder))


def commands(block: str) -> str:
    found = re.fullmatch(r"```sh\n(.*)\n```", block, re.DOTALL)
    assert found, block
    return found[1]


def test_look_fetches_metrics_and_model_into_a_clone_whose_head_moved_on(project: tuple[Shell, Report]) -> None:
    shell, made = project
    shell.run("git clone -q origin.git looking; cd looking; git commit -q --allow-empty -m later", "")
    shell.run(commands(look(made)), "looking")
    assert shell.run("cat model.txt metrics.json", f"looking/{made.run.experiment.project}") == '0.01{"accuracy": 0.99}'


def test_retrain_makes_the_same_numbers_from_scratch(project: tuple[Shell, Report]) -> None:
    shell, made = project
    lines = commands(retrain(made)).splitlines()
    installing = [line for line in lines if line.startswith(("uv ", ". .venv"))]
    assert installing == ["uv venv --python 3.11", ". .venv/bin/activate", "uv pip install dvc==3.67.1"]
    # The test's own environment has what those lines would install from the index.
    shell.run("\n".join(line for line in lines if line not in installing), "")
    assert (
        shell.run("cat model.txt metrics.json", f"cancer-puffy-daks/{made.run.experiment.project}")
        == '0.01{"accuracy": 0.99}'
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Report]:
    """Return the same training without DVC; its experiment is where only git finds it."""
    shell = Shell(tmp_path_factory.mktemp("plain"))
    work = shell.folder / "work"
    work.mkdir()
    (work / "train.py").write_text(TRAIN)
    (work / "params.yaml").write_text("train:\n  lr: 0.1\n")
    shell.run("git init -q --bare -b main origin.git", "")
    shell.run("git init -q -b main; git remote add origin ../origin.git; echo model.txt > .gitignore", "work")
    shell.run("python train.py; git add -A; git commit -qm base; git push -q origin main", "work")
    baseline = shell.run("git rev-parse main", "work")
    repository = replace(EXPERIMENT.repository, url=f"file://{shell.folder}/origin")
    experiment = changed(EXPERIMENT, baseline=baseline, repository=repository, has_dvc=False, script="python train.py")
    change = "sed -i s/0.1/0.01/ params.yaml; python train.py; git commit -qam 'Set train.lr=0.01'"
    shell.run(f"git checkout -q --detach; {change}; git push -q origin HEAD:{experiment.ref}", "work")
    run = changed(RUN, experiment=experiment, environment=replace(RUN.outcome.environment, dvc=""))
    return shell, report(run=run, after=Snapshot("a" * 40, has_dvc=False, requires="requirements.txt"))


def test_without_dvc_look_shows_the_changes_and_fetches_the_commit(plain: tuple[Shell, Report]) -> None:
    shell, made = plain
    shell.run("git clone -q origin.git looking; cd looking; git commit -q --allow-empty -m later", "")
    said = shell.run(commands(look(made)), "looking")
    assert "-  lr: 0.1\n+  lr: 0.01" in said
    assert shell.run("cat metrics.json", "looking") == '{"accuracy": 0.99}'


def test_without_dvc_retrain_makes_the_same_numbers_from_scratch(plain: tuple[Shell, Report]) -> None:
    shell, made = plain
    lines = commands(retrain(made)).splitlines()
    installing = [line for line in lines if line.startswith(("uv ", ". .venv"))]
    assert installing == [
        "uv venv --seed --python 3.11",
        ". .venv/bin/activate",
        "uv pip install -r requirements.txt",
    ]
    shell.run("\n".join(line for line in lines if line not in installing), "")
    assert shell.run("cat model.txt metrics.json; git status --short", "cancer-puffy-daks") == '0.01{"accuracy": 0.99}'
