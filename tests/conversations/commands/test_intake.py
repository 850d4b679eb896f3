"""The webhook's door: what is let in, what is kept, and that nothing is done twice."""

import hashlib
import hmac
import json
from collections.abc import Mapping

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app import create_app
from services.redis.queue import RUNS, RunQueue
from tests.world.runner import Machine
from tests.world.world import SECRET, PullRequest, World


def knock(world: World, body: bytes, headers: Mapping[str, str | None] | None = None, secret: str = SECRET) -> int:
    """Deliver a body by hand; a header that is None is left out."""
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    given = {"X-Hub-Signature-256": signature, "X-GitHub-Event": "issue_comment", "X-GitHub-Delivery": "d-1"} | dict(
        headers or {}
    )
    return world.web.post(
        "/webhook", data=body, headers={name: value for name, value in given.items() if value is not None}
    ).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature-256": None},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {
            "X-Hub-Signature-256": None,
            "X-Hub-Signature": "sha1=" + hmac.new(SECRET.encode(), b"{}", hashlib.sha1).hexdigest(),
        },
        {"X-Hub-Signature-256": "sha1=" + hmac.new(SECRET.encode(), b"{}", hashlib.sha1).hexdigest()},
        {"X-Hub-Signature-256": "sha256=é"},
    ],
)
def test_an_unsigned_body_is_refused(world: World, headers: Mapping[str, str | None]) -> None:
    assert knock(world, b"{}", headers) == 401


def test_a_signature_by_an_empty_or_foreign_secret_is_refused(world: World) -> None:
    assert knock(world, b"{}", secret="") == 401
    assert knock(world, b"{}", secret="other") == 401


def test_two_secrets_are_accepted_while_one_is_rotated(world: World) -> None:
    from dataclasses import replace

    settings = replace(world.wired.settings, github_webhook_secret="new", github_webhook_secret_old=SECRET)
    world.web = create_app(replace(world.wired, settings=settings)).test_client()
    assert knock(world, b"{}", {"X-GitHub-Event": "ping"}, secret="new") == 202
    assert knock(world, b"{}", {"X-GitHub-Event": "ping"}, secret=SECRET) == 202
    assert knock(world, b"{}", {"X-GitHub-Event": "ping"}, secret="") == 401


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{}", {"X-GitHub-Event": None}),
        (b"{}", {"X-GitHub-Delivery": None}),
        (b"{}", {"X-GitHub-Delivery": "d 1"}),
        (b"{}", {"X-GitHub-Delivery": "d" * 101}),
        (b"not json", {}),
        (b"[]", {}),
        (b'"text"', {}),
        (b"\xff\xfe", {}),
        (b'{"a":' * 200 + b"1" + b"}" * 200, {}),
        (b"[" * 100_000, {}),
        (b'{"action": "created"}', {}),
        (b'{"action": "created", "comment": 7, "issue": []}', {}),
    ],
)
def test_what_can_not_be_read_is_a_bad_request(world: World, body: bytes, headers: Mapping[str, str | None]) -> None:
    assert knock(world, body, headers) == 400


def test_more_than_25_mb_are_too_much(world: World) -> None:
    assert knock(world, b" " * (25 * 1024 * 1024 + 1)) == 413


def test_unknown_events_are_accepted_and_not_kept(world: World) -> None:
    assert knock(world, b'{"zen": "x"}', {"X-GitHub-Event": "star"}) == 202
    assert world.wired.redis.keys("delivery:*") == []


def test_redis_away_is_503_so_that_github_can_deliver_again(world: World, pull: PullRequest) -> None:
    from dataclasses import replace

    away = Redis(unix_socket_path="/nonexistent/redis.sock")
    here = world.web
    world.web = create_app(replace(world.wired, redis=away, queue=RunQueue(away))).test_client()
    comment = pull.comment("/params")
    delivery = world.delivered("issue_comment")
    assert delivery.status_code == 503
    assert pull.reactions(comment) == []
    world.web = here
    world.sandbox.redeliver(delivery.guid)
    world.work()
    assert "train.lr" in pull.reply


def test_a_redelivery_of_what_is_done_does_nothing(world: World, pull: PullRequest) -> None:
    pull.comment("/params")
    assert "train.lr" in pull.reply
    world.sandbox.redeliver(world.delivered("issue_comment").guid)
    world.work()
    assert pull.new() == []


def test_the_same_comment_under_another_guid_does_nothing(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp")
    delivery = world.delivered("issue_comment")
    headers = {**delivery.headers, "X-GitHub-Delivery": "another"}
    assert world.receive(headers, json.dumps(delivery.payload, separators=(",", ":")).encode()) == 202
    world.work()
    assert len(world.wired.ports.store.active()) == 1
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report


def test_what_was_seen_and_not_finished_is_done_by_the_clock(world: World, pull: PullRequest) -> None:
    world.sandbox.comment("grace/digits", pull.number, "/params", "ada")
    world.wired.redis.delete("rq:queue:events")  # the queue is lost, the delivery is not
    world.wait(1000)
    assert "train.lr" in pull.reply


def test_a_limit_of_github_is_waited_for_and_nothing_is_lost_or_doubled(world: World, pull: PullRequest) -> None:
    limit = {"message": "You have exceeded a secondary rate limit."}
    world.fault("POST", r".*/issues/\d+/comments", 403, headers={"retry-after": "1"}, body=limit, times=2)
    pull.comment("/params")
    assert "train.lr" in pull.reply


def test_what_is_not_found_for_a_moment_leaves_nobody_without_an_answer(world: World, pull: PullRequest) -> None:
    world.fault("GET", r".*/pulls/1$", 404, body={"message": "Not Found"})
    comment = pull.comment("/params")
    assert "train.lr" in pull.reply
    assert pull.reactions(comment) == ["eyes", "rocket"]


def test_the_sign_of_life_tells_nothing_else(world: World) -> None:
    answer = world.web.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_trouble_of_ours_is_admitted_with_a_reference_after_the_last_try(world: World, pull: PullRequest) -> None:
    world.fails_on_errors = False
    world.fault("GET", r".*/permission$", 200, body={"unexpected": "shape"}, times=20)
    comment = pull.comment("/params")
    world.checked.violations.clear()  # of that strange answer
    assert "reference" in pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]


def test_a_job_that_died_before_its_end_runs_again_and_changes_nothing(world: World, pull: PullRequest) -> None:
    comment = pull.comment("/run -S train.lr=0.01 -n careful")
    mark = f"done:asked:{world.repository.id}:{comment.id}"
    assert world.wired.redis.delete(mark) == 1  # as if it had died just before its end
    delivery = world.delivered("issue_comment")
    headers = {**delivery.headers, "X-GitHub-Delivery": "another"}
    world.receive(headers, json.dumps(delivery.payload, separators=(",", ":")).encode())
    world.work()
    assert pull.new() == []
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert [run.experiment.name for run in world.wired.ports.store.active()] == ["careful"]
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report


def test_an_agent_that_can_not_be_started_is_reported_and_frees_the_branch(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")

    def broken(machine: Machine) -> None:
        raise OSError("no space left")

    assert world.runner.trains_all(broken) == ["first"] * 3
    assert "vanished" in pull.report.lower()
    pull.comment("/run -S train.lr=0.02 -n second")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report


def test_a_lost_training_job_is_queued_again_by_the_clock(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")
    for job in Queue(RUNS, connection=world.wired.redis, serializer=JSONSerializer).get_jobs():
        job.delete()
    world.wait(1000)
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report


def test_a_conversation_that_takes_no_report_is_given_up_and_frees_the_branch(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    locked = {"message": "Unable to create comment because issue is locked."}
    world.fault("POST", r".*/issues/\d+/comments", 403, body=locked, times=1)
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.new() == []
    assert world.wired.ports.store.active() == []
    pull.comment("/run -S train.lr=0.02 -n second")
    world.runner.finishes(accuracy=0.99, loss=0.01)
    assert "better" in pull.report
