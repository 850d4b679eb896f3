"""Wrong passwords are counted, so that nobody tries many, and who knew the right one is let in all the same."""

import hashlib
import secrets
from typing import cast

from redis import Redis

MOST = 10  # wrong ones of one address a minute
MOST_OF_ALL = 60  # wrong ones of all addresses a minute: who comes around the proxy names any
MINUTE = 60  # seconds
REMEMBERED = 90 * 24 * 3600  # seconds for a browser that knew it
_ALL = "guesses"


class Guesses:
    """Wrong passwords by address, for a minute each."""

    remembered = REMEMBERED

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def are_too_many(self, address: str) -> bool:
        """Whether that address has to wait, whatever it gives now."""
        one, of_all = cast("list[bytes | None]", self._redis.mget(_key(address), _ALL))
        return int(one or 0) >= MOST or int(of_all or 0) >= MOST_OF_ALL

    def wrong(self, address: str) -> None:
        """Count one more."""
        with self._redis.pipeline() as pipe:
            for key in (_key(address), _ALL):
                pipe.incr(key)
                pipe.expire(key, MINUTE)
            pipe.execute()

    def admit(self) -> str:
        """A word for a browser that knew the password, by which it is told from those that guess."""
        word = secrets.token_urlsafe(32)
        self._redis.set(_word(word), 1, ex=REMEMBERED)
        return word

    def knows(self, word: str) -> bool:
        """Whether it was given so, and no wrong password came with it since."""
        return bool(self._redis.exists(_word(word)))

    def forget(self, word: str) -> None:
        """A wrong password came with it."""
        self._redis.delete(_word(word))


def _key(address: str) -> str:
    return f"guesses:{address}"


def _word(word: str) -> str:
    return f"admitted:{hashlib.sha256(word.encode('utf-8', 'surrogateescape')).hexdigest()}"
