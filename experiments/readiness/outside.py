"""Obstacles in what a commit names and Git keeps elsewhere: submodules, and files of Git LFS."""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from experiments.data.addresses import shown
from experiments.judging.evaluation import is_inside
from experiments.limits import LIMITS, POINTERS
from experiments.projects import rooted
from experiments.readiness.prerequisites import Pointer, Submodule
from experiments.readiness.submodules import Looked, unasked
from experiments.readiness.trial import Obstacle, Trial, certain, reading, reads
from experiments.snapshot import Snapshot
from experiments.wording import listed, quoted


@dataclass(frozen=True)
class LargeFile:
    """A file of Git LFS that the agent fetches."""

    place: str  # path from the repository's root
    oid: str  # SHA-256 of the content
    size: int  # bytes
    needed: bool  # nothing is trained without it


def large_files(snapshot: Snapshot, project: str, script: bool) -> tuple[LargeFile, ...]:
    """Return the Git LFS files to fetch for training the project in this folder. `script`: the repository's own script
    trains."""
    needed = {each.path for each in snapshot.prerequisites.pointers if _used(snapshot, Trial(), each)}
    everything = script or not snapshot.stages  # nobody knows what is read
    return tuple(
        LargeFile(
            posixpath.normpath(rooted(project, each.path)), each.oid, each.size, everything or each.path in needed
        )
        for each in _fetched(snapshot)
    )


def submodules(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """Yield the obstacles of each submodule, in the order of their paths."""
    found = snapshot.prerequisites.submodules
    looked = unasked(found, trial.home) if trial.submodules is None else trial.submodules
    for each in found:
        read = reading(snapshot, trial, [each.path])
        if not read and each.path.startswith("../"):
            continue  # it belongs to another project
        if seen := looked.get(each.place):
            yield from _not_fetched(snapshot, trial, each, seen, read) if seen.why else _fetched_from(each, seen)


def _not_fetched(
    snapshot: Snapshot, trial: Trial, submodule: Submodule, looked: Looked, read: dict[str, list[str]]
) -> Iterator[Obstacle]:
    finding, personal = (
        f"{quoted(submodule.path)} is a Git submodule, which is not fetched ({looked.why})",
        bool(looked.asker),
    )
    if not read:
        yield Obstacle(f"{finding}: its files are missing while it trains.", personal=personal)
        return
    dep = next(path for path in read if is_inside(path, [submodule.path]) or is_inside(submodule.path, [path]))
    yield Obstacle(
        f"{finding}: {reads(read[dep])} {quoted(dep)}. Commit its files to this repository, or install them as a "
        "package.",
        certain(snapshot, trial, [stage for found in read.values() for stage in found]),
        personal,
    )


def _fetched_from(submodule: Submodule, looked: Looked) -> Iterator[Obstacle]:
    path = quoted(submodule.path)
    if looked.asker:
        yield Obstacle(
            f"{path} is fetched from {quoted(looked.source)}, which {quoted(looked.asker)} may read: what training "
            "prints of it can be read by everybody who reads this pull request.",
            personal=True,
        )
    if looked.inside:
        are = "is a submodule" if len(looked.inside) == 1 else "are submodules"
        inside = [posixpath.join(submodule.path, each) for each in looked.inside]
        yield Obstacle(f"{listed(inside)} {are} of the submodule {path}, and not fetched: no more than one level is.")
    if looked.pointers:
        are = "is a file" if len(looked.pointers) == 1 else "are files"
        paths = listed([posixpath.join(submodule.path, each) for each in looked.pointers])
        yield Obstacle(f"{paths} {are} of Git LFS in the submodule {path}, of which only the pointer is fetched.")


def pointers(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """Yield the obstacles in files of Git LFS."""
    found = snapshot.prerequisites.pointers
    if not found:
        return
    fetched = set(_fetched(snapshot))
    left = [each for each in found if each not in fetched]
    used = [each for each in left if _used(snapshot, trial, each)]
    unused = [each for each in left if each not in used and not each.path.startswith("../")]
    if used:
        them = "them" if len(used) > 1 else "it"
        stages = list(dict.fromkeys(stage for each in used for stage in _used(snapshot, trial, each)))
        # dvc.lock never has the hash of a pointer, so the stage is executed whatever else is unchanged.
        yield Obstacle(
            f"{_too_much(used)}: {reads(stages)} {them}, and would be given three lines of text instead of data. "
            "Track the data with `dvc add` instead.",
            not trial.script,
        )
    if unused:
        them = "them" if len(unused) > 1 else "it"
        yield Obstacle(f"{_too_much(unused)}: what reads {them} reads three lines of text instead of data.")
    if len(found) >= POINTERS:
        yield Obstacle(f"Of files of Git LFS the first {POINTERS:,} are fetched, and of others the pointer only.")
    own = f"{trial.home}.git/info/lfs"
    if addresses := [shown(each) for each in snapshot.prerequisites.lfs_addresses if each.rstrip("/") != own]:
        one = len(addresses) == 1
        yield Obstacle(
            f"{listed(addresses)} in `.lfsconfig` {'is' if one else 'are'} not asked for files of Git LFS: they are "
            "fetched from this repository's own address, even where another server has them."
        )


def _too_much(found: Sequence[Pointer]) -> str:
    are = "are files" if len(found) > 1 else "is a file"
    size = sum(each.size for each in found)
    return (
        f"{listed([each.path for each in found])} {are} of Git LFS, of which only the pointer is fetched "
        f"({size / 1e9:,.1f} GB, and at most {LIMITS.lfs / 1e9:.1f} GB of a commit are)"
    )


def _fetched(snapshot: Snapshot) -> tuple[Pointer, ...]:
    """Return the files that fit into the limit, those that stages read before the others."""
    found = snapshot.prerequisites.pointers
    used = dict.fromkeys(each for each in found if _used(snapshot, Trial(), each))
    rest = [each for each in found if each not in used and not each.path.startswith("../")]
    taken, left = [], LIMITS.lfs
    for each in (*used, *rest):
        if each.size <= left:
            taken.append(each)
            left -= each.size
    return tuple(taken)


def _used(snapshot: Snapshot, trial: Trial, pointer: Pointer) -> list[str]:
    """Return the names of the stages that read the file."""
    return [stage for found in reading(snapshot, trial, [pointer.path]).values() for stage in found]
