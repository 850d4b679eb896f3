"""Webhook deliveries between the door and the worker: kept until they are done, done only once."""

from collections.abc import Collection
from time import time
from typing import cast

from redis import Redis

_KEEP = 3 * 24 * 3600  # seconds GitHub itself keeps them
_DONE = 7 * 24 * 3600


class Deliveries:
    """By the delivery's guid. The done-mark is apart from any RQ job: a job that is gone says nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def keep(self, guid: str, event: str, body: bytes) -> bool:
        """Store it for a worker. False when it was done before."""
        if self._redis.exists(f"delivered:{guid}"):
            return False
        with self._redis.pipeline() as pipe:
            pipe.hset(f"delivery:{guid}", mapping={"event": event, "body": body})
            pipe.expire(f"delivery:{guid}", _KEEP)
            pipe.zadd("deliveries", {guid: time()}, nx=True)
            pipe.execute()
        return True

    def known(self, guids: Collection[str]) -> set[str]:
        """Those of them that came in: they are done, or wait for a worker."""
        if not guids:
            return set()
        with self._redis.pipeline(transaction=False) as pipe:
            for guid in guids:
                pipe.exists(f"delivered:{guid}", f"delivery:{guid}")
            return {guid for guid, found in zip(guids, pipe.execute(), strict=True) if found}

    def load(self, guid: str) -> tuple[str, bytes] | None:
        """Event name and body; None when it was done, or is too old."""
        event, body = cast("list[bytes | None]", self._redis.hmget(f"delivery:{guid}", ["event", "body"]))
        return (event.decode(), body) if event is not None and body is not None else None

    def finish(self, guid: str) -> None:
        """It is done: forget the body, remember that."""
        with self._redis.pipeline() as pipe:
            pipe.set(f"delivered:{guid}", 1, ex=_DONE)
            pipe.delete(f"delivery:{guid}")
            pipe.zrem("deliveries", guid)
            pipe.execute()

    def forgotten(self, before: float) -> list[str]:
        """Guids of what was seen before a time and is not done. Each is told once in as long as it took to be told."""
        found = cast("list[bytes]", self._redis.zrange("deliveries", "-inf", before, byscore=True))
        for guid in found:
            self._redis.zadd("deliveries", {guid: time()}, xx=True)
        return [guid.decode() for guid in found]
