"""What `DvcSnapshots` tells of stages: what they read, and whether DVC runs them."""

from pathlib import Path

from tests.contracts.snapshot_projects import Workbench


def test_a_stage_tells_what_it_reads_and_whether_dvc_runs_it(tmp_path: Path) -> None:
    pipeline = """\
stages:
  train:
    cmd: python train.py --wide ${model.width}
    params:
      - train.lr
      - other.yaml:
    outs: [model.bin]
  fold:
    foreach: ${folds}
    do:
      cmd: echo ${item}
      outs: ["${item}.txt"]
  old:
    cmd: echo old
    frozen: true
    deps: [train.py]
    outs: [old.txt]
  each:
    cmd: echo each
    always_changed: true
    outs: [each.txt]
"""
    params = "train: {lr: 0.1}\nmodel: {width: 2}\nfolds: [a, b]\ndepth: 2\n"
    files = {"train.py": "", "params.yaml": params, "other.yaml": "x: 1\n", "dvc.yaml": pipeline}
    found = Workbench(tmp_path).take({**files, ".dvc/config": ""})
    assert found.problems == ()
    stages = {stage.name: stage for stage in found.stages}
    assert stages["train"].params == ("params.yaml:train.lr", "other.yaml", "params.yaml:model.width")
    assert [name for name, stage in stages.items() if stage.frozen] == ["old"]
    assert [name for name, stage in stages.items() if stage.always] == ["each"]
    assert set(found.templated) == {"model.width", "folds", "item"}
