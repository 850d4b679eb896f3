"""How often a process died at one and the same thing: what kills whoever touches it is not tried for ever."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis

MOST = 10  # deaths; every one of them may have been an accident
_KEEP = 24 * 3600  # seconds


class Deadly(Exception):
    """It killed every process that tried."""


class Deaths:
    """Counted by name. An exception is no death: whoever raises it lives."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @contextmanager
    def counted(self, name: str) -> Iterator[None]:
        """Work on something. Deadly where too many did not come out of it again."""
        key = f"begun:{name}"
        begun = int(self._redis.incr(key))
        self._redis.expire(key, _KEEP)
        try:
            if begun > MOST:
                raise Deadly(f"{name}: {begun - 1} processes were killed at it")
            yield
        finally:
            self._redis.delete(key)
