"""Reads what a commit itself says: its tree, parents and message."""

from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from services.git.command import GitTooLong, git

COMMIT_LIMIT = 100_000  # bytes, nearly all of them the message
_FIRST_LINE = 100  # bytes at most: SHA, kind and size


@dataclass(frozen=True)
class CommitObject:
    """One object of a repository. Of a commit over COMMIT_LIMIT bytes, tree and message may be empty."""

    kind: str  # Git's word: commit, tag, tree, blob; `missing` for none
    size: int  # bytes
    tree: str = ""
    parents: tuple[str, ...] = ()  # of every commit, however large
    message: str = ""


def commit_object(repository: Path, sha: str) -> CommitObject:
    """Return what is here of this SHA, of which nobody knows yet that it is a commit. Raises GitFailed, GitTimedOut."""
    asked = f"{sha}\n".encode()
    try:
        told = git(repository, "cat-file", "--batch", feed=asked, most=COMMIT_LIMIT + _FIRST_LINE)
    except GitTooLong:
        kind, size = _facts(git(repository, "cat-file", "--batch-check", feed=asked))
        found = git(repository, "rev-list", "--parents", "--max-count=1", sha) if kind == "commit" else b""
        return CommitObject(kind, size, parents=tuple(found.decode().split()[1:]))
    first, _, rest = told.partition(b"\n")
    kind, size = _facts(first)
    if kind != "commit":
        return CommitObject(kind, size)
    head, _, message = rest[:size].partition(b"\n\n")
    tree, *lines = head.split(b"\n")
    # What follows another line is no parent, whatever it is called.
    parents = tuple(line[7:].decode() for line in takewhile(lambda line: line.startswith(b"parent "), lines))
    return CommitObject(kind, size, tree[5:].decode(), parents, message.decode(errors="replace").strip())


def _facts(line: bytes) -> tuple[str, int]:
    """Return kind and size of `<sha> commit 123`, or of `<sha> missing`."""
    _, kind, *size = line.decode().split()
    return kind, int(size[0]) if size else 0
