"""Wrong passwords are counted, so that nobody tries many."""

from typing import cast

from redis import Redis

MOST = 10  # wrong ones of one address a minute
MINUTE = 60  # seconds


class Guesses:
    """Wrong passwords by address, for a minute each."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def are_too_many(self, address: str) -> bool:
        """Whether that address has to wait, whatever it gives now."""
        return int(cast("bytes", self._redis.get(_key(address)) or b"0")) >= MOST

    def wrong(self, address: str) -> None:
        """Count one more."""
        with self._redis.pipeline() as pipe:
            pipe.incr(_key(address))
            pipe.expire(_key(address), MINUTE)
            pipe.execute()


def _key(address: str) -> str:
    return f"guesses:{address}"
