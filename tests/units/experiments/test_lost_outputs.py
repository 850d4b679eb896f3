"""Outputs that nothing keeps, that two keep, or that a frozen stage needs: what follows for a run."""

from dataclasses import replace
from typing import Any

import pytest

from bot.specification import script
from experiments.pipeline import unpulled
from experiments.readiness.foretelling import foretold, remakes
from experiments.readiness.preflight import obstacles, of_experiment, of_plain_run
from experiments.readiness.trial import Obstacle, Trial
from experiments.snapshot import DataFile, Snapshot, Stage
from tests.units.experiments.test_foretelling import override
from tests.units.judging.outdated import outdated
from tests.units.sample_run import EXPERIMENT, changed

COLLECT = Stage("collect", "", (), ("raw.csv",))
PROCESS = Stage("process", "", ("raw.csv",), ("clean.csv",))
TRAIN = Stage("train", "", ("clean.csv",), ("model",), ("params.yaml:lr",))
SHOW = Stage("show", "", (), ("page.html",), ("params.yaml:colour",))
SNAPSHOT = Snapshot("a" * 40, stages=(COLLECT, PROCESS, TRAIN, SHOW), lost=("raw.csv", "clean.csv"))
PLAIN = changed(EXPERIMENT, overrides=(), targets=(), flags=(), force=False)


def asked(key: str = "", **fields: Any) -> Any:
    return changed(PLAIN, overrides=(override(key),) if key else (), **fields)


@pytest.mark.parametrize(
    ("key", "run", "remade"),
    [("lr", "collect process train", "collect process"), ("colour", "show", ""), ("", "", "")],
)
def test_a_lost_output_is_made_again_where_a_stage_reads_it(key: str, run: str, remade: str) -> None:
    foreseen = foretold(SNAPSHOT, asked(key))
    assert foreseen is not None and (" ".join(foreseen.run), " ".join(foreseen.remade)) == (run, remade)
    assert remakes(SNAPSHOT, asked(key)) == bool(remade)
    assert ("--allow-missing" in script(asked(key), SNAPSHOT)) != bool(remade)
    assert ("--pull" in script(asked(key), SNAPSHOT)) != bool(remade)


def test_a_stage_that_reads_only_remade_outputs_may_be_skipped() -> None:
    score = Stage("score", "", ("clean.csv",), ("score.json",))
    both = Stage("both", "", ("model", "clean.csv"), ("both.json",))
    foreseen = foretold(replace(SNAPSHOT, stages=(*SNAPSHOT.stages, score, both)), asked("lr"))
    assert foreseen is not None and foreseen.run == ("collect", "process", "train", "score", "both")
    assert foreseen.following == ("score",)


def test_an_unchanged_input_may_skip_the_stage_that_makes_the_lost_output() -> None:
    always = replace(SNAPSHOT, stages=(replace(COLLECT, always=True), PROCESS, TRAIN, SHOW), lost=("clean.csv",))
    assert remakes(always, asked("lr"))
    made = replace(SNAPSHOT, stages=(COLLECT, replace(PROCESS, always=True), TRAIN), lost=("clean.csv",))
    assert not remakes(made, asked("lr"))


def test_no_lost_output_is_called_skipped_where_nothing_is_foretold() -> None:
    assert remakes(replace(SNAPSHOT, unread_locks=("sub/dvc.lock",)), asked("colour"))
    assert not remakes(SNAPSHOT, asked("lr", script="./train.sh"))


def test_a_stage_without_dependencies_that_never_ran_is_not_taken_for_done() -> None:
    new = replace(SNAPSHOT, lost=(), never_run=("collect", "process"))
    assert remakes(new, asked()) and "--allow-missing" not in script(asked(), new)
    for stage in (replace(COLLECT, deps=("raw.py",)), replace(COLLECT, params=("params.yaml:rows",))):
        assert not remakes(replace(new, stages=(stage, PROCESS, TRAIN)), asked()), "what it reads is new to DVC"
    assert not remakes(new, asked(force=True))


def obstacles_of(snapshot: Snapshot, **fields: Any) -> list[Obstacle]:
    return list(obstacles(snapshot, of_experiment(asked(**fields), snapshot, Trial())))


def test_a_lost_output_of_a_frozen_stage_stops_the_stage_that_reads_it() -> None:
    frozen = replace(SNAPSHOT, stages=(COLLECT, replace(PROCESS, frozen=True), TRAIN), lost=("clean.csv",))
    (found,) = obstacles_of(frozen, key="lr")
    assert found.blocks and "`process` is frozen, so DVC does not make `clean.csv`" in found.sentence
    assert "`dvc unfreeze process`" in found.sentence
    (found,) = obstacles_of(frozen)
    assert not found.blocks, "nothing that reads it runs"


def test_a_frozen_stage_with_another_command_needs_its_output() -> None:
    stages = (replace(COLLECT, frozen=True), TRAIN)
    known = DataFile("raw.csv", "0" * 32, is_output=True)
    snapshot = Snapshot("a" * 40, stages=stages, data=(known,))
    assert obstacles_of(snapshot) == [] and unpulled(snapshot) == ()
    changed = replace(snapshot, rechecked=("collect",))
    for found in (obstacles_of(changed), obstacles_of(snapshot, force=True)):
        (obstacle,) = found
        assert (
            not obstacle.blocks
            and "looks for `raw.csv` and fails where neither its cache nor its remote has it" in (obstacle.sentence)
        )
    assert unpulled(changed) == ("raw.csv",), "the remote is asked before DVC looks"
    (obstacle,) = obstacles_of(replace(changed, data=(), lost=("raw.csv",)))
    assert obstacle.blocks


def test_an_output_that_git_tracks_too_blocks_its_stage_before_it_runs() -> None:
    both = replace(SNAPSHOT, lost=(), doubly_kept=("model",), project="my ml")
    (found,) = obstacles_of(both, key="lr")
    assert (
        found.blocks and "`model` is an output of the stage `train` that DVC keeps, and Git tracks it" in found.sentence
    )
    assert "`git rm -r --cached 'my ml/model'`" in found.sentence
    (found,) = obstacles_of(both, key="colour")
    assert not found.blocks, "its stage is skipped"
    assert obstacles_of(both, key="colour", targets=("show",)) == [], "its stage is not looked at"
    (found,) = obstacles(outdated(both, "clean.csv"), of_plain_run(outdated(both, "clean.csv"), Trial()))
    assert found.blocks
    (found,) = obstacles(outdated(both, "clean.csv"), Trial())
    assert not found.blocks, "another stage may be asked for"
