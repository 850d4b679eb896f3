"""Names that no file can have, wherever a commit may write a path: each hides only itself."""

from pathlib import Path

import pytest

from runners.agent import committing, packing
from runners.agent.traced import look
from tests.contracts.snapshots.snapshot_projects import Workbench
from tests.world.project import PIPELINE
from tests.world.world import World

LONG = "x" * 300

STAGES = f"""\
stages:
  train:
    cmd: python train.py
    params: [lr]
    metrics:
      - m.json:
          cache: false
  command:
    cmd: python -c '{LONG}' --config={LONG} {"d/" * 2200}x train.py
  folder:
    cmd: python train.py
    wdir: {LONG}
  results:
    cmd: python train.py
    deps: [{LONG}0]
    outs: [{LONG}1]
    params:
      - {LONG}2: [a]
    metrics: [{LONG}3]
    plots: [{LONG}4]
metrics: [{LONG}5]
params: [{LONG}6]
plots: [{LONG}7]
"""
VARS = f"vars: [{LONG}]\nstages:\n  s:\n    cmd: run\n"


def test_a_name_that_is_too_long_hides_nothing_else(tmp_path: Path) -> None:
    files = {
        "train.py": "",
        "params.yaml": "lr: 1\n",
        "m.json": '{"accuracy": 0.5}',
        "dvc.yaml": STAGES,
        "sub/dvc.yaml": VARS,
    }
    found = Workbench(tmp_path).take(files)
    assert {stage.name: stage.unlisted for stage in found.stages} == {
        "train": ("train.py",),
        "command": ("train.py",),
        "folder": (),
        "results": ("train.py",),
    }
    assert [(each.file, each.value) for each in found.params] == [("params.yaml", 1)]
    assert {each.path: each.values for each in found.metrics}["m.json"] == {"accuracy": 0.5}
    assert not [each for each in found.problems if "Errno" in each]


def test_the_agent_takes_such_a_name_for_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("{}")
    names = ["m.json", LONG, f"{'d/' * 2200}x"]
    assert committing.missing(tmp_path, names) == names[1:]
    assert [*look(tmp_path, names)] == ["m.json"]
    assert [*packing._found(tmp_path, names)] == [tmp_path / "m.json"]


@pytest.mark.parametrize("word", [LONG, f"--json={LONG}", f"'{'import json; ' * 30}'"])
def test_a_long_word_in_a_command_prevents_no_training(world: World, word: str) -> None:
    pull = world.pull_request(contents={"dvc.yaml": PIPELINE.replace("train.py", f"train.py {word}", 1)})
    world.work()
    assert "Errno" not in pull.overview
    pull.comment("/run -S train.lr=0.01 -n tried")
    world.runner.finishes(accuracy=0.95)
    assert "tried" in pull.report
