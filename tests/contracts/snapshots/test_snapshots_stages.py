"""Stages in snapshots by `DvcSnapshots`: what they read, and whether DVC runs them."""

from pathlib import Path

import pytest

from experiments.snapshot import Param
from tests.contracts.snapshots.snapshot_projects import Workbench, md5


def test_a_stage_lists_what_it_reads_and_whether_dvc_runs_it(tmp_path: Path) -> None:
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


def test_files_that_a_command_names_but_dvc_yaml_omits_are_listed(tmp_path: Path) -> None:
    pipeline = f"""\
stages:
  train:
    cmd:
      - python code/train.py --config=conf.yaml --params params.yaml data.csv raw/a.csv nowhere.py
      - python -c '{"x" * 300}/{"y" * 5000}'
      - sh "it's.sh" && python code/listed.py > made.json; cat link.py
    deps: [code/listed.py]
    params: [lr]
    outs: [made.json]
  broken:
    cmd: python code/train.py "
    wdir: .
  below:
    cmd: python ../code/train.py /etc/hostname
    wdir: sub
  modules:
    cmd: cd sub && python3 -u -m tool.run --seed 1; (cd deep; python main.py) && python last.py -m code.train
  apart:
    cmd: [cd sub, python x.py]
"""
    modules = ["sub/tool/run.py", "sub/deep/main.py", "deep/main.py", "sub/last.py", "last.py", "sub/code/train.py"]
    files = {
        **dict.fromkeys(modules, ""),
        **dict.fromkeys(["code/train.py", "code/listed.py", "it's.sh", "made.json", "data.csv", "sub/x"], ""),
        ".dvc/config": "",
        "conf.yaml": "x: 1\n",
        "params.yaml": "lr: 1\n",
        "raw.dvc": "outs:\n- md5: d41d8cd98f00b204e9800998ecf8427e.dir\n  path: raw\n",
        "dvc.yaml": pipeline,
    }
    found = Workbench(tmp_path).take(files)
    assert found.problems == ()
    assert {stage.name: stage.unlisted for stage in found.stages} == {
        "train": ("code/train.py", "conf.yaml", "data.csv", "it's.sh"),
        "broken": ("code/train.py",),
        "below": ("code/train.py",),
        "modules": ("sub/tool/run.py", "sub/deep/main.py", "sub/last.py"),
        "apart": (),
    }


@pytest.mark.parametrize("where", ["wdir: ..", "frozen: false"])
def test_values_of_templates_in_a_lower_folder_are_found_there(tmp_path: Path, where: str) -> None:
    """DVC resolves the file from the root, wherever dvc.yaml is and its stage runs."""
    named = "sub/params.yaml" if where == "wdir: .." else "params.yaml"
    pipeline = f"""\
stages:
  train:
    cmd: python train.py ${{target}} ${{wide}}
    {where}
    params:
      - {named}: [target]
    outs: ["${{target}}.bin"]
"""
    found = Workbench(tmp_path).take({"sub/params.yaml": "target: x\nwide: 2\n", "sub/dvc.yaml": pipeline})
    assert found.problems == ()
    (stage,) = found.stages
    assert stage.params == ("sub/params.yaml:target", "sub/params.yaml:wide")
    assert found.params == (
        Param("sub/params.yaml", "target", "x", (stage.name,)),
        Param("sub/params.yaml", "wide", 2, (stage.name,)),
    )


def test_only_stages_that_did_not_run_since_a_change_are_stale(tmp_path: Path) -> None:
    """Both read `shared.py`; only `one` ran again after it changed."""

    def stage(name: str) -> str:
        return f"  {name}:\n    cmd: python {name}.py\n    deps: [shared.py]\n    params: [lr]\n"

    def locked(name: str, code: str, lr: float) -> str:
        dep = f"{{path: shared.py, hash: md5, md5: {md5(code)}, size: {len(code)}}}"
        params = f"    params:\n      params.yaml: {{lr: {lr}}}\n"
        return f"  {name}:\n    cmd: python {name}.py\n    deps:\n    - {dep}\n{params}"

    files = {
        ".dvc/config": "",
        "shared.py": "new",
        "params.yaml": "lr: 0.2\n",
        "dvc.yaml": f"stages:\n{stage('one')}{stage('two')}",
        "dvc.lock": f"schema: '2.0'\nstages:\n{locked('one', 'new', 0.2)}{locked('two', 'older', 0.1)}",
    }
    found = Workbench(tmp_path).take(files)
    assert {each.name: each.stale for each in found.stages} == {"one": (), "two": ("shared.py", "params.yaml:lr")}
    assert found.stale == ("shared.py", "params.yaml:lr") and found.problems == ()
