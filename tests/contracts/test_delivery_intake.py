"""What one call to Redis takes in is what RQ itself would have queued, and nothing is queued twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.job import JobStatus

from services.redis.deliveries import Deliveries
from services.redis.intake import Intake
from services.redis.lanes import EVENTS, GUESTS, QUEUES
from services.redis.queue import RestartableJob, RunQueue

GUID, BODY = "72d3162e-cc78-11e3-81ab-4c9367dc0958", b'{"action": "created"}'
JOB = f"rq:job:{EVENTS}-{GUID}"
OFTEN = ("created_at", "enqueued_at")  # differ from one moment to the next


@dataclass(frozen=True)
class Parts:
    redis: "Redis"
    deliveries: Deliveries
    queue: RunQueue
    intake: Intake

    def take(self, body: bytes = BODY) -> None:
        self.intake.take([(GUID, "issue_comment", body)])

    def job(self) -> dict[bytes, bytes]:
        """Return the stored job without its times, which are checked."""
        fields = dict(cast("dict[bytes, bytes]", self.redis.hgetall(JOB)))
        for name in OFTEN:
            assert datetime.fromisoformat(fields.pop(name.encode()).decode().replace("Z", "+00:00"))
        return fields

    def queued(self) -> list[str]:
        """Return the ids of all jobs that wait in lanes."""
        found = [self.redis.lrange(f"rq:queue:{name}", 0, -1) for name in QUEUES]
        return [job.decode() for jobs in found for job in cast("list[bytes]", jobs)]


@pytest.fixture
def parts(redis_url: str) -> Iterator[Parts]:
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
        deliveries, queue = Deliveries(redis), RunQueue(redis)
        yield Parts(redis, deliveries, queue, Intake(redis, queue))


def test_the_job_is_the_one_that_rq_would_have_stored(parts: Parts) -> None:
    parts.queue.deliver(GUID)
    theirs, queues, life = parts.job(), parts.redis.smembers("rq:queues"), parts.redis.ttl(JOB)
    parts.redis.flushdb()
    parts.take()
    assert (parts.job(), parts.redis.smembers("rq:queues"), parts.redis.ttl(JOB)) == (theirs, queues, life)
    assert parts.queued() == [f"{EVENTS}-{GUID}"]
    assert parts.deliveries.load(GUID) == ("issue_comment", BODY)
    assert parts.deliveries.known([GUID]) == {GUID}
    assert parts.deliveries.forgotten(1e12) == [GUID]


@pytest.mark.parametrize("guid", [GUID, "d_1", "x" * 100])
def test_its_fields_are_those_of_a_job_that_rq_made_whole(parts: Parts, guid: str) -> None:
    parts.intake.fields("another one before it")
    fields = parts.intake.fields(guid)
    mine, theirs = dict(zip(fields[::2], fields[1::2], strict=True)), parts.queue.delivery_job(guid).to_dict()
    for name in OFTEN:
        mine.pop(name), theirs.pop(name, None)
    assert mine == theirs


def test_one_that_waits_is_not_queued_again(parts: Parts) -> None:
    for _ in range(3):
        parts.take()
    assert parts.queued() == [f"{EVENTS}-{GUID}"]


def test_one_that_waits_in_another_lane_is_not_queued_again(parts: Parts) -> None:
    parts.take()
    parts.redis.delete(JOB, f"rq:queue:{EVENTS}")  # as after its job has moved it
    parts.queue.deliver_aside(GUID, GUESTS)
    parts.take()
    assert parts.queued() == [f"{GUESTS}-{GUID}"]


def test_one_that_is_being_handled_is_not_queued_again(parts: Parts) -> None:
    parts.take()
    parts.redis.lpop(f"rq:queue:{EVENTS}")
    RestartableJob.fetch(f"{EVENTS}-{GUID}", parts.redis).set_status(JobStatus.STARTED)
    parts.take()
    assert parts.queued() == []


def test_one_that_was_put_off_is_not_queued_again(parts: Parts) -> None:
    parts.take()
    parts.redis.delete(JOB, f"rq:queue:{EVENTS}")
    parts.queue.put_off("jobs.deliver", GUID, 60)
    parts.take()
    assert parts.queued() == []


@pytest.mark.parametrize("lost", ["the queue", "the job", "both"])
def test_one_whose_job_was_lost_is_queued_again(parts: Parts, lost: str) -> None:
    parts.take()
    parts.redis.delete(*{"the queue": [f"rq:queue:{EVENTS}"], "the job": [JOB], "both": [JOB]}[lost])
    if lost == "both":
        parts.redis.delete(f"rq:queue:{EVENTS}")
    parts.take()
    assert f"{EVENTS}-{GUID}" in parts.queued() and parts.redis.exists(JOB)


def test_one_that_was_handled_is_left_alone(parts: Parts) -> None:
    parts.take()
    parts.deliveries.finish(GUID)
    parts.redis.delete(JOB, f"rq:queue:{EVENTS}")
    parts.take()
    assert parts.queued() == [] and parts.deliveries.load(GUID) is None
    assert parts.deliveries.forgotten(1e12) == []


def test_what_asks_nothing_is_known_and_not_kept(parts: Parts) -> None:
    parts.intake.take([], [GUID])
    assert parts.deliveries.known([GUID]) == {GUID} and parts.deliveries.load(GUID) is None
    parts.take()
    assert parts.queued() == []


def test_a_redis_that_has_forgotten_the_script_is_told_it_again(parts: Parts) -> None:
    parts.take()
    parts.redis.script_flush()
    parts.redis.flushdb()
    parts.take()
    assert parts.queued() == [f"{EVENTS}-{GUID}"]


def test_many_are_taken_in_the_order_in_which_they_came(parts: Parts) -> None:
    parts.take()
    parts.deliveries.finish("done")
    many = [("first", "issue_comment", b"1"), (GUID, "issue_comment", BODY), ("done", "issue_comment", b"2")]
    parts.intake.take([*many, ("last", "pull_request", b"3")], ["nothing"])
    assert parts.queued() == [f"{EVENTS}-{guid}" for guid in (GUID, "first", "last")]
    assert parts.deliveries.load("last") == ("pull_request", b"3")
    assert parts.deliveries.known(["nothing", "done", "other"]) == {"nothing", "done"}


def test_redis_away_is_said(parts: Parts) -> None:
    away = Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
    for asking, unasked in (([(GUID, "issue_comment", BODY)], []), ([], [GUID])):
        with pytest.raises(RedisError):
            Intake(away, parts.queue).take(asking, unasked)
