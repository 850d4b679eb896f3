"""Memos in Redis, framed by kind and version. What was remembered before memos had types is read, too."""

import hashlib
import json
import logging
from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter
from redis import Redis

from bot.ports.memos import Memo, MemoKind
from services.redis import untyped
from services.stored import FIRST, Stored, TooNew

MOST = 64_000  # bytes of a memo that may be unknown; every honest one has far fewer
MOST_VITAL = 1_000_000  # bytes of a vital one; what writes it says earlier that it is too much
DAY = 24 * 3600  # seconds
KEY = 300  # characters of a key; of a longer one, its digest is the key

T = TypeVar("T")

log = logging.getLogger(__name__)


def stored(kind: MemoKind[T, *tuple[Any, ...]]) -> Stored[T]:
    """Return how memos of this kind are stored. Their version is one more than the steps that lead to it."""
    adapter: TypeAdapter[T] = _adapter(cast("Hashable", kind.holds))
    return Stored(f"{kind.name} memo", FIRST + len(kind.steps), adapter, dict(enumerate(kind.steps, FIRST)))


class Memos:
    """Remembers memos for as many days as their kind says."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def recall(self, memo: Memo[T]) -> T | None:
        """See the Store port."""
        found, text = cast("Sequence[bytes | None]", self._redis.mget(_key(memo), untyped.place(memo)))
        try:
            if found is not None:
                return stored(memo.kind).load(found)
            return None if text is None else _of_text(memo, text.decode())
        except (ValueError, TooNew) as error:
            if memo.kind.vital:
                raise
            log.warning("a memo of %s can't be read, and counts as unknown: %s", memo.kind.name, type(error).__name__)
            return None

    def remember(self, memo: Memo[T], value: T) -> None:
        """See the Store port."""
        data = stored(memo.kind).dump(value)
        if memo.kind.vital and len(data) > MOST_VITAL:
            raise ValueError(f"a memo of {memo.kind.name} with {len(data):,} bytes is too long to be remembered")
        if not memo.kind.vital and len(data) > MOST:
            log.warning("a memo of %s with %d bytes is too long, and counts as unknown", memo.kind.name, len(data))
            self.erase(memo)  # also what it said before
        else:
            self._redis.set(_key(memo), data, ex=memo.kind.days * DAY)

    def erase(self, memo: Memo[T]) -> None:
        """See the Store port."""
        self._redis.delete(_key(memo), untyped.place(memo))


def _of_text(memo: Memo[T], text: str) -> T | None:
    """Return what an earlier version remembered as text; None where that is empty. Raise ValueError."""
    kind, value = stored(memo.kind), untyped.value(memo, text)
    if value is None:
        return None
    return kind.load(json.dumps({"kind": kind.kind, "version": FIRST, "value": value}).encode())


@cache
def _adapter(holds: Any) -> TypeAdapter[Any]:
    return TypeAdapter(holds)


def _key(memo: Memo[Any]) -> str:
    key = str(memo.key)
    if len(key) > KEY:  # a comment's line, or a folder
        key = f"{memo.kind.name}:{hashlib.sha256(key.encode()).hexdigest()}"
    return f"memo:{key}"
