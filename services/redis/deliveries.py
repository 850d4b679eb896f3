"""Webhook deliveries between web process and worker: stored until they are handled, and handled once only."""

from collections.abc import Collection
from time import time
from typing import cast

from redis import Redis

KEEP = 3 * 24 * 3600  # seconds for which GitHub itself keeps them
WAITING = "deliveries"  # a sorted set of those that are not handled, by when they came
DONE = 7 * 24 * 3600  # seconds for which it is known that one was handled


def delivery_key(guid: str) -> str:
    """Return the key of a delivery's event and body."""
    return f"delivery:{guid}"


def delivered_key(guid: str) -> str:
    """Return the key of the mark that a delivery was handled."""
    return f"delivered:{guid}"


class Deliveries:
    """Deliveries by guid, as `services/redis/intake.py` stores them.

    Their done-marks do not depend on RQ jobs, since a missing job proves nothing.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def known(self, guids: Collection[str]) -> set[str]:
        """Return those of these guids that came in: they are handled, or wait for a worker."""
        if not guids:
            return set()
        with self._redis.pipeline(transaction=False) as pipe:
            for guid in guids:
                pipe.exists(delivered_key(guid), delivery_key(guid))
            return {guid for guid, found in zip(guids, pipe.execute(), strict=True) if found}

    def load(self, guid: str) -> tuple[str, bytes] | None:
        """Return event name and body of a delivery; None where it was handled or is too old."""
        event, body = cast("list[bytes | None]", self._redis.hmget(delivery_key(guid), ["event", "body"]))
        return (event.decode(), body) if event is not None and body is not None else None

    def finish(self, guid: str) -> None:
        """Record that a delivery was handled, and forget its body."""
        with self._redis.pipeline() as pipe:
            pipe.set(delivered_key(guid), 1, ex=DONE)
            pipe.delete(delivery_key(guid))
            pipe.zrem(WAITING, guid)
            pipe.execute()

    def forgotten(self, before: float) -> list[str]:
        """Return guids of deliveries that came before a time and are not handled, and count them as come now.

        So the same guid is not returned again at once.
        """
        found = cast("list[bytes]", self._redis.zrange(WAITING, "-inf", before, byscore=True))
        for guid in found:
            self._redis.zadd(WAITING, {guid: time()}, xx=True)
        return [guid.decode() for guid in found]
