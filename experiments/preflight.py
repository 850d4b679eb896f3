"""What keeps a commit from being trained, or is missing while it trains: said before a machine starts."""

from collections.abc import Iterator
from dataclasses import dataclass

from experiments.snapshot import Snapshot


@dataclass(frozen=True)
class Obstacle:
    """One sentence for the reader, names in backquotes, with what to do."""

    sentence: str
    blocks: bool = False  # no run of this commit can work


def obstacles(snapshot: Snapshot) -> tuple[Obstacle, ...]:
    """Those of a commit, whatever is to be trained of it; the ones that block come first."""
    found = [*_conflicts(snapshot)]
    return tuple(sorted(found, key=lambda each: not each.blocks))


def _conflicts(snapshot: Snapshot) -> Iterator[Obstacle]:
    for each in snapshot.prerequisites.conflicts:
        yield Obstacle(each.sentence, blocks=True)
