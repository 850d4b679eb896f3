"""What becomes of a run whose runner, agent or machine died: it begins again by itself, and not for ever."""

from collections.abc import Callable
from time import time

import pytest

import clock
from experiments.run import Run
from experiments.run_state import RunState
from tests.units.sample_run import changed
from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World

GOOD = {"accuracy": 0.95, "loss": 0.05}


def dies(machine: Machine) -> None:
    """Let the agent vanish without a message while it trains."""
    machine.claim()
    machine.say("training", "epoch 1\n")


def after(deaths: int) -> Callable[[Machine], None]:
    """Return a script with which the agent vanishes that many times, and then trains."""
    left = [deaths]

    def script(machine: Machine) -> None:
        left[0] -= 1
        (dies if left[0] >= 0 else training(GOOD))(machine)

    return script


def test_a_run_whose_agent_died_trains_again_and_its_report_says_so(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    assert world.runner.trains_all(after(1)) == ["first"] * 2
    report = pull.report
    assert "better" in report and "new head" in report
    assert "Interrupted once: Its agent ended with exit code 0 and said nothing more." in report
    assert pull.check_run.conclusion == "success"


def test_what_kills_each_agent_is_given_up_after_three_and_says_what_to_type(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    assert world.runner.trains_all(dies) == ["first"] * 3
    report = pull.report
    assert "Vanished: nothing more was heard from the machine that trained `first`, 3 times in all." in report
    assert "`/retry first` starts it once more" in report
    assert pull.check_run.conclusion == "failure"
    pull.comment("/retry first")
    world.runner.finishes(**GOOD)
    assert "better" in pull.report


def test_the_agent_of_an_attempt_that_was_given_up_hears_that_it_is_over(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    old: list[Machine] = []

    def script(machine: Machine) -> None:
        if not old:
            old.append(machine)
            return dies(machine)
        beat = {"state": "training", "offset": 0, "log": ""}
        assert old[0].status("beat", beat) == 401
        assert old[0].status("done", {"exit_code": 0}) == 401
        return training(GOOD)(machine)

    assert world.runner.trains_all(script) == ["first"] * 2
    assert "better" in pull.report


def test_a_silent_machine_is_noticed_by_the_clock_and_its_run_begins_again(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    (run,) = world.wired.ports.store.active()

    def silent(now: Run) -> Run:
        return changed(now, state=RunState.TRAINING, token_hash="of a machine without power", heartbeat=time())

    world.wired.ports.store.update(run.id, silent)
    world.wait(60)
    assert pull.new() == []
    world.wait(60)
    assert pull.check_run.status == "queued"
    world.runner.finishes(**GOOD)
    assert "Interrupted once: Nothing was heard from its agent for 90 seconds." in pull.report


def test_a_bot_that_was_away_takes_no_agent_for_lost_before_it_can_be_heard(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    (run,) = pull.runs
    training = changed(run, state=RunState.TRAINING, token_hash="of an agent that waits", heartbeat=time() - 500)
    world.wired.ports.store.update(run.id, lambda _: training)
    clock.tick(world.wired, time(), listening=time() + 90)
    assert world.wired.ports.store.get(run.id) == training
    clock.tick(world.wired, time(), listening=time() - 1)
    world.runner.finishes(**GOOD)
    assert "Interrupted once" in pull.report


@pytest.mark.parametrize(("code", "reason"), [(1, "exit code 1"), (137, "was ended by SIGKILL")])
def test_a_training_that_ends_badly_is_not_begun_again(world: World, pull: PullRequest, code: int, reason: str) -> None:
    def fails(machine: Machine) -> None:
        dies(machine)
        machine.done(code, f"`dvc exp run` {reason}.")

    pull.comment("/run -S train.lr=0.01 -n first")
    assert world.runner.trains_all(fails) == ["first"]
    assert "Failed" in pull.report


def test_a_cancelled_run_whose_agent_dies_stays_cancelled(world: World, pull: PullRequest) -> None:
    def cancelled(machine: Machine) -> None:
        dies(machine)
        pull.comment("/cancel first")

    pull.comment("/run -S train.lr=0.01 -n first")
    assert world.runner.trains_all(cancelled) == ["first"]
    assert "Cancelled" in pull.report


def test_a_machine_that_can_not_train_is_not_asked_three_times(world: World, pull: PullRequest) -> None:
    world.runner_port.exit_code = 2
    pull.comment("/run -S train.lr=0.01 -n first")
    assert world.runner.trains_all(lambda _: None) == ["first"]
    assert "This runner can't train: its agent ended before it began the run" in pull.report
