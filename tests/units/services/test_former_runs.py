"""Runs in former formats become runs of today: the same values, each in its present place."""

import json
from collections import Counter
from pathlib import Path

import pytest

from experiments.data.delivered import Data, Delivered
from experiments.experiment import Experiment, Repository
from experiments.parts.asked import Asked
from experiments.parts.attempt import RunAttempt
from experiments.parts.change import Change, Input, Override
from experiments.parts.decisions import Decisions
from experiments.parts.execution import Execution
from experiments.parts.landing_plan import LandingPlan
from experiments.parts.membership import THIS, Membership
from experiments.parts.outcome import Environment, RunOutcome
from experiments.parts.published import Published
from experiments.parts.result import RunResult
from experiments.placement import EngineKind, Lease, Placement
from experiments.provenance import Provenance
from experiments.run import Checkpoint, Run
from experiments.run_state import RunState
from experiments.settings.declared import Declared
from experiments.snapshot import Made
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
SHA = "1a2b3c4d" * 5
WHOLE = Run(
    id="r1",
    experiment=EXPERIMENT,
    created=1.0,
    fetch=True,
    pushes="r9",
    state=RunState.VANISHED,
    attempt=RunAttempt(2, "f" * 64, 3.5, 2.0, 3.0, 120, "Waiting for a machine."),
    machines=(
        Lease("studio-r1-2", 2, 1.5, 9000.0, "i-1", "us-west-1a", True, 0.5, 1.6, 3.9, interrupted=True, booted=True),
    ),
    checkpoints=(Checkpoint(2, 2.5, 1000, "e" * 64),),
    interruptions=("The cloud took its machine away.",),
    outcome=RunOutcome(
        ended=4.0,
        exit_code=1,
        reason="Nothing was heard of it.",
        environment=Environment("3.11.7", "3.67.1", ("numpy==2.0",), "Linux, 2 cores"),
        provenance=Provenance(
            True,
            executed=("train",),
            restored=("prepare",),
            skipped=("plot",),
            failed=("check",),
            written={"metrics.json": "train"},
            origins={"metrics.json": Made.UNKNOWN},
        ),
    ),
    result=RunResult(
        commit="4" * 40,
        landed=True,
        head="5" * 40,
        not_landed="The head moved.",
        unfit="It names a remote of its own.",
        undone=True,
        opened=8,
        removed=True,
        delivered=Delivered(
            Data.NOT_PUSHED, "storage", "It is away.", True, 3, ("model.pkl",), 5.5, ("other",), "6" * 40
        ),
    ),
    published=Published(4003, {SHA: 6001}, pressed=2, unreported=True),
    decisions=Decisions("grace, comment 100", started_by=101, cancelled_by=102),
)


@pytest.mark.parametrize("version", [2, 3])
def test_every_value_of_a_run_without_parts_moves_into_its_part(version: int) -> None:
    recorded = (RECORDINGS / f"format-{version}" / "run-every-field.json").read_bytes()
    assert json.loads(recorded)["version"] == version
    assert RUN.load(recorded) == WHOLE


@pytest.mark.parametrize("recording", RUNS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_recorded_value_is_found_in_the_run_of_today(recording: Path) -> None:
    recorded = json.loads(recording.read_bytes())
    today = json.loads(RUN.dump(RUN.load(recording.read_bytes())))["value"]

    def values(document: object) -> Counter[str]:
        return Counter(repr(value) for _, value in leaves(document))

    assert not values(recorded.get("value", recorded)) - values(today)
