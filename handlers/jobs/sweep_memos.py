"""What is remembered of a sweep, besides its runs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from bot.ports.memos import Memo
from experiments.experiment import PullRef
from experiments.sweep import Sweep
from handlers.publishing.sticky_comment import ShownComment

T = TypeVar("T")


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


_TABLE = Memo("sweep", ShownComment)
_RESULT = Memo("sweep-result", SweepResult, vital=True)  # without it, a gate that does not hold would be passed over
_CHECK = Memo("sweep-check", ShownCheck)
_TOLD = Memo("sweep-told", str)  # digest of the ids of the runs that had ended
_WARNED = Memo("sweep-warned", str)  # the same
_TROUBLE = Memo("sweep-trouble", Hopeless)


@dataclass(frozen=True)
class SweepMemos:
    """All memos of one sweep."""

    where: PullRef
    name: str

    @property
    def table(self) -> Memo[ShownComment]:
        """The comment with its table."""
        return self._of(_TABLE)

    @property
    def result(self) -> Memo[SweepResult]:
        """How it ended."""
        return self._of(_RESULT)

    @property
    def check(self) -> Memo[ShownCheck]:
        """Its check run."""
        return self._of(_CHECK)

    @property
    def told(self) -> Memo[str]:
        """Which runs had ended when a new comment last told of them."""
        return self._of(_TOLD)

    @property
    def warned(self) -> Memo[str]:
        """Which runs had ended when a new comment told that the first members failed in the same way."""
        return self._of(_WARNED)

    @property
    def trouble(self) -> Memo[Hopeless]:
        """What was done when its first members failed in the same way."""
        return self._of(_TROUBLE)

    @property
    def all(self) -> tuple[Memo[Any], ...]:
        """All of them."""
        return (self.table, self.result, self.check, self.told, self.warned, self.trouble)

    def _of(self, kind: Memo[T]) -> Memo[T]:
        return kind.of(self.where.key, self.name)


def memos_of(sweep: Sweep) -> SweepMemos:
    """Return the memos of a sweep, which lie by the pull request where it was asked for."""
    return SweepMemos(sweep.runs[0].experiment.pull_ref, sweep.name)
