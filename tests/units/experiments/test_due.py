"""What is due of a run, and what happens to an attempt whose agent left: decided from values alone."""

from dataclasses import replace

import pytest

from bot.effects.train_here import NO_MACHINE, UNFIT, left, taken
from experiments.liveness import SILENT, Due, due
from experiments.run import Run
from experiments.run_state import RunState
from tests.units.sample_run import EXPERIMENT, changed

WAITS = Run("r1", EXPERIMENT, created=1000.0)
TRAINS = changed(WAITS, state=RunState.TRAINING, token_hash="its key", heartbeat=1000.0)
LATE = 1000.0 + SILENT + 1


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        (WAITS, Due.TRAIN),
        (replace(WAITS, state=RunState.HELD), Due.NOTHING),
        (TRAINS, Due.GIVE_UP),
        (replace(TRAINS, state=RunState.FINISHING), Due.REPORT),
        (changed(TRAINS, state=RunState.FAILED, ended=1000.0), Due.REPORT),
    ],
    ids=["never taken", "held", "silent", "not looked at", "not reported"],
)
def test_a_run_that_nothing_moves_is_due_after_a_while(run: Run, wanted: Due) -> None:
    assert due(run, 1000.0 + SILENT, 0.0) is Due.NOTHING
    assert due(run, LATE, 0.0) is wanted


def test_silence_counts_for_nothing_while_the_bot_itself_was_away() -> None:
    assert due(TRAINS, LATE, listening=LATE + 1) is Due.NOTHING
    assert due(TRAINS, LATE, listening=LATE) is Due.GIVE_UP


def test_an_attempt_is_claimed_once() -> None:
    mine = taken(WAITS, 1, "mine", 1001.0)
    assert (mine.attempt.token_hash, mine.attempt.heartbeat) == ("mine", 1001.0)
    assert taken(mine, 1, "another's", 1002.0) == mine
    assert taken(WAITS, 2, "another's", 1002.0) == WAITS


@pytest.mark.parametrize(
    ("code", "reason"),
    [(None, "Its agent could not be started."), (9, "Its agent ended with exit code 9 and said nothing more.")],
)
def test_an_attempt_whose_agent_left_is_repeated_with_the_reason(code: int | None, reason: str) -> None:
    again = left(TRAINS, "its key", code, LATE)
    assert (again.state, again.attempt.number, again.interruptions) == (RunState.QUEUED, 2, (reason,))


def test_an_agent_that_cannot_train_here_ends_the_run() -> None:
    ended = left(TRAINS, "its key", NO_MACHINE, LATE)
    assert (ended.state, ended.outcome.reason) == (RunState.FAILED, UNFIT)


def test_an_agent_that_leaves_late_changes_nothing() -> None:
    assert left(TRAINS, "an older key", 9, LATE) == TRAINS
    finishing = replace(TRAINS, state=RunState.FINISHING)
    assert left(finishing, "its key", 9, LATE) == finishing
