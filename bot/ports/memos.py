"""Memos: what the bot remembers between jobs besides runs, each kind with one name, one type and one place for keys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, TypeVarTuple

from bot.ports.keys import Key

T = TypeVar("T")
Of = TypeVarTuple("Of")


@dataclass(frozen=True)
class MemoKind(Generic[T, *Of]):
    """A kind of memo, with the type of its value and those of what one memo is about, in their order.

    `HEAD = MemoKind[float, PullRef, str]("head", float)` remembers a float of a pull request and a SHA: what is read
    and written is `HEAD.of(where, sha)`. A kind is made once, beside the code that writes it, and its name belongs to
    no other. So no two kinds share a key.
    """

    name: str  # without a colon; part of the key
    holds: type[T]  # type of the value
    vital: bool = False  # whether a value that cannot be read is an error; other kinds count as unknown then
    days: int = 90  # that a memo is kept after it was written
    steps: tuple[Callable[[Any], Any], ...] = ()  # make the JSON of version 1 that of 2, and so on up to today's

    def of(self, *parts: *Of) -> "Memo[T]":
        """Return the memo of this kind about a pull request, a commit or whatever these parts tell."""
        return Memo(self, Key(self.name, parts))


@dataclass(frozen=True)
class Memo(Generic[T]):
    """One memo: its kind, and the key that says what it is about."""

    kind: MemoKind[T, *tuple[Any, ...]]
    key: Key
