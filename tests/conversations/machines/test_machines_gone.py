"""A machine that was launched for a run: how it goes, and what becomes of its run."""

from dataclasses import replace
from time import time

import pytest

from experiments.fleet.ledger import still_open
from experiments.fleet.reaping import needless
from experiments.run import Run
from handlers.jobs.reconcile_machines import watch
from tests.world.renting import BETTER, HOUR, RUNNERS, launched
from tests.world.runner import training
from tests.world.world import PullRequest, World


@pytest.fixture
def pull(world: World) -> PullRequest:
    world.declare(RUNNERS)
    return world.pull_request()


def test_a_machine_that_is_taken_away_is_replaced_and_said(world: World, pull: PullRequest) -> None:
    launched(pull, "--spot")
    old = world.engine.agent()
    old.claim()
    old.say("training", "epoch 1\n")
    world.engine.ends(interrupted=True, message="the spot machine was reclaimed")
    world.wait(20)
    assert old.status("beat", {"state": "training", "offset": 0, "log": ""}) in (401, 410)
    assert len(world.engine.machines) == 2
    world.engine.boots(training(BETTER))
    assert "Interrupted once: Its machine on `ec2` is gone: the spot machine was reclaimed." in pull.report
    world.wait(60)
    assert [entry.what for entry in world.audit] == ["launch", "end", "launch", "end"]


def test_what_a_cluster_would_start_again_is_ended_and_its_run_goes_on_elsewhere(
    world: World, pull: PullRequest
) -> None:
    launched(pull)
    old = world.engine.agent()
    old.claim()
    old.say("training", "epoch 1\n")
    name = world.engine.orders[0].name
    world.engine.ends(interrupted=True, message="Slurm says requeued")
    world.engine.again.add(name)
    world.wait(20)
    assert world.engine.cancelled == [name] and not world.engine.again
    world.engine.boots(training(BETTER))
    assert "Interrupted once: Its machine on `ec2` is gone: Slurm says requeued." in pull.report
    world.wait(60)
    assert [entry.what for entry in world.audit].count("launch") == 2


def test_too_many_interruptions_end_it(world: World, pull: PullRequest) -> None:
    launched(pull)
    for _ in range(3):
        agent = world.engine.agent()
        agent.claim()
        world.engine.ends(interrupted=True, message="evicted")
        world.wait(20)
    report = pull.report
    assert "Interrupted: the machine of" in report and "/retry" in report
    assert not world.engine.list_owned()


def test_a_machine_whose_agent_never_came_is_replaced(world: World, pull: PullRequest) -> None:
    launched(pull)
    world.engine.ends(message="its image has no Python")
    world.wait(20)
    assert len(world.engine.machines) == 2
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_a_machine_whose_agent_says_nothing_for_half_an_hour_is_replaced(world: World, pull: PullRequest) -> None:
    launched(pull)
    watch(world.wired.ports, time() + 1700)
    assert not world.engine.cancelled
    watch(world.wired.ports, time() + 1900)
    world.work()
    assert world.engine.cancelled == [world.engine.orders[0].name]
    assert len(world.engine.list_owned()) == 1
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_an_agent_that_goes_on_past_its_limit_is_ended_and_its_run_with_it(world: World, pull: PullRequest) -> None:
    launched(pull, "--timeout 1h")
    agent = world.engine.agent()
    agent.claim()
    agent.say("training", "epoch 1\n")
    watch(world.wired.ports, time() + 2 * HOUR + 301)
    world.work()
    assert "An hour after its time limit it had not ended, so its machine on `ec2` was ended." in pull.report
    assert not world.engine.list_owned()
    assert len(world.engine.machines) == 1
    assert [entry.what for entry in world.audit] == ["launch", "reap"]


def test_what_was_put_aside_for_a_machine_that_never_came_is_free_again(world: World, pull: PullRequest) -> None:
    world.engine.dies, world.fails_on_errors = "before", False
    launched(pull)
    world.engine.dies = ""
    pull.comment("/cancel")
    world.wait(20)
    assert "Cancelled" in pull.report
    assert not still_open(world.audit) and world.spent < 0.01


def test_cancel_ends_the_machine(world: World, pull: PullRequest) -> None:
    launched(pull)
    pull.comment("/cancel")
    assert "Cancelled" in pull.report
    world.wait(20)
    assert world.engine.cancelled == [world.engine.orders[0].name]
    assert not world.engine.list_owned()
    assert [entry.what for entry in world.audit] == ["launch", "reap"]


def test_a_silent_agent_costs_no_more_than_its_replacement(world: World, pull: PullRequest) -> None:
    launched(pull)
    world.engine.agent().claim()
    world.wait(100)
    world.wait(20)
    assert world.engine.cancelled == [world.engine.orders[0].name]
    assert len(world.engine.list_owned()) == 1
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_what_nobody_knows_of_is_ended(world: World, pull: PullRequest) -> None:
    launched(pull)
    world.engine.boots(training(BETTER))
    assert "better" in pull.report
    order = world.engine.orders[0]
    world.engine.launch(order.__class__("studio-tests-ffff-1", "ffff", 1, order.place, "", 60, order.expires))
    world.wait(20)
    assert world.engine.cancelled == ["studio-tests-ffff-1"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_bot_that_dies_at_the_launch_finds_its_machine_again(world: World, pull: PullRequest, when: str) -> None:
    world.engine.dies = when
    world.fails_on_errors = False  # every try of the job is killed
    launched(pull)
    assert len(world.engine.machines) == (when == "after")
    world.engine.dies = ""
    world.wait(100)
    assert len(world.engine.machines) == 1
    world.engine.boots(training(BETTER))
    world.wait(60)
    assert "better" in pull.report
    assert [entry.what for entry in world.audit] == ["launch", "end"]
    assert not world.engine.list_owned()


def test_a_bot_that_never_comes_back_leaves_what_the_reaper_ends(world: World, pull: PullRequest) -> None:
    world.engine.dies, world.fails_on_errors = "after", False
    launched(pull)
    world.wired.redis.flushdb()  # and Redis is lost with it
    (machine,) = world.engine.list_owned()
    assert "no run is known" in needless(None, machine.attempt, machine.expires, time())
    watch(world.wired.ports, time())
    assert not world.engine.list_owned()
    assert [entry.what for entry in world.audit] == ["launch", "reap"]


def test_a_run_whose_network_is_cut_costs_no_more_than_its_limit(world: World, pull: PullRequest) -> None:
    launched(pull)
    world.engine.agent().claim()
    for _ in range(4):  # nothing is heard of any attempt's agent
        world.wait(100)
        world.wait(20)
        if world.engine.list_owned():
            world.engine.agent().claim()
    assert not world.engine.list_owned()
    assert len(world.engine.machines) == 3
    assert "Interrupted" in pull.report
    assert len(still_open(world.audit)) == 0


def test_all_machines_of_a_run_share_the_time_that_was_asked_for(world: World, pull: PullRequest) -> None:
    launched(pull, "--timeout 2h")
    (run,) = pull.runs

    def earlier(seen: Run) -> Run:
        return replace(seen, machines=tuple(replace(each, began=each.launched - 1.5 * HOUR) for each in seen.machines))

    agent = world.engine.agent()
    agent.claim()
    assert agent.spec["timeout"] == 2 * HOUR
    world.wired.ports.store.update(run.id, earlier)
    world.engine.ends(interrupted=True, message="evicted")
    world.wait(20)
    first, second = (entry.money for entry in world.audit if entry.what == "launch")
    assert second < first / 1.9, "half an hour is left, and what a machine takes beside it"
    agent = world.engine.agent()
    agent.claim()
    assert 0.4 * HOUR < agent.spec["timeout"] <= 0.5 * HOUR
    world.wired.ports.store.update(run.id, earlier)
    world.engine.ends(interrupted=True, message="evicted")
    world.wait(20)
    assert "Its limit of 2 h is used up by 2 machines that went away: a longer `--timeout` allows more." in pull.report
    assert len(world.engine.orders) == 2
