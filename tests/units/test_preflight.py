"""What stands in the way of a training for certain, and what only may."""

import pytest

from experiments.preflight import obstacles
from experiments.prerequisites import Missing, Prerequisites
from experiments.snapshot import Snapshot, Stage
from experiments.trial import Trial


@pytest.mark.parametrize(("never_run", "blocks"), [(("train",), True), ((), False)])
def test_a_stage_that_never_ran_is_executed_so_that_it_needs_what_is_missing(
    never_run: tuple[str, ...], blocks: bool
) -> None:
    prerequisites = Prerequisites(missing=(Missing("data.csv", ("train",)),))
    stages = (Stage("train", "python train.py", deps=("data.csv",)),)
    snapshot = Snapshot("a" * 40, stages=stages, prerequisites=prerequisites, never_run=never_run)
    (found,) = obstacles(snapshot, Trial())
    assert (found.blocks, "`data.csv` is neither in Git nor tracked by DVC" in found.sentence) == (blocks, True)
