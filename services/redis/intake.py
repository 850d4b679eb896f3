"""The way of a delivery from the web process to a worker: one call to Redis keeps it and queues a job for it."""

import zlib
from functools import cached_property
from time import time
from typing import Any, cast

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import get_call_string, now, utcformat

from services.redis.deliveries import KEEP, WAITING, Deliveries, delivered_key, delivery_key
from services.redis.lanes import EVENTS
from services.redis.queue import RestartableJob, RunQueue

_DONE, _NEW, _SEEN = range(3)
# Redis runs a script as a whole. So no delivery is kept without its job, whoever is killed meanwhile.
_TAKE = f"""
local delivered, delivery, waiting, job, queue, queues = unpack(KEYS)
local guid, now, event, body, id = unpack(ARGV, 1, 5)
if redis.call('EXISTS', delivered) == 1 then
    return {_DONE}
end
local seen = redis.call('EXISTS', delivery, job)
redis.call('HSET', delivery, 'event', event, 'body', body)
redis.call('EXPIRE', delivery, {KEEP})
redis.call('ZADD', waiting, 'NX', now, guid)
if seen > 0 then
    return {_SEEN}
end
redis.call('HSET', job, unpack(ARGV, 6))
redis.call('SADD', queues, queue)
redis.call('RPUSH', queue, id)
return {_NEW}
"""


class Intake:
    """Takes deliveries in for the web process."""

    def __init__(self, redis: Redis, deliveries: Deliveries, queue: RunQueue) -> None:
        self._deliveries, self._queue = deliveries, queue
        self._script = redis.register_script(_TAKE)

    def take(self, guid: str, event: str, body: bytes) -> None:
        """Store a delivery and have a worker handle it, both or neither; one that was handled before is left alone.

        A job that RQ would have made is stored by the script. Where there may be one already, in whichever lane, the
        queue itself looks whether it is still to come.
        """
        job_id = f"{EVENTS}-{guid}"
        job, lane = RestartableJob.key_for(job_id), f"{Queue.redis_queue_namespace_prefix}{EVENTS}"
        keys = [delivered_key(guid), delivery_key(guid), WAITING, job, lane, Queue.redis_queues_keys]
        found = self._script(keys, [guid, time(), event, body, job_id, *self.fields(guid)])
        if cast("int", found) == _SEEN:
            self._queue.deliver(guid)

    def pass_over(self, guid: str) -> None:
        """Record that a delivery came in and asks nothing of us."""
        self._deliveries.finish(guid)

    def fields(self, guid: str) -> list[Any]:
        """Return what RQ stores of the job for a delivery, names and values in turn.

        RQ makes one such job in each process. Of the others only what differs is made: to make them whole would take
        longer than all else that is done for a delivery.
        """
        when = utcformat(now())
        differing = {
            "created_at": when,
            "enqueued_at": when,
            "data": zlib.compress(JSONSerializer.dumps([self._example.func_name, None, [guid], {}])),
            "description": get_call_string(self._example.func_name, (guid,), {}, max_length=75),
        }
        return [part for pair in {**self._same, **differing}.items() for part in pair]

    @cached_property
    def _example(self) -> Job:
        return self._queue.delivery_job("example")

    @cached_property
    def _same(self) -> dict[str, Any]:
        return dict(self._example.to_dict())
