"""A few kilobytes of Git trees that stand for more files than any machine can hold."""

import resource
import subprocess
from pathlib import Path

import pytest

from bot.errors import UserError
from services.git import trees
from services.git.command import GitFailed, GitTimedOut
from services.git.tree_changes import changes
from tests.contracts.git.workbench import Workbench

ROOM = 300_000_000  # bytes of memory that reading may take beyond what is used already


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Return a repository, a commit of one file, and a commit of 10^9 files on it."""
    bench = Workbench.make(tmp_path_factory.mktemp("bomb"))
    blob = bench.git("hash-object", "-w", "--stdin", feed=b"x")
    entry = f"100644 blob {blob}"
    small = bench.git("mktree", feed=f"{entry}\ta\n".encode())
    for _ in range(9):
        kind = "tree" if entry.startswith("040000") else "blob"
        lines = "".join(f"{entry}\t{kind}-{number}\n" for number in range(10))
        entry = f"040000 tree {bench.git('mktree', feed=lines.encode())}"
    before = bench.git("commit-tree", small, "-m", "Small")
    after = bench.git("commit-tree", entry.split()[2], "-p", before, "-m", "Large")
    return bench.folder / "work" / ".git", before, after


def peak() -> int:
    """Return the peak memory of this process, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_listing_its_files_is_stopped(bomb: tuple[Path, str, str], tmp_path: Path) -> None:
    place, _, after = bomb
    before = peak()
    with pytest.raises(UserError, match="more files than"):
        trees.held(place, after)
    with pytest.raises(UserError, match="more files than"):
        trees.checkout(place, after, tmp_path)
    assert peak() - before < ROOM


def test_listing_its_changes_is_stopped(bomb: tuple[Path, str, str]) -> None:
    place, older, newer = bomb
    before = peak()
    with pytest.raises((GitTimedOut, GitFailed)):  # by its output, or by the memory it takes before any output
        changes(place, older, newer)
    assert peak() - before < ROOM


def test_git_itself_accepts_it(bomb: tuple[Path, str, str]) -> None:
    place, _, _ = bomb
    subprocess.run(["git", f"--git-dir={place}", "fsck", "--strict"], check=True, capture_output=True)
