"""A run on a machine that is launched for it: from the comment to the report."""

from time import time

import pytest

from experiments.placement import EngineKind, Placement
from handlers.jobs.fetch_results import _place
from handlers.jobs.reconcile_machines import watch
from tests.world.project import files
from tests.world.renting import BETTER, CLUSTER, HOUR, RUNNERS, launched
from tests.world.runner import Machine as Agent
from tests.world.runner import training
from tests.world.world import PullRequest, World


@pytest.fixture
def pull(world: World) -> PullRequest:
    world.declare(RUNNERS)
    return world.pull_request()


def asked_now(world: World, body: str) -> None:
    """Write a comment and do what is due now; what was put off stays queued."""
    world.sandbox.comment("grace/digits", 1, body, world.maintainer)
    world.work_now()


def test_from_comment_to_report_on_a_machine_of_its_own(world: World, pull: PullRequest) -> None:
    launched(pull, "--spot --timeout 1h")
    (order,) = world.engine.orders
    assert (order.place.machine, order.place.region, order.place.spot) == ("g4dn.xlarge", "us-west-1", True)
    assert order.seconds == 2 * HOUR
    world.engine.boots(training(BETTER))
    report = pull.report
    assert (
        "better" in report
        and "trained on `ec2, g4dn.xlarge in us-west-1, spot` in" in report
        and "Its machine was there for" in report
    )
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
    assert world.engine.exchange(said).status_code == 204, "its answer may have been lost"
    assert world.engine.exchange(said, "of whoever read the script").status_code == 409
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
    report = pull.report
    assert "would not launch a machine: The bot may not RunInstances" in report
    assert "**Next:** `/runners` shows where else it may train, `/retry " in report
    assert world.spent == 0


def test_no_more_machines_are_launched_than_at_once_allows(world: World, pull: PullRequest) -> None:
    launched(pull, "--temp -n one")
    asked_now(world, "/run -S train.lr=0.02 --runner ec2 --temp -n two")
    assert [order.run for order in world.engine.orders] == [run.id for run in pull.runs if run.experiment.name == "one"]
    assert "Waiting for `ec2`" in [run.attempt.waits for run in pull.runs]
    training(BETTER)(world.engine.agent())
    world.engine.ends()
    world.wait(60)
    world.engine.boots(training(BETTER))
    assert ["better" in report for report in pull.new()] == [True, True]


def test_an_agent_may_be_faster_than_the_answer_of_its_engine(world: World, pull: PullRequest) -> None:
    agents: list[Agent] = []
    world.engine.meanwhile = lambda: agents.append(world.engine.agent())
    launched(pull)
    (run,) = pull.runs
    assert run.rented and run.rented.booted and run.rented.id == "i-1"
    assert run.attempt.token_hash and not run.attempt.waits
    training(BETTER)(agents[0])
    world.engine.ends()
    world.work()
    assert "better" in pull.report


def test_waiting_in_the_queue_of_a_cluster_costs_nothing(world: World) -> None:
    world.declare(CLUSTER)
    pull = world.pull_request()
    world.engine.queued = "Slurm has it in its queue (Resources)"
    launched(pull, "--timeout 1h")
    assert pull.check_run.output["title"] == "Slurm has it in its queue (Resources)"
    assert pull.check_run.status == "queued"
    watch(world.wired.ports, time() + 5 * HOUR)
    world.engine.starts()
    watch(world.wired.ports, time() + 6 * HOUR)
    training(BETTER)(world.engine.agent())
    world.engine.ends()
    watch(world.wired.ports, time() + 7 * HOUR)
    world.work()
    assert "Its machine was there for 1 h" in (report := pull.report) and "about 2.00 USD" in report
    (_, end) = world.audit
    assert (round(end.hours, 2), round(end.money, 2)) == (1.0, 2.0)


def test_out_of_bounds_is_refused_with_the_bound(pull: PullRequest) -> None:
    launched(pull, "--machine p4d.24xlarge --disk 100")
    assert "`p4d.24xlarge` is none of the machines of `ec2`: did you mean `g4dn.xlarge`?" in pull.reply
    assert not pull.runs


@pytest.mark.parametrize(("more", "given"), [("", "bubblewrap"), (", isolation: none", "none")])
def test_on_a_machine_that_others_use_too_it_trains_shut_in_or_as_the_operator_says(
    world: World, more: str, given: str
) -> None:
    world.declare(CLUSTER.replace("slurm,", f"slurm{more},"))
    pull = world.pull_request()
    launched(pull)
    assert f"--isolation {given} " in world.engine.orders[0].script
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_who_asked_first_has_the_next_machine(world: World, pull: PullRequest) -> None:
    launched(pull, "--temp -n one")
    for number in (2, 3):
        asked_now(world, f"/run -S train.lr=0.0{number} --runner ec2 --temp -n run{number}")
    training(BETTER)(world.engine.agent())
    world.engine.ends()
    third = next(run for run in pull.runs if run.experiment.name == "run3")
    world.wired.queue.hurry(third)  # its next try comes first
    watch(world.wired.ports, time())
    world.work_now()
    names = {run.id: run.experiment.name for run in pull.runs}
    assert [names[order.run] for order in world.engine.orders] == ["one", "run2"]
    world.engine.boots(training(BETTER))
    world.wait(60)
    world.engine.boots(training(BETTER))
    assert len(pull.new()) == 3


REMOTES = """
remotes:
  models:
    url: s3://models/digits
    repositories: [grace/*]
    read: {AWS_ACCESS_KEY_ID: READER}
    push: {AWS_ACCESS_KEY_ID: WRITER}
"""


def test_secrets_reach_training_and_nothing_else(world: World) -> None:
    secrets = {"WANDB_API_KEY": "wandb-canary-1", "READER": "remote-canary-2", "WRITER": "remote-canary-3"}
    world.declare(RUNNERS + "    secrets: [WANDB_API_KEY]\n" + REMOTES, secrets)
    remote = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://models/digits/a\n    region = evil\n"
    pull = world.pull_request(project=files(0.9) | {".dvc/config": remote})
    launched(pull)
    seen: list[Agent] = []
    world.engine.boots(training(BETTER, extra=seen.append))
    assert "better" in pull.report
    assert seen[0].spec["environment"] == {"WANDB_API_KEY": "wandb-canary-1"}
    told = seen[0].spec["remote"]
    assert told["url"] == "s3://models/digits/a" and told["options"] == {}, "the address alone is the commit's"
    assert told["read"] == {"AWS_ACCESS_KEY_ID": "remote-canary-2"}
    assert told["push"] == {"AWS_ACCESS_KEY_ID": "remote-canary-3"}
    pull.comment("/status")
    comments = [comment.body for comment in world.sandbox.state.comments.values()]
    said = [world.engine.orders[0].script, pull.reply, *comments, *world.stored()]
    assert not [text for text in said for value in secrets.values() if value in text]


def test_on_a_machine_of_its_own_training_is_shut_in_as_well(world: World, pull: PullRequest) -> None:
    launched(pull)
    assert "--isolation bubblewrap " in world.engine.orders[0].script, "the agent there has what training may not have"
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_the_queue_does_not_speak_of_processes_where_machines_are_launched(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --runner ec2 --queue")
    pull.comment("/queue")
    assert "on machines that are launched for them" in pull.new()[-1]


def test_numbers_of_a_remote_are_fetched_by_a_machine_that_is_there_or_not_at_all(world: World) -> None:
    only = RUNNERS.replace("  here: {type: local}\n", "")
    world.declare(only)
    assert _place(world.wired.ports, "grace/digits") is None
    world.declare(only + "  box: {type: rq, people: [grace]}\n")
    assert _place(world.wired.ports, "grace/digits") is None, "nobody asked, so that nobody may use it"
    world.declare(only + "  box: {type: rq}\n")
    assert _place(world.wired.ports, "grace/digits") == Placement("box", EngineKind.RQ)


def test_a_node_is_told_of_the_repositorys_own_remotes_only(world: World) -> None:
    remotes = "remotes: {lab/words: /shared/words, Grace/Digits: /shared/digits}, "
    world.declare(CLUSTER.replace("slurm,", f"slurm, {remotes}"))
    pull = world.pull_request()
    launched(pull)
    assert " --remote /shared/digits <<" in world.engine.orders[0].script
    assert "/shared/words" not in world.engine.orders[0].script
    world.engine.boots(training(BETTER))
    assert "better" in pull.report
