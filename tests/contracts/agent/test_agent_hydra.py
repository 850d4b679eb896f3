"""The agent trains a real project that Hydra composes: overrides are passed on to DVC, and the composed file comes
back.
"""

from pathlib import Path

import pytest

from bot.specification import script
from experiments.experiment import Experiment, Repository
from experiments.parts.change import Change, Override
from experiments.parts.landing_plan import LandingPlan
from experiments.snapshot import Snapshot
from tests.contracts.agent.agent_bench import Bench, Project
from tests.contracts.agent.archives import tar
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, Workbench

TRAIN = """
import json, yaml
p = yaml.safe_load(open("params.yaml"))
print("training", p["model"]["name"], "with", p["train"]["lr"], flush=True)
json.dump({"accuracy": 1 - p["train"]["lr"]}, open("metrics.json", "w"))
"""
PIPELINE = """
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [train, model]
    metrics:
      - metrics.json:
          cache: false
"""
FILES = {
    ".dvc/config": "[hydra]\n    enabled = True\n    plugins_path = plugins\n",
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    "conf/config.yaml": "defaults: [model: vgg, _self_]\ntrain: {lr: 0.1, wd: 0.5}\n",
    "conf/model/vgg.yaml": "name: vgg\n",
    "conf/model/resnet.yaml": "name: resnet\nblocks: [2, 2]\n",
    "plugins/hydra_plugins/own.py": "print('a plugin of the project')\n",
    "dvc.yaml": PIPELINE,
    "params.yaml": "train: {lr: 0.7}\n",  # somebody edited the composed file
    "requirements.txt": "",
    "train.py": TRAIN,
}
WORDS = ("train.lr=0.01", "model=resnet", "+train.note='a, b=c: $(id) é'", "~train.wd")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project", 1)
    made.folder.mkdir()
    made.git("init", "--quiet")
    made.commit(FILES)
    return made


def asked(project: Project, words: tuple[str, ...]) -> list[str]:
    """Return the script of a run with these overrides."""
    overrides = tuple(Override("params.yaml", word, None, text=word) for word in words)
    experiment = Experiment(
        Repository(1, "ada/models", 7),
        1,
        project.sha,
        "puffy-daks",
        LandingPlan("tune", "main"),
        change=Change(overrides, composed=True, message="Set it"),
    )
    return script(experiment, Snapshot(project.sha))


def test_overrides_groups_and_plugins_reach_training_and_the_composed_file_returns(
    machine: Bench, project: Project, tmp_path: Path
) -> None:
    words = asked(project, WORDS)
    assert words[-8:] == [part for word in WORDS for part in ("-S", word)]
    ref = machine.train(project, edits={}, script=words)
    assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
    assert "training resnet with 0.01" in machine.api.text
    assert "a plugin of the project" in machine.api.text
    commit = project.unpack(machine.api.files["bundle"], ref)
    assert project.git("diff", "--name-only", project.sha, commit).split() == [
        "dvc.lock",
        "metrics.json",
        "params.yaml",
    ]
    assert "0.99" in tar(machine.api.files["experiment.tar"])["metrics.json"]
    # The bot composed the same without running the plugin, and finds nothing stale in the result.
    (tmp_path / "bot").mkdir()
    bot = Workbench(tmp_path / "bot")
    bot.mirror.repository = project.folder / ".git"
    (composed,) = bot.snapshots.compose(REPOSITORY, project.sha, "", [WORDS])
    assert composed.text == project.git("show", f"{commit}:params.yaml") + "\n"
    after = bot.snapshots.take(REPOSITORY, commit, "", NOTHING)
    assert after.stale == ()
    assert "params.yaml" in after.outputs


def test_an_edit_of_the_composed_file_is_overwritten(machine: Bench, project: Project) -> None:
    ref = machine.train(project, edits={}, script=asked(project, ()))
    assert "training vgg with 0.1" in machine.api.text
    commit = project.unpack(machine.api.files["bundle"], ref)
    assert "lr: 0.1" in project.git("show", f"{commit}:params.yaml")
