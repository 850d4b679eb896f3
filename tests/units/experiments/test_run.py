"""What happens to a run whose agent falls silent."""

from dataclasses import replace

import pytest

from experiments.liveness import unheard
from experiments.parts.attempt import RunAttempt
from experiments.placement import EngineKind, Placement
from experiments.run import ATTEMPTS, Checkpoint, Done, Run, observe
from experiments.run_state import RunState
from tests.units.sample_run import EXPERIMENT, changed

QUEUED = Run("r1", EXPERIMENT, created=0, attempt=RunAttempt(token_hash="of attempt 1", heartbeat=100))


@pytest.mark.parametrize("state", [RunState.PREPARING, RunState.TRAINING, RunState.UPLOADING])
def test_a_run_whose_agent_is_gone_is_repeated_with_the_reason(state: RunState) -> None:
    working = changed(QUEUED, state=state, started=110, trained=140)
    assert unheard(working, 90, 189) == working
    again = unheard(working, 90, 200)
    assert (again.state, again.attempt.number, again.attempt.token_hash, again.attempt.heartbeat) == (
        RunState.QUEUED,
        2,
        "",
        None,
    )
    assert (again.attempt.started, again.attempt.trained) == (None, None)
    assert again.interruptions == ("Nothing was heard from its agent for 90 seconds.",)


def test_after_three_attempts_the_run_has_vanished() -> None:
    last = unheard(changed(QUEUED, state=RunState.TRAINING, attempt=ATTEMPTS), 90, 200)
    assert (last.state, last.outcome.ended, last.attempt.number) == (RunState.VANISHED, 200, ATTEMPTS)
    assert last.outcome.reason == "Nothing was heard from its agent for 90 seconds."


def test_a_training_that_failed_by_itself_is_not_repeated() -> None:
    training = replace(QUEUED, state=RunState.TRAINING)
    assert observe(training, Done(137, "It was ended by SIGKILL."), 200).state is RunState.FAILED
    assert observe(training, Done(124, "Out of time.", timed_out=True), 200).state is RunState.TIMED_OUT


def test_a_run_that_no_agent_claimed_is_queued_again_with_a_new_token() -> None:
    again = unheard(QUEUED, 90, 200)
    assert (again.state, again.attempt.number, again.attempt.token_hash, again.attempt.heartbeat) == (
        RunState.QUEUED,
        2,
        "",
        None,
    )


def test_it_is_queued_again_only_so_often() -> None:
    run, now = QUEUED, 100.0
    for _ in range(ATTEMPTS):
        now += 100
        run = unheard(changed(run, heartbeat=now - 91), 90, now)
    assert run.state is RunState.VANISHED


@pytest.mark.parametrize(
    "waiting",
    [
        changed(QUEUED, heartbeat=None),  # waiting in the queue behind others
        replace(QUEUED, state=RunState.FINISHING),
        replace(QUEUED, state=RunState.SUCCEEDED),
        changed(QUEUED, state=RunState.TRAINING, heartbeat=150),  # heard from in the meantime
    ],
)
def test_other_runs_are_not_missed(waiting: Run) -> None:
    assert unheard(waiting, 90, 200) == waiting


def test_a_run_with_a_checkpoint_says_from_which_it_went_on() -> None:
    again = unheard(replace(QUEUED, state=RunState.TRAINING, checkpoints=(Checkpoint(1, 50, 10, "ab"),)), 90, 200)
    assert again.interruptions[-1].endswith("It went on from checkpoint 1.")


def test_an_interrupted_run_is_repeated_a_few_times() -> None:
    training = replace(QUEUED, state=RunState.TRAINING)
    stopped = Done(130, "The runner was stopped.", interrupted=True)
    again = observe(training, stopped, 200)
    assert (again.state, again.attempt.number, again.interruptions) == (
        RunState.QUEUED,
        2,
        ("The runner was stopped.",),
    )
    assert observe(changed(training, attempt=ATTEMPTS), stopped, 200).state is RunState.INTERRUPTED
    assert observe(replace(training, state=RunState.CANCELLED), stopped, 200).state is RunState.CANCELLED


def test_the_end_of_a_launched_machine_is_nothing_unusual() -> None:
    launched = changed(QUEUED.experiment, place=Placement("ec2", EngineKind.AWS))
    again = unheard(replace(QUEUED, experiment=launched, state=RunState.TRAINING), 90, 200)
    assert (again.state, again.attempt.number) == (RunState.QUEUED, 2)
    last = changed(again, state=RunState.TRAINING, attempt=ATTEMPTS, heartbeat=1)
    assert unheard(last, 90, 200).state is RunState.INTERRUPTED
