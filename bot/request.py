"""Requests: what somebody asks of the bot in a pull request, by comment or button."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.ports.keys import REQUEST, Key
from experiments.experiment import PullRef
from experiments.run import Run

_ABOVE_COMMENTS = 1 << 62  # no comment of the host's will ever have so high an id


class Means(StrEnum):
    """The means by which a request was made."""

    COMMENT = "comment"  # gets reactions
    BUTTON = "button"  # of a check run; stands for a command


@dataclass(frozen=True)
class Request:
    """Commands of one person at one moment. A request with the same id is the same, and is done once."""

    where: PullRef
    id: int  # id of the comment; for a press, one of our own
    author: str  # login of the person who asks, whose rights count
    text: str  # what was typed, or what a button stands for
    means: Means
    written: float = 0.0  # seconds since the epoch; 0 where a button was pressed: the host does not tell when
    opening: str = ""  # Markdown with which the answer begins where there is no comment
    pressed: Mapping[str, int] = field(default_factory=dict)  # run id -> answered presses its check run told of

    @property
    def key(self) -> Key:
        """The key under which the request is remembered, made of signed fields only, not of the delivery's header."""
        return REQUEST.of(self.where.repository.id, self.id)

    @property
    def comment(self) -> int:
        """Id of the comment to react to; 0 where the request is no comment."""
        return self.id if self.means is Means.COMMENT else 0

    def began(self, run: Run) -> bool:
        """Return whether this request started a run, as an earlier try of the same job may have."""
        return run.experiment.asked.comment == self.id

    def own(self, runs: Iterable[Run]) -> list[Run]:
        """Return the runs that this request started, in their order."""
        return [run for run in runs if self.began(run)]

    def before(self, runs: Iterable[Run]) -> list[Run]:
        """Return the runs that this request did not start, in their order."""
        return [run for run in runs if not self.began(run)]


def press_id(*signed: object) -> int:
    """Return the id of a press, made of the signed fields that tell it from every other."""
    digest = hashlib.sha256("\n".join(map(str, signed)).encode()).digest()
    return _ABOVE_COMMENTS | int.from_bytes(digest[:7])
