"""What GitHub is asked to write, and what happens when it has had enough for now."""

import re
from collections import Counter
from time import time

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

import clock
from services.redis.lanes import EVENTS
from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World

LIMIT = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
REFUSALS = 7  # more than a job has tries


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", r"/reactions$"),
        ("POST", r"/check-runs$"),
        ("PATCH", r"/check-runs/\d+$"),
        ("POST", r"/issues/\d+/comments$"),
        ("PATCH", r"/issues/comments/\d+$"),
        ("POST", r"/statuses/\w+$"),
        ("POST", r"/access_tokens$"),
    ],
)
def test_a_limit_only_puts_off(world: World, pull: PullRequest, method: str, path: str, status: int) -> None:
    world.fault(method, path, status, times=REFUSALS, headers={"retry-after": "60"}, body=LIMIT)
    comment = pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert pull.experiments == {"careful": pull.head}
    for sha in (pull.head_before, pull.head):
        (check,) = pull.checks(sha)
        assert (check.status, check.conclusion) == ("completed", "success")
        status_now = pull.status(sha)
        assert status_now is not None and status_now.state == "success"
    assert "0.95" in pull.overview
    assert world.sandbox.state.faults[-1].times == 0, "GitHub refused nothing"


def test_what_is_written_after_a_limit_is_the_newest(world: World, pull: PullRequest) -> None:
    shown: list[str | None] = []

    def watched(machine: Machine) -> None:
        machine.say("training", "epoch 3\n")
        world.work()
        shown.append(pull.check_run.output.get("text"))

    pull.comment("/run -S train.lr=0.01")
    world.fault("PATCH", r"/check-runs/\d+$", 403, times=1, headers={"retry-after": "60"}, body=LIMIT)
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, extra=watched))
    assert "epoch 3" in str(shown[0])
    assert "better" in pull.report
    assert pull.check_run.conclusion == "success"


def test_while_github_has_had_enough_it_is_not_asked_again_and_again(world: World, pull: PullRequest) -> None:
    world.fault("POST", r"/reactions$", 403, times=1, headers={"retry-after": "600"}, body=LIMIT)
    comment = world.sandbox.comment("grace/digits", pull.number, "/params", World.maintainer)
    queue = Queue(EVENTS, connection=world.wired.redis, serializer=JSONSerializer)
    for minutes in range(0, 10, 2):
        clock.tick(world.wired, time() + minutes * 60)
        world.work_now()
        (waiting,) = queue.scheduled_job_registry.get_job_ids()
        job = queue.fetch_job(waiting)
        assert job is not None and list(job.args) == [world.delivered("issue_comment").guid]
    assert pull.reactions(comment) == []
    world.work()
    assert "train.lr" in pull.reply
    assert pull.reactions(comment) == ["eyes", "rocket"]


WRITTEN = {
    "POST issues/comments/N/reactions": 2,  # seen, answered
    "POST check-runs": 2,  # on the head it started from, while it is queued; on the landed commit, when it is told
    "PATCH check-runs/N": 1,  # completed; one more every quarter of a minute, and whenever the state changes
    "POST issues/N/comments": 2,  # the report; the overview, because here it is the first
    "PATCH issues/comments/N": 1,  # the overview with the result
    "POST statuses/SHA": 3,  # pending and success on the head it started from, success on the landed commit
}


def test_a_run_writes_little(world: World, pull: PullRequest) -> None:
    world.writes.clear()
    pull.comment("/run -S train.lr=0.01")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    assert Counter(_kinds(world.writes)) == WRITTEN


def test_a_log_that_flows_is_shown_now_and_then(world: World, pull: PullRequest) -> None:
    def talks(machine: Machine) -> None:
        for number in range(20):
            machine.say("training", f"step {number}\n")
            world.work()

    pull.comment("/run -S train.lr=0.01")
    world.writes.clear()
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, extra=talks))
    assert "better" in pull.report
    assert _kinds(world.writes).count("PATCH check-runs/N") <= 4  # preparing, training, uploading, completed


def _kinds(writes: list[str]) -> list[str]:
    """Return the requests without what differs each time."""
    kinds = [write.replace("/api/v3/repos/grace/digits/", "") for write in writes]
    return [re.sub(r"/[0-9a-f]{40}", "/SHA", re.sub(r"/\d+(?=/|$)", "/N", kind)) for kind in kinds]
