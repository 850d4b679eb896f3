"""Outputs in snapshots by `DvcSnapshots`: kept nowhere, kept twice, or needed by a frozen stage."""

from pathlib import Path

from tests.contracts.snapshots.snapshot_projects import Workbench, md5

LINES = """\
stages:
  prepare:
    cmd: python prepare.py
    outs:
      - mid.csv: {cache: false}
      - kept.csv: {cache: false}
      - big.bin
  train:
    cmd: python train.py
    deps: [mid.csv]
    outs: [model.bin, logs]
  new:
    cmd: python new.py
    outs:
      - new.csv: {cache: false}
"""
FROZEN = """\
  same:
    cmd: echo same
    frozen: true
    outs: [same.txt]
  other:
    cmd: echo other
    frozen: true
    outs: [other.txt]
  never:
    cmd: echo never
    frozen: true
    outs: [never.txt]
"""


def entry(path: str) -> str:
    return f"    - {{path: {path}, hash: md5, md5: {md5('x')}, size: 1}}\n"


def test_outputs_that_nobody_keeps_or_that_two_keep_are_listed(tmp_path: Path) -> None:
    lock = (
        "schema: '2.0'\nstages:\n  prepare:\n    cmd: python prepare.py\n    outs:\n"
        f"{entry('mid.csv')}{entry('kept.csv')}{entry('big.bin')}"
    )
    files = {"dvc.yaml": LINES, "dvc.lock": lock, "kept.csv": "x", "logs/.gitkeep": "", "model.bin": "y"}
    found = Workbench(tmp_path).take(files)
    assert found.lost == ("mid.csv",)
    assert set(found.doubly_kept) == {"model.bin", "logs"}


def test_a_frozen_stage_that_changed_is_listed(tmp_path: Path) -> None:
    lock = "schema: '2.0'\nstages:\n"
    for name, cmd in (("same", "echo same"), ("other", "echo another")):
        lock += f"  {name}:\n    cmd: {cmd}\n    outs:\n{entry(f'{name}.txt')}"
    found = Workbench(tmp_path).take({"dvc.yaml": f"stages:\n{FROZEN}", "dvc.lock": lock})
    assert found.rechecked == ("other",)
    assert found.lost == ("never.txt",)
