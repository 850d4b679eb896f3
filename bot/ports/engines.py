"""What drives runners that launch a machine for each run, and what they need to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from experiments.placement import Place


class EngineError(Exception):
    """The engine will not, and waiting changes nothing: a sentence for the reader of the pull request, in which no
    credential and no traceback is."""


class NoRoom(Exception):
    """The engine has no such machine now, or is not there; it may have one later. A sentence for the reader."""


@dataclass(frozen=True)
class Order:
    """One attempt that needs a machine. The same order for the same attempt, whoever gives it and how often."""

    name: str  # of the machine: `studio-<owner>-<run>-<attempt>`, at most 63 of a-z, 0-9 and -
    run: str
    attempt: int
    place: Place
    script: str  # what the machine runs, POSIX sh; in it is a token that is good once
    seconds: int  # after which the machine has to be gone, whoever has died
    expires: float  # the same as a time, in seconds since the epoch


class Condition(StrEnum):
    """How far a machine is."""

    PENDING = "pending"  # asked for; it may take days in a queue
    RUNNING = "running"
    ENDED = "ended"


@dataclass(frozen=True)
class Machine:
    """What an engine says of one that we launched, from its own tags, labels or names."""

    name: str  # as in the order
    id: str  # the engine's own
    run: str
    attempt: int
    condition: Condition
    expires: float = 0.0  # 0: the engine ends it by itself at its limit, and does not tell when
    zone: str = ""
    spot: bool = False
    interrupted: bool = False  # ENDED because it was taken away: reclaimed, evicted, requeued, its node lost
    said: str = ""  # why it ended, or what it waits for, in one sentence of the engine's


class Engine(Protocol):
    """One runner of runners.yml. Each call raises NoRoom where the engine is not there, EngineError where it refuses.

    `owner`, which it was made with, marks everything it starts; what has another mark is never touched.
    """

    def launch(self, order: Order) -> Machine:
        """Start the machine; where one of this name is there already, or was, that one and no other."""
        ...

    def status(self, machine: Machine) -> Machine:
        """As it is now; ENDED also where the engine has forgotten it."""
        ...

    def cancel(self, machine: Machine, grace: int = 30) -> None:
        """What runs on it is told to end (SIGTERM), and after `grace` seconds at the latest it is gone with its disk.
        One that is gone already is none."""
        ...

    def logs(self, machine: Machine, offset: int = 0) -> str:
        """What its script printed, from that byte on, as far as the engine has it: the way to look where an agent says
        nothing."""
        ...

    def list_owned(self) -> Sequence[Machine]:
        """All of ours that have not ended, from the engine's own records, never from ours; with those that have, and
        that the engine may start again by itself."""
        ...
