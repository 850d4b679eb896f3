"""Counts of how often a process died at the same work, so that deadly work is not tried for ever."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis

from bot.ports.keys import Key

MOST = 10  # deaths; each of them may have been an accident
_KEEP = 24 * 3600  # seconds for which a count is kept


class Deadly(Exception):
    """This work killed every process that tried it."""


class Deaths:
    """Counts deaths by the key of the work. An exception does not count: the process lives."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @contextmanager
    def counted(self, work: Key) -> Iterator[None]:
        """Count the work done inside. Raise Deadly where more than MOST processes died at it."""
        key = f"begun:{work}"
        begun = int(self._redis.incr(key))
        self._redis.expire(key, _KEEP)
        try:
            if begun > MOST:
                raise Deadly(f"{work}: {begun - 1} processes were killed at it")
            yield
        finally:
            self._redis.delete(key)
