"""The way of a delivery from the web process to a worker: one call to Redis keeps it and queues a job for it."""

import zlib
from collections.abc import Sequence
from functools import cached_property
from time import time
from typing import Any

from redis import Redis
from redis.exceptions import NoScriptError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import get_call_string, now, utcformat

from services.redis.deliveries import DONE, KEEP, WAITING, delivered_key, delivery_key
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


# What `Deliveries.finish` does.
_PASS = f"""
redis.call('SET', KEYS[1], 1, 'EX', {DONE})
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return {_DONE}
"""


class Intake:
    """Takes deliveries in for the web process."""

    def __init__(self, redis: Redis, queue: RunQueue) -> None:
        self._redis, self._queue = redis, queue
        self._take, self._pass = redis.register_script(_TAKE), redis.register_script(_PASS)

    def take(self, asking: Sequence[tuple[str, str, bytes]], unasked: Sequence[str] = ()) -> None:
        """Store deliveries (guid, event, body) and have a worker handle them; those handled before are left alone.

        `unasked`: guids of deliveries that ask nothing of us; it is recorded that they came in. Raise RedisError where
        not all of this was done. Each delivery was then stored and queued, or neither.

        A job that RQ would have stored is stored by the script. Where there may be one already, in whichever lane, the
        queue itself looks whether it is still to come.
        """
        now = time()
        calls = [self._taking(*each, now) for each in asking] + [self._passing(guid) for guid in unasked]
        found = self._run(calls)
        if any(isinstance(each, NoScriptError) for each in found):  # Redis was started anew
            for script in (self._take, self._pass):
                self._redis.script_load(script.script)
            found = self._run(calls)
        for trouble in found:
            if isinstance(trouble, Exception):
                raise trouble
        for (guid, _, _), state in zip(asking, found, strict=False):
            if state == _SEEN:
                self._queue.deliver(guid)

    def _run(self, calls: Sequence[Sequence[Any]]) -> list[Any]:
        """Send all calls at once and return what each returned or raised."""
        with self._redis.pipeline(transaction=False) as pipe:
            for call in calls:
                pipe.evalsha(*call)
            return pipe.execute(raise_on_error=False)

    def _taking(self, guid: str, event: str, body: bytes, now: float) -> list[Any]:
        job_id = f"{EVENTS}-{guid}"
        job, lane = RestartableJob.key_for(job_id), f"{Queue.redis_queue_namespace_prefix}{EVENTS}"
        keys = [delivered_key(guid), delivery_key(guid), WAITING, job, lane, Queue.redis_queues_keys]
        return [self._take.sha, len(keys), *keys, guid, now, event, body, job_id, *self.fields(guid)]

    def _passing(self, guid: str) -> list[Any]:
        return [self._pass.sha, 3, delivered_key(guid), delivery_key(guid), WAITING, guid]

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
