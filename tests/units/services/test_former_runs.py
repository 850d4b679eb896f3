"""Runs of former formats become what they would be today: the same values, each where it belongs now."""

import json
from collections import Counter
from pathlib import Path

import pytest

from experiments.experiment import Experiment, Repository
from experiments.parts.asked import Asked
from experiments.parts.change import Change, Input, Override
from experiments.parts.execution import Execution
from experiments.parts.landing_plan import LandingPlan
from experiments.parts.membership import THIS, Membership
from experiments.placement import EngineKind, Placement
from experiments.settings.declared import Declared
from services.redis.store import RUN
from tests.units.services.test_stored import RECORDINGS, RUNS, leaves

EXPERIMENT = Experiment(
    repository=Repository(1, "ada/digits", 7, "https://github.example/ada/digits"),
    pull=3,
    baseline="1a2b3c4d" * 5,
    name="slow-1",
    landing=LandingPlan("tune", "main", temp=True, new_branch="wider", into_base=True, head_before="3" * 40),
    project="vision",
    asked=Asked("ada", 99, origin="puffy-daks", rev="v1.0", head="2" * 40, cost=3.5),
    change=Change(
        overrides=(
            Override("params.yaml", "train.lr", 0.01, 0.1, "train.lr=0.01"),
            Override("params.yaml", "train.layers", [64, 32], None, "+train.layers=[64,32]"),
        ),
        inputs=(Input("data/raw.csv", "v1.0", "data/raw.csv.dvc", "a" * 32, "b" * 32),),
        edits={"params.yaml": "train:\n  lr: 0.01\n"},
        composed=True,
        message="Slower\n\nWith less noise.",
    ),
    execution=Execution(
        queue=True,
        place=Placement("ec2", EngineKind.AWS, "us-west-1", "g4dn.xlarge", "1", 100, True, 0.5, 0.9, 12.0, "EUR"),
        timeout=5400,
        targets=("train",),
        flags=("--single-item",),
        force=True,
        anew=True,
        script="python train.py",
        has_dvc=False,
        declared=Declared(("params.yaml",), ("metrics.json",)),
        requirements=("requirements/gpu.txt",),
        history="full",
        checkpointed=("models",),
        checkpoint_every=300,
        resumes="r0",
    ),
    sweep=Membership("slow", 1, THIS, 11),
)


def test_every_value_of_an_experiment_without_parts_is_in_the_part_where_it_belongs() -> None:
    run = RUN.load((RECORDINGS / "format-2" / "run-every-field.json").read_bytes())
    assert run.experiment == EXPERIMENT


@pytest.mark.parametrize("recording", RUNS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_recorded_value_is_among_those_of_today(recording: Path) -> None:
    recorded = json.loads(recording.read_bytes())
    today = json.loads(RUN.dump(RUN.load(recording.read_bytes())))["value"]

    def values(document: object) -> Counter[str]:
        return Counter(repr(value) for _, value in leaves(document))

    assert not values(recorded.get("value", recorded)) - values(today)
