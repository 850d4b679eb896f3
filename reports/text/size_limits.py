"""Limits on the parts of a report, so that the whole fits into what its host takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from experiments.hosts import Host


@dataclass(frozen=True)
class SizeLimits:
    """The most that a report shows of each part."""

    log: int = 40  # lines
    packages: int = 400
    files: int = 40  # data files
    rows: int = 100  # rows of each table
    members: int = 500  # members of a sweep
    pictures: int = 8
    notes: int = 12
    words: int = 1000  # characters of one sentence
    recipes: bool = True
    folds: bool = True  # whether the host has parts that readers can open
    shows: bool = True  # whether the host shows pictures; if not, their addresses are listed


# What is missed least is left out first. The last one fits whatever a report holds.
SIZES = (
    SizeLimits(),
    SizeLimits(packages=0, files=10, rows=60),
    SizeLimits(packages=0, files=0, log=20, rows=20, members=250),
    SizeLimits(packages=0, files=0, log=20, rows=12, members=100, pictures=4, notes=6, words=500),
    SizeLimits(packages=0, files=0, log=8, rows=8, members=40, pictures=2, notes=4, words=200, recipes=False),
    SizeLimits(packages=0, files=0, log=0, rows=4, members=10, pictures=0, notes=0, words=100, recipes=False),
)
CUT = "_This was too long to be shown whole: some of it was left out._"


def fitting(parts: Callable[[SizeLimits], Sequence[str]], host: Host, limit: int, measure: Callable[[str], int]) -> str:
    """Return the parts as paragraphs, in the first room in which they measure at most `limit`. A line says where
    something was left out.

    Nothing is used that the host does not show.
    """
    words = ""
    for limits in SIZES:
        there = replace(limits, folds=host.folds, shows=host.pictures)
        words = "\n\n".join(filter(None, [*parts(there), CUT if limits is not SIZES[0] else ""]))
        if measure(words) <= limit:
            break
    return words
