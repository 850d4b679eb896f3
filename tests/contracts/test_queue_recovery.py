"""A job whose worker was killed comes back into the queue, and no other does."""

from redis import Redis
from rq.intermediate_queue import IntermediateQueue

from services.redis.heartbeat import LIFE
from services.redis.lanes import EVENTS
from services.redis.queue import RunQueue

QUEUE = f"rq:queue:{EVENTS}"


def taken(redis: "Redis") -> list[bytes | str]:
    """Return the ids of jobs that a worker took and has not begun."""
    return redis.lrange(IntermediateQueue.get_intermediate_queue_key(QUEUE), 0, -1)


def taken_and_killed(redis: "Redis", queue: RunQueue) -> bytes:
    """Return a job that a worker took at the moment when it was killed."""
    queue.deliver("a-delivery")
    job = redis.lmove(QUEUE, IntermediateQueue.get_intermediate_queue_key(QUEUE))
    assert isinstance(job, bytes)
    return job


def test_a_job_that_was_taken_and_never_begun_is_put_back(redis: "Redis") -> None:
    queue = RunQueue(redis)
    job = taken_and_killed(redis, queue)
    queue.keep_up(1000.0)
    queue.keep_up(1000.0 + LIFE)
    assert taken(redis) == [job] and redis.llen(QUEUE) == 0
    queue.keep_up(1001.0 + LIFE)
    assert taken(redis) == [] and redis.lrange(QUEUE, 0, -1) == [job]


def test_a_job_that_another_worker_finished_is_forgotten(redis: "Redis") -> None:
    queue = RunQueue(redis)
    job = taken_and_killed(redis, queue)
    redis.delete(f"rq:job:{job.decode()}")
    queue.keep_up(1000.0)
    queue.keep_up(1001.0 + LIFE)
    assert taken(redis) == [] and redis.llen(QUEUE) == 0
