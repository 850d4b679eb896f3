"""A check and its finding, as the person who installs the bot reads them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOT_OK = "NOT OK"
    NOT_PROVEN = "not proven"


class Wrong(Exception):
    """Something is not as it should be. The message says what is there instead."""


class NotProven(Exception):
    """Nothing is wrong, but nothing was shown either. The message says why, or what to do for a proof."""


@dataclass(frozen=True)
class DoctorCheck:
    """One thing to prove. `act` returns what was seen, or raises Wrong, NotProven or a service's own error."""

    name: str
    title: str  # the statement that holds where the check is ok: `GitHub knows the App`
    advice: str  # what to do where it does not hold
    act: Callable[[], str]
    needs: tuple[str, ...] = ()  # names of checks that must be ok before this one can say anything
    always: bool = False  # run it even after Ctrl-C and whatever else failed


@dataclass(frozen=True)
class Finding:
    """The outcome of a check, with what was seen."""

    check: DoctorCheck
    outcome: Outcome
    detail: str

    @property
    def text(self) -> str:
        """The finding as a line, followed by what to do where something is wrong."""
        line = f"{self.outcome:<11} {self.check.title}: {self.detail}"
        return f"{line}\n{'':<11} → {self.check.advice}" if self.outcome is Outcome.NOT_OK else line
