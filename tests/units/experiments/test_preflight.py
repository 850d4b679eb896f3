"""Obstacles: what certainly stops a training, and what only may."""

import time

import pytest

from experiments.readiness.preflight import obstacles
from experiments.readiness.prerequisites import MissingFile, Prerequisites
from experiments.readiness.trial import Trial
from experiments.snapshot import Snapshot, Stage


@pytest.mark.parametrize(("never_run", "blocks"), [(("train",), True), ((), False)])
def test_a_stage_that_never_ran_is_executed_and_needs_its_missing_inputs(
    never_run: tuple[str, ...], blocks: bool
) -> None:
    prerequisites = Prerequisites(missing=(MissingFile("data.csv", ("train",)),))
    stages = (Stage("train", "python train.py", deps=("data.csv",)),)
    snapshot = Snapshot("a" * 40, stages=stages, prerequisites=prerequisites, never_run=never_run)
    (found,) = obstacles(snapshot, Trial())
    assert (found.blocks, "`data.csv` is neither in Git nor tracked by DVC" in found.sentence) == (blocks, True)


@pytest.mark.parametrize(
    ("cmd", "commits"),
    [
        ("python train.py && git commit -am result", True),
        ("git -C .. -c user.name=x commit", True),
        ("git status; ./commit", False),
        ("git -a " * 300_000, False),
        ("git" + " -a b" * 300_000, False),
    ],
)
def test_a_command_that_commits_is_recognised_and_none_takes_long(cmd: str, commits: bool) -> None:
    began = time.process_time()
    found = obstacles(Snapshot("a" * 40, stages=(Stage("train", cmd),)), Trial())
    assert bool(found) == commits
    assert time.process_time() - began < 5
