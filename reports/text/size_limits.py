"""How much of a report is said where room is short."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from experiments.hosts import Host


@dataclass(frozen=True)
class Room:
    """The most of everything."""

    log: int = 40  # lines
    packages: int = 400
    files: int = 40  # of data
    rows: int = 100  # of each table
    members: int = 500  # of a sweep
    pictures: int = 8
    notes: int = 12
    words: int = 1000  # characters of one sentence
    recipes: bool = True
    folds: bool = True  # a page has no parts to open
    shows: bool = True  # pictures; where it does not, their addresses are named


# What hurts least goes first; the last one fits whatever the report holds.
ROOMS = (
    Room(),
    Room(packages=0, files=10, rows=60),
    Room(packages=0, files=0, log=20, rows=20, members=250),
    Room(packages=0, files=0, log=20, rows=12, members=100, pictures=4, notes=6, words=500),
    Room(packages=0, files=0, log=8, rows=8, members=40, pictures=2, notes=4, words=200, recipes=False),
    Room(packages=0, files=0, log=0, rows=4, members=10, pictures=0, notes=0, words=100, recipes=False),
)
CUT = "_This was too long to be shown whole: some of it was left out._"


def fitting(parts: Callable[[Room], Sequence[str]], host: Host, limit: int, measure: Callable[[str], int]) -> str:
    """The parts, as paragraphs, in the first room in which they measure at most `limit`; says what was done to them.
    Nothing is in them that the host does not show."""
    words = ""
    for room in ROOMS:
        there = replace(room, folds=host.folds, shows=host.pictures)
        words = "\n\n".join(filter(None, [*parts(there), CUT if room is not ROOMS[0] else ""]))
        if measure(words) <= limit:
            break
    return words
