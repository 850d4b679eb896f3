"""A run on a machine that is launched for it: from the comment to the report, and everything that can happen to it."""

from time import time

import pytest

from experiments.fleet.ledger import still_open
from experiments.fleet.reaping import needless
from experiments.place import Kind, Place
from handlers.fetching import _place
from handlers.watching import watch
from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World

RUNNERS = """
runners:
  here: {type: local}
  ec2:
    type: aws
    regions: [us-west-1]
    machines: [g4dn.xlarge]
    images: {us-west-1: ami-1}
    spot: allowed
    at_once: 1
    prices: {g4dn.xlarge: 0.5, g4dn.xlarge spot: 0.25}
"""
HOUR = 3600
BETTER = {"accuracy": 0.95}


@pytest.fixture
def pull(world: World) -> PullRequest:
    world.declare(RUNNERS)
    return world.pull_request()


def launched(pull: PullRequest, more: str = "") -> None:
    pull.comment(f"/run -S train.lr=0.01 --runner ec2 {more}")


def asked_now(world: World, body: str) -> None:
    """What is put off stays so."""
    world.sandbox.comment("grace/digits", 1, body, world.maintainer)
    world.work_now()


def test_from_comment_to_report_on_a_machine_of_its_own(world: World, pull: PullRequest) -> None:
    launched(pull, "--spot --timeout 1h")
    (order,) = world.engine.orders
    assert (order.place.machine, order.place.region, order.place.spot) == ("g4dn.xlarge", "us-west-1", True)
    assert order.seconds == 2 * HOUR
    world.engine.boots(training(BETTER))
    report = pull.report
    assert "better" in report and "On `ec2, g4dn.xlarge in us-west-1, spot` for" in report
    world.wait(60)
    (entry, end) = world.audit
    assert (entry.what, entry.repository, entry.person, round(entry.money, 2)) == ("launch", "grace/digits", "ada", 1.0)
    assert (end.what, end.machine) == ("end", order.name)


def test_a_machine_is_launched_once_however_often_it_is_asked_for(world: World, pull: PullRequest) -> None:
    launched(pull)
    run = world.wired.ports.store.active()[0]
    world.wired.queue.train(run)
    world.wait(600)
    assert len(world.engine.machines) == 1
    assert [entry.what for entry in world.audit] == ["launch"]
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_a_token_is_good_once_and_for_its_own_run(world: World, pull: PullRequest) -> None:
    launched(pull)
    said = world.engine.bootstrap()
    assert world.engine.exchange(said | {"boot": "guessed"}).status_code == 401
    assert world.engine.exchange(said | {"attempt": 2}).status_code == 409
    agent = world.engine.agent()
    assert world.engine.exchange(said).status_code == 409
    training(BETTER)(agent)
    world.engine.ends()
    world.work()
    assert world.engine.exchange(said).status_code == 410
    assert "better" in pull.report


def test_where_there_is_no_machine_it_waits_and_says_so(world: World, pull: PullRequest) -> None:
    world.engine.no_room = "No g4dn.xlarge is to be had in us-west-1 now."
    asked_now(world, "/run -S train.lr=0.01 --runner ec2")
    assert pull.check_run.output["title"] == "No g4dn.xlarge is to be had in us-west-1 now."
    world.engine.no_room = ""
    world.work()
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_what_the_engine_refuses_is_said_and_costs_nothing(world: World, pull: PullRequest) -> None:
    world.engine.refuses = "The bot may not RunInstances in us-west-1."
    launched(pull)
    assert "would not launch a machine: The bot may not RunInstances" in pull.report
    assert world.spent == 0


def test_only_so_many_at_once(world: World, pull: PullRequest) -> None:
    launched(pull, "--temp -n one")
    asked_now(world, "/run -S train.lr=0.02 --runner ec2 --temp -n two")
    assert [order.run for order in world.engine.orders] == [run.id for run in pull.runs if run.experiment.name == "one"]
    assert "Waiting for `ec2`" in [run.waits for run in pull.runs]
    training(BETTER)(world.engine.agent())
    world.engine.ends()
    world.wait(60)
    world.engine.boots(training(BETTER))
    assert ["better" in report for report in pull.new()] == [True, True]


def test_a_machine_that_is_taken_away_is_replaced_and_said(world: World, pull: PullRequest) -> None:
    launched(pull, "--spot")
    old = world.engine.agent()
    old.claim()
    old.say("training", "epoch 1\n")
    world.engine.ends(interrupted=True, said="the spot machine was reclaimed")
    world.wait(20)
    assert old.status("beat", {"state": "training", "offset": 0, "log": ""}) in (401, 410)
    assert len(world.engine.machines) == 2
    world.engine.boots(training(BETTER))
    assert "Interrupted once: Its machine on `ec2` is gone: the spot machine was reclaimed." in pull.report
    world.wait(60)
    assert [entry.what for entry in world.audit] == ["launch", "end", "launch", "end"]


def test_too_many_interruptions_end_it(world: World, pull: PullRequest) -> None:
    launched(pull)
    for _ in range(3):
        agent = world.engine.agent()
        agent.claim()
        world.engine.ends(interrupted=True, said="evicted")
        world.wait(20)
    report = pull.report
    assert "Interrupted: the machine of" in report and "/retry" in report
    assert not world.engine.list_owned()


def test_a_machine_whose_agent_never_came_is_replaced(world: World, pull: PullRequest) -> None:
    launched(pull)
    world.engine.ends(said="its image has no Python")
    world.wait(20)
    assert len(world.engine.machines) == 2
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


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


def test_out_of_bounds_is_refused_with_the_bound(pull: PullRequest) -> None:
    launched(pull, "--machine p4d.24xlarge --disk 100")
    assert "`p4d.24xlarge` is none of the machines of `ec2`: did you mean `g4dn.xlarge`?" in pull.reply
    assert not pull.runs


def test_secrets_reach_training_and_nothing_else(world: World) -> None:
    secrets = {"WANDB_API_KEY": "wandb-canary-1", "REMOTE_KEY": "remote-canary-2"}
    more = "    secrets: [WANDB_API_KEY]\n    remote: [REMOTE_KEY]\n"
    world.declare(RUNNERS + more, secrets)
    pull = world.pull_request()
    launched(pull)
    seen: list[Machine] = []
    world.engine.boots(training(BETTER, extra=seen.append))
    assert "better" in pull.report
    assert seen[0].spec["environment"] == {"WANDB_API_KEY": "wandb-canary-1"}
    assert seen[0].spec["remote"] == {"REMOTE_KEY": "remote-canary-2"}
    pull.comment("/status")
    comments = [comment.body for comment in world.sandbox.state.comments.values()]
    said = [world.engine.orders[0].script, pull.reply, *comments, *world.stored()]
    assert not [text for text in said for value in secrets.values() if value in text]


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


def test_the_queue_does_not_speak_of_processes_where_machines_are_launched(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --runner ec2 --queue")
    pull.comment("/queue")
    assert "on machines that are launched for them" in pull.new()[-1]


def test_numbers_of_a_remote_are_fetched_by_a_machine_that_is_there_or_not_at_all(world: World) -> None:
    only = RUNNERS.replace("  here: {type: local}\n", "")
    world.declare(only)
    assert _place(world.wired.ports, "grace/digits") is None
    world.declare(only + "  box: {type: rq, people: [grace]}\n")
    assert _place(world.wired.ports, "grace/digits") == Place("box", Kind.RQ)


def test_attempts_together_cost_no_more_than_a_run_may(world: World) -> None:
    world.declare(RUNNERS + "    cost: 1.6\n")
    pull = world.pull_request()
    launched(pull, "--timeout 1h")
    world.engine.agent().claim()
    world.later = 0.9 * HOUR
    world.engine.ends(interrupted=True, said="evicted")
    watch(world.wired.ports, time() + 1.5 * HOUR)
    world.work()
    assert "another may cost 1.00, and a run may cost 1.60" in pull.report
    assert len(world.engine.machines) == 1
