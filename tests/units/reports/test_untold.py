"""`/run --script` explains why it can't say which stages would run."""

from dataclasses import replace

import pytest

from experiments.experiment import Experiment
from experiments.snapshot import Snapshot, Stage
from reports.messages.script import shown
from tests.units.sample_run import BEFORE, EXPERIMENT, changed

STAGES = (Stage("make", "make", deps=("/data/a.csv", "b.csv")),)


HERE = replace(BEFORE, stages=STAGES)
OUTSIDE = replace(HERE, external=("/data/a.csv",))


@pytest.mark.parametrize(
    ("experiment", "before", "why"),
    [
        (changed(EXPERIMENT, composed=True), HERE, "Hydra composes the parameters when it trains."),
        (EXPERIMENT, replace(HERE, unread_locks=("dvc.lock",)), "`dvc.lock` can't be read."),
        (EXPERIMENT, OUTSIDE, "nobody looks beforehand at `/data/a.csv`, outside of the repository."),
        (EXPERIMENT, HERE, "what is set may change which stages there are."),
    ],
)
def test_the_reason_why_stages_are_not_foretold_is_given(experiment: Experiment, before: Snapshot, why: str) -> None:
    text = shown([experiment], ["dvc", "exp", "run"], [], None, [], before)
    assert f"Which stages would run can't be said beforehand: {why}" in text


def test_without_stages_or_with_a_script_no_reason_is_given() -> None:
    own = changed(EXPERIMENT, script="python train.py")
    for experiment, before in ((own, HERE), (EXPERIMENT, replace(BEFORE, stages=()))):
        assert "can't be said beforehand" not in shown([experiment], ["dvc", "exp", "run"], [], None, [], before)
