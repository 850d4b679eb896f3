"""What somebody asks of the bot in a pull request, by whatever means."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from experiments.experiment import PullRef
from experiments.run import Run

_ABOVE_COMMENTS = 1 << 62  # no comment of the host's will ever have so high an id


class Means(StrEnum):
    """How it was asked."""

    COMMENT = "comment"  # which is reacted to
    BUTTON = "button"  # of a check run; it stands for what could have been typed


@dataclass(frozen=True)
class Request:
    """Commands of one person at one moment. Asked again under the same id it is the same, and done once."""

    where: PullRef
    id: int  # of the comment; of a press one of our own
    author: str  # login of who asks, and needs the right
    text: str  # what was typed, or what a button stands for
    means: Means
    written: float = 0.0  # seconds since the epoch; 0 where a button was pressed: the host does not tell when
    opening: str = ""  # Markdown an answer begins with where no comment stands above it
    pressed: Mapping[str, int] = field(default_factory=dict)  # run id -> answered presses its check run told of

    @property
    def key(self) -> str:
        """A delivery's header is not signed; what this is made of is."""
        return f"asked:{self.where.repository.id}:{self.id}"

    @property
    def comment(self) -> int:
        """Id of the comment to react to; 0 where it was asked by other means."""
        return self.id if self.means is Means.COMMENT else 0

    def began(self, run: Run) -> bool:
        """Whether this very request asked for a run: a job that runs again meets what it began itself."""
        return run.experiment.comment == self.id

    def own(self, runs: Iterable[Run]) -> list[Run]:
        """Those it asked for itself, in their order."""
        return [run for run in runs if self.began(run)]

    def before(self, runs: Iterable[Run]) -> list[Run]:
        """Those that were there without it, in their order."""
        return [run for run in runs if not self.began(run)]


def press_id(*signed: object) -> int:
    """From what tells this press from every other."""
    digest = hashlib.sha256("\n".join(map(str, signed)).encode()).digest()
    return _ABOVE_COMMENTS | int.from_bytes(digest[:7])
