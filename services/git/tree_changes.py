"""Lists what a commit changes in its parent's tree, and decides which changes may not reach a branch."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.dvclive import holds
from services.git.command import git

EXECUTABLE, SYMLINK, SUBMODULE, NOTHING = "100755", "120000", "160000", "000000"
MEMORY = 1 << 30  # bytes that git may take to read foreign trees
LISTING = 32_000_000  # bytes that it may print of them: a few hundred bytes of trees can stand for millions of paths
GITS_OWN = {".gitmodules", ".gitattributes"}  # in any folder: they change how Git treats other files


@dataclass(frozen=True)
class PathChange:
    """One path that differs. Modes are Git's; NOTHING where the path does not exist."""

    path: str  # bytes that are not UTF-8 are written as `\\xff`
    before: str
    after: str
    utf8: bool = True


def changes(repository: Path, before: str, after: str) -> list[PathChange]:
    """Return every path that differs between two commits; a rename is a deletion and an addition."""
    arguments = ["-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--no-textconv", before, after]
    # :100644 100755 <sha> <sha> M\0path\0
    listing = git(repository, "diff-tree", *arguments, timeout=120.0, feed=b"", memory=MEMORY, most=LISTING)
    fields = listing.split(b"\0")[:-1]
    return [_change(state, path) for state, path in zip(fields[::2], fields[1::2], strict=True)]


def refusal(change: PathChange, allowed: Sequence[str]) -> str:
    """Return why a change may not reach a branch; empty where it may.

    `allowed` has files, and folders with all below.
    """
    parts = change.path.casefold().split("/")
    if change.after == SYMLINK:
        return "symlink"
    if SUBMODULE in (change.before, change.after):
        return "submodule"
    if parts[0] == ".github":
        return "workflow"
    if ".dvc" in parts[:-1]:
        return "DVC configuration"
    if parts[-1] in GITS_OWN:
        return "Git's own file"
    if change.after == EXECUTABLE != change.before:
        return "made executable"
    if not change.utf8 or not any(_covers(entry, change) for entry in allowed):
        return "not declared as an output"
    return ""


def _change(state: bytes, name: bytes) -> PathChange:
    before, after = state.decode().removeprefix(":").split(" ")[:2]
    try:
        return PathChange(name.decode(), before, after)
    except UnicodeDecodeError:
        return PathChange(name.decode(errors="backslashreplace"), before, after, utf8=False)


def _covers(entry: str, change: PathChange) -> bool:
    entry, path = posixpath.normpath(entry), change.path
    if path != entry and not path.startswith(entry + "/"):
        return False
    return change.before != NOTHING or holds(entry, path)
