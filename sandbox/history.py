"""Reads a repository's commits, differences and files from its Git folder, for display."""

import re
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from sandbox import gitfolder
from sandbox.records import HostedRepository
from sandbox.state import Missing

MOST_FILES = 200  # of one comparison
MOST_LINES = 600  # of one file in it
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
FIELDS = "%H%x00%P%x00%an%x00%ae%x00%ct%x00%B%x00%x00"


@dataclass(frozen=True)
class Commit:
    """A commit."""

    sha: str
    parents: tuple[str, ...]
    author: str
    email: str
    when: float  # seconds since the epoch
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    @property
    def body(self) -> str:
        """The message without its first line."""
        return self.message.partition("\n")[2].strip()


@dataclass(frozen=True)
class DiffLine:
    """A line of a difference: its number before and after (0: not there), and its text."""

    kind: Literal["same", "added", "removed", "hunk", "note"]
    before: int
    after: int
    text: str


@dataclass(frozen=True)
class FileChange:
    """The change of one file."""

    path: str
    old_path: str  # differs from `path` when it was renamed
    added: int
    removed: int
    binary: bool
    lines: tuple[DiffLine, ...]
    cut: int = 0  # lines that are not shown


def _git(folder: Path, *arguments: str) -> bytes:
    """Return git's output as bytes, which may be anything. Raises Missing where git does not know what is asked for."""
    command = ["git", "--git-dir", str(folder), "-c", gitfolder.LARGEST_COMPARED, *arguments]
    done = subprocess.run(command, env=gitfolder.environment(), capture_output=True, check=False)
    if done.returncode:
        raise Missing(done.stderr.decode(errors="replace").strip())
    return done.stdout


@lru_cache(maxsize=64)  # two SHAs always differ in the same, and a refreshing page asks every second
def commits(folder: Path, head: str, base: str = "", limit: int = 250) -> tuple[Commit, ...]:
    """Return the commits of `head` that `base` lacks (or all), the newest first. Both are SHAs. Raises Missing."""
    names = [head, f"^{base}"] if base else [head]
    text = _git(folder, "log", f"--max-count={limit}", f"--format={FIELDS}", *names, "--").decode(errors="replace")
    found = []
    for entry in text.split("\0\0\n"):
        if entry.strip():
            sha, parents, author, email, when, message = entry.split("\0", 5)
            found.append(Commit(sha, tuple(parents.split()), author, email, float(when), message.strip()))
    return tuple(found)


def merge_base(folder: Path, one: str, other: str) -> str:
    """Return the newest commit that two SHAs share; empty where they share none."""
    try:
        return _git(folder, "merge-base", one, other).decode().strip()
    except Missing:
        return ""


@lru_cache(maxsize=16)
def changes(folder: Path, before: str, after: str) -> tuple[FileChange, ...]:
    """Return the changes of each file between two SHAs; an empty `before` means an empty tree. Raises Missing."""
    options = ["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--find-renames"]
    sides = [before or EMPTY_TREE, after, "--"]
    counts = _git(folder, *options, "--numstat", "-z", *sides).decode(errors="replace").split("\0")
    patch = _git(folder, *options, "--patch", *sides).decode(errors="replace")
    # A line of a file is always indented by its sign, so only headings begin with this.
    patches = re.split(r"^diff --git .*\n", patch, flags=re.MULTILINE)[1:]
    found: list[FileChange] = []
    while counts and counts[0] and len(found) < min(MOST_FILES, len(patches)):
        added, removed, path = counts.pop(0).split("\t", 2)
        old = path
        if not path:  # renamed: both names follow
            old, path = counts.pop(0), counts.pop(0)
        lines = _lines(patches[len(found)])
        cut = max(0, len(lines) - MOST_LINES)
        binary = added == "-"
        sums = (0, 0) if binary else (int(added), int(removed))
        found.append(FileChange(path, old, *sums, binary, tuple(lines[:MOST_LINES]), cut))
    return tuple(found)


def _lines(patch: str) -> list[DiffLine]:
    """Return the lines of one file's patch with their numbers."""
    before = after = 0
    found: list[DiffLine] = []
    for text in patch.split("\n"):
        hunk = HUNK.match(text)
        if hunk:
            before, after = int(hunk[1]), int(hunk[2])
            found.append(DiffLine("hunk", 0, 0, text))
        elif not found:
            continue  # index and mode lines above the first hunk
        elif text.startswith("+"):
            found.append(DiffLine("added", 0, after, text[1:]))
            after += 1
        elif text.startswith("-"):
            found.append(DiffLine("removed", before, 0, text[1:]))
            before += 1
        elif text.startswith(" "):
            found.append(DiffLine("same", before, after, text[1:]))
            before, after = before + 1, after + 1
        elif text.startswith("\\"):
            found.append(DiffLine("note", 0, 0, text[2:]))
    return found


def files(folder: Path, sha: str, limit: int = 300) -> list[str]:
    """Return the paths in a commit's tree, at most `limit`. Raises Missing."""
    listed = _git(folder, "ls-tree", "-r", "-z", "--name-only", sha).decode(errors="replace")
    return listed.split("\0")[:-1][:limit]


def split_ref(repository: HostedRepository, rest: str) -> tuple[str, str, str]:
    """Split `ref/path` of an address into ref, its SHA, and path. The shortest existing ref counts. Raises Missing."""
    parts = rest.split("/")
    for length in range(1, len(parts)):
        ref = "/".join(parts[:length])
        try:
            return ref, gitfolder.sha_of(repository, ref), "/".join(parts[length:])
        except Missing:
            continue
    raise Missing(f"no branch or commit with a file {rest} in {repository.full_name}")


def blob(folder: Path, sha: str, path: str) -> bytes:
    """Return a file's bytes. Raises Missing, also for a folder."""
    return _git(folder, "cat-file", "blob", f"{sha}:{path}")
