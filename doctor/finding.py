"""A check, and what came of it, as the person who installs the bot reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOT_OK = "NOT OK"
    NOT_PROVEN = "not proven"


class Wrong(Exception):
    """It is not as it should be; the message says what is there instead."""


class NotProven(Exception):
    """Nothing is wrong, and nothing shown; the message says why, or what to do for a proof."""


@dataclass(frozen=True)
class Check:
    """One thing to prove. `act` returns what was seen; Wrong, NotProven and the trouble of services are its answers."""

    name: str
    title: str  # what holds where it is ok: `GitHub knows the App`
    advice: str  # what to do where it does not hold
    act: Callable[[], str]
    needs: tuple[str, ...] = ()  # names of checks that must be ok before this one can tell anything
    always: bool = False  # also after Ctrl-C, and whatever else failed


@dataclass(frozen=True)
class Finding:
    """What came of a check."""

    check: Check
    outcome: Outcome
    detail: str

    @property
    def text(self) -> str:
        """A line, and where something is wrong a second one: what to do."""
        line = f"{self.outcome:<11} {self.check.title}: {self.detail}"
        return f"{line}\n{'':<11} → {self.check.advice}" if self.outcome is Outcome.NOT_OK else line
