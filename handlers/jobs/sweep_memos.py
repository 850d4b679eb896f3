"""What is remembered of a sweep, besides its runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.ports.memos import Memo, MemoKind
from experiments.experiment import PullRef
from experiments.sweep import Sweep
from handlers.publishing.sticky_comment import ShownComment


@dataclass(frozen=True)
class SweepResult:
    """How a sweep ended, as other places tell it; all empty until it is over."""

    title: str = ""  # plain text
    best: str = ""  # name of the best member
    failing: tuple[str, ...] = ()  # gates that do not hold for the best member


@dataclass(frozen=True)
class ShownCheck:
    """The check run of a sweep."""

    id: int
    status: str
    digest: str  # SHA-256 of all that it shows


class Hopeless(StrEnum):
    """What was done with a sweep whose first members failed in the same way."""

    HELD_BACK = "held back"
    GONE_ON = "gone on"


_TABLE = MemoKind[ShownComment, PullRef, str]("sweep", ShownComment)
# Vital: without it, a gate that does not hold would be passed over.
_RESULT = MemoKind[SweepResult, PullRef, str]("sweep-result", SweepResult, vital=True)
_CHECK = MemoKind[ShownCheck, PullRef, str]("sweep-check", ShownCheck)
_ANNOUNCED = MemoKind[str, PullRef, str]("sweep-told", str)  # digest of the ids of the runs that had ended
_WARNED = MemoKind[str, PullRef, str]("sweep-warned", str)  # the same
_TROUBLE = MemoKind[Hopeless, PullRef, str]("sweep-trouble", Hopeless)


class SweepMemos:
    """All memos of one sweep, which has this name in this pull request."""

    def __init__(self, where: PullRef, name: str) -> None:
        self.where, self.name = where, name
        self.table = _TABLE.of(where, name)  # the comment with its table
        self.result = _RESULT.of(where, name)  # how it ended
        self.check = _CHECK.of(where, name)  # its check run
        self.announced = _ANNOUNCED.of(where, name)  # which runs had ended when a new comment last told of them
        # Which runs had ended when a new comment told that the first members failed in the same way.
        self.warned = _WARNED.of(where, name)
        self.trouble = _TROUBLE.of(where, name)  # what was done when its first members failed in the same way
        self.all: Sequence[Memo[Any]] = (self.table, self.result, self.check, self.announced, self.warned, self.trouble)


def memos_of(sweep: Sweep) -> SweepMemos:
    """Return the memos of a sweep, which lie by the pull request where it was asked for."""
    return SweepMemos(sweep.runs[0].experiment.pull_ref, sweep.name)
