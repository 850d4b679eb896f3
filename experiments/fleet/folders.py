"""Folders that are DVC remotes, each of which belongs to one repository: only its runs read it and add to it."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import PurePosixPath

from experiments.hosts import is_full_name
from experiments.wording import quoted

Owned = tuple[str, str]  # owner/name of a repository, and a folder that belongs to it


def folders_of(repository: str, owned: Iterable[Owned]) -> tuple[str, ...]:
    """Return the folders of one repository. GitHub's names ignore case."""
    return tuple(folder for owner, folder in owned if owner.lower() == repository.lower())


def mistakes(owned: Sequence[Owned]) -> list[str]:
    """Return a sentence for each owner that is no repository, and for each two folders of different repositories that
    overlap."""
    found = [
        f"{quoted(owner)} is no repository: a folder belongs to one, by its whole name `owner/name`."
        for owner in dict(owned)
        if not is_full_name(owner)
    ]
    for pair in combinations(owned, 2):
        (outer, folder), (inner, below) = sorted(pair, key=lambda each: len(PurePosixPath(each[1]).parts))
        if outer.lower() != inner.lower() and PurePosixPath(below).is_relative_to(folder):
            where = "are one folder" if below == folder else f"lie in each other, {quoted(below)} in {quoted(folder)}"
            found.append(
                f"The DVC remotes of {quoted(outer)} and {quoted(inner)} {where}: give each repository a folder of its "
                "own (docs/configuration.md says how one is copied)."
            )
    return found
