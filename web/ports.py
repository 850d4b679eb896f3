"""Protocols for what the web process needs besides bot/ports, each as narrow as its use."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class PublicFiles(Protocol):
    """Files whose addresses nobody can guess."""

    def path(self, name: str) -> Path | None:
        """Return the file of this name (without its ending), or None where there is none, for any input."""
        ...


class DeliveryIntake(Protocol):
    """Where webhook deliveries are stored and queued for a worker."""

    def take(self, asking: Sequence[tuple[str, str, bytes]], unasked: Sequence[str] = ()) -> None:
        """Store deliveries (guid, event, body) and have a worker handle them; those handled before are left alone.

        `unasked`: guids of deliveries that ask nothing of us; it is recorded that they came in. Raise RedisError where
        not all of this was done. Each delivery was then stored and queued, or neither.
        """
        ...


class PasswordGuesses(Protocol):
    """Counts of wrong passwords by address, and the browsers that gave the right one."""

    @property
    def remembered(self) -> int:
        """Seconds for which a browser that gave the right password is recognised."""
        ...

    def are_too_many(self, address: str) -> bool:
        """Return whether this address has to wait, even with the right password."""
        ...

    def wrong(self, address: str) -> None:
        """Count one more wrong password from this address."""
        ...

    def admit(self) -> str:
        """Return a new word for a browser that gave the right password, by which it is recognised later."""
        ...

    def knows(self, word: str) -> bool:
        """Return whether `admit` returned this word and `forget` was not called for it since."""
        ...

    def forget(self, word: str) -> None:
        """Stop recognising this word: a wrong password came with it."""
        ...
