"""Counts of wrong passwords, so that nobody tries many. Browsers that gave the right one are let in regardless."""

import hashlib
import secrets
from typing import cast

from redis import Redis

MOST = 10  # wrong passwords from one address a minute
MOST_OF_ALL = 60  # wrong passwords from all addresses a minute: past the proxy, clients can claim any address
MINUTE = 60  # seconds
REMEMBERED = 90 * 24 * 3600  # seconds for which a browser that gave the right one is remembered
_ALL = "guesses"


class Guesses:
    """Counts wrong passwords by address, each for a minute, and remembers browsers."""

    remembered = REMEMBERED

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def are_too_many(self, address: str) -> bool:
        """Return whether this address has to wait, even with the right password."""
        one, of_all = cast("list[bytes | None]", self._redis.mget(_key(address), _ALL))
        return int(one or 0) >= MOST or int(of_all or 0) >= MOST_OF_ALL

    def wrong(self, address: str) -> None:
        """Count one more wrong password from this address."""
        with self._redis.pipeline() as pipe:
            for key in (_key(address), _ALL):
                pipe.incr(key)
                pipe.expire(key, MINUTE)
            pipe.execute()

    def admit(self) -> str:
        """Return a new word for a browser that gave the right password, by which it is recognised later."""
        word = secrets.token_urlsafe(32)
        self._redis.set(_word(word), 1, ex=REMEMBERED)
        return word

    def knows(self, word: str) -> bool:
        """Return whether `admit` returned this word and `forget` was not called for it since."""
        return bool(self._redis.exists(_word(word)))

    def forget(self, word: str) -> None:
        """Stop recognising this word: a wrong password came with it."""
        self._redis.delete(_word(word))


def _key(address: str) -> str:
    return f"guesses:{address}"


def _word(word: str) -> str:
    return f"admitted:{hashlib.sha256(word.encode('utf-8', 'surrogateescape')).hexdigest()}"
