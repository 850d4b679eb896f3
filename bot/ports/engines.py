"""Engines, which launch a machine for each run, and what they need to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from experiments.placement import Placement


class EngineError(Exception):
    """The engine refuses, and waiting changes nothing.

    The message is a sentence for the pull request, without credentials or a traceback.
    """


class NoRoom(Exception):
    """The engine has no such machine now, or can't be reached; it may have one later. Holds a sentence to show."""


@dataclass(frozen=True)
class Order:
    """What an engine is given to launch a machine for one attempt: always the same for the same attempt."""

    name: str  # the machine's: `studio-<owner>-<run>-<attempt>`, at most 63 of a-z, 0-9 and -
    run: str
    attempt: int
    place: Placement
    script: str  # what the machine runs, POSIX sh; contains a one-use token
    seconds: int  # after which the machine must be gone, also where the bot has died
    expires: float  # the same as a time, in seconds since the epoch


class Condition(StrEnum):
    """The state of a machine."""

    PENDING = "pending"  # asked for; may wait in a queue for days
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True)
class Machine:
    """What an engine says of a machine that we launched, from its own tags, labels or names."""

    name: str  # as in the order
    id: str  # the engine's own
    run: str
    attempt: int
    condition: Condition
    expires: float = 0.0  # 0: the engine ends it by itself at its limit, and does not tell when
    zone: str = ""
    spot: bool = False
    interrupted: bool = False  # ENDED because it was taken away: reclaimed, evicted, requeued, its node lost
    message: str = ""  # why it ended, or what it waits for, in one sentence of the engine's


class Engine(Protocol):
    """Drives one runner of runners.yml. Calls raise NoRoom where the engine is away, EngineError where it refuses.

    `owner`, which it was made with, marks everything it starts; what has another mark is never touched.
    """

    def launch(self, order: Order) -> Machine:
        """Launch a machine and return it. Where one of this name exists or existed, return that one instead."""
        ...

    def status(self, machine: Machine) -> Machine:
        """Return the machine as it is now; ENDED also where the engine does not know it any more."""
        ...

    def cancel(self, machine: Machine, grace: int = 30) -> None:
        """End a machine: SIGTERM first, and after `grace` seconds at the latest, delete it with its disk.

        One that is gone already is fine.
        """
        ...

    def logs(self, machine: Machine, offset: int = 0) -> str:
        """Return what the machine's script printed, from byte `offset` on, as far as the engine has it.

        This shows what happened where an agent never reports.
        """
        ...

    def list_owned(self) -> Sequence[Machine]:
        """Return all our machines that have not ended, from the engine's own records, never from ours.

        Ended ones that the engine may start again by itself are among them.
        """
        ...
