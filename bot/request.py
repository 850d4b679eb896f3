"""What somebody asks of the bot in a pull request: typed in a comment, or by a button that stands for it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.experiment import PullRef

_ABOVE_COMMENTS = 1 << 62  # no comment of GitHub's will ever have so high an id


@dataclass(frozen=True)
class Asked:
    """Commands of one person at one moment. Asked again under the same id it is the same, and done once."""

    where: PullRef
    id: int  # of the comment; of a press one of our own
    author: str  # login of who asks, and needs the right
    text: str  # what was typed, or what a button stands for
    comment: int = 0  # to react to; 0 where a button was pressed
    written: float = 0.0  # seconds since the epoch; 0 where a button was pressed: GitHub does not tell when
    opening: str = ""  # Markdown an answer begins with where no comment stands above it
    pressed: Mapping[str, int] = field(default_factory=dict)  # run id -> answered presses its check run told of

    @property
    def key(self) -> str:
        """A delivery's header is not signed; what this is made of is."""
        return f"asked:{self.where.repository.id}:{self.id}"


def press_id(*signed: object) -> int:
    """From what tells this press from every other."""
    digest = hashlib.sha256("\n".join(map(str, signed)).encode()).digest()
    return _ABOVE_COMMENTS | int.from_bytes(digest[:7])
