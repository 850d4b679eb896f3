"""Webhook deliveries between web process and worker: stored until they are handled, and handled once only."""

from collections.abc import Collection
from time import time
from typing import cast

from redis import Redis

_KEEP = 3 * 24 * 3600  # seconds for which GitHub itself keeps them
_DONE = 7 * 24 * 3600


class Deliveries:
    """Deliveries by guid. Their done-marks do not depend on RQ jobs, since a missing job proves nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def keep(self, guid: str, event: str, body: bytes) -> bool:
        """Store a delivery for a worker. Return False where it was handled before."""
        if self._redis.exists(f"delivered:{guid}"):
            return False
        with self._redis.pipeline() as pipe:
            pipe.hset(f"delivery:{guid}", mapping={"event": event, "body": body})
            pipe.expire(f"delivery:{guid}", _KEEP)
            pipe.zadd("deliveries", {guid: time()}, nx=True)
            pipe.execute()
        return True

    def known(self, guids: Collection[str]) -> set[str]:
        """Return those of these guids that came in: they are handled, or wait for a worker."""
        if not guids:
            return set()
        with self._redis.pipeline(transaction=False) as pipe:
            for guid in guids:
                pipe.exists(f"delivered:{guid}", f"delivery:{guid}")
            return {guid for guid, found in zip(guids, pipe.execute(), strict=True) if found}

    def load(self, guid: str) -> tuple[str, bytes] | None:
        """Return event name and body of a delivery; None where it was handled or is too old."""
        event, body = cast("list[bytes | None]", self._redis.hmget(f"delivery:{guid}", ["event", "body"]))
        return (event.decode(), body) if event is not None and body is not None else None

    def finish(self, guid: str) -> None:
        """Record that a delivery was handled, and forget its body."""
        with self._redis.pipeline() as pipe:
            pipe.set(f"delivered:{guid}", 1, ex=_DONE)
            pipe.delete(f"delivery:{guid}")
            pipe.zrem("deliveries", guid)
            pipe.execute()

    def forgotten(self, before: float) -> list[str]:
        """Return guids of deliveries that came before a time and are not handled, and count them as come now.

        So the same guid is not returned again at once.
        """
        found = cast("list[bytes]", self._redis.zrange("deliveries", "-inf", before, byscore=True))
        for guid in found:
            self._redis.zadd("deliveries", {guid: time()}, xx=True)
        return [guid.decode() for guid in found]
