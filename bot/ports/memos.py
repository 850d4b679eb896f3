"""Memos: what the bot remembers between jobs besides runs, each kind with one name, one type and one place for keys."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Memo(Generic[T]):
    """A kind of memo or, once `of` said of what, one memo: `Memo("head", float)` and `HEAD.of(where.key, sha)`.

    A kind is made once, beside the code that writes it, and its name belongs to no other. So no two kinds share a key.
    """

    name: str  # without a colon; part of the key
    holds: type[T]  # type of the value
    vital: bool = False  # whether a value that cannot be read is an error; other kinds count as unknown then
    steps: tuple[Callable[[Any], Any], ...] = ()  # make the JSON of version 1 that of 2, and so on up to today's
    parts: tuple[str | int, ...] = ()  # of what it is; only the last one may have a colon in it

    def of(self, *parts: str | int) -> "Memo[T]":
        """Return the memo of this kind about a pull request, a commit or whatever these parts tell."""
        return replace(self, parts=parts)

    @property
    def key(self) -> str:
        """What it is stored under."""
        return ":".join(map(str, (self.name, *self.parts)))
