"""What the program needs of Git: mirrors of repositories."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.ports.git_commits import Commits, Trees
from bot.ports.git_host import PullRequest
from experiments.experiment import Repository

UNDECLARED = "(not declared as an output)"  # how a path of Bundle.refused ends that is only that


@dataclass(frozen=True)
class Bundle:
    """What a verified bundle holds."""

    sha: str  # the one commit
    message: str
    changed: tuple[str, ...]  # paths that differ from the baseline's tree
    # Changed paths that may not reach a branch, each with its reason: `.github/w.yml (workflow)`.
    refused: tuple[str, ...]
    created: frozenset[str] = frozenset()  # changed paths that the baseline does not have

    @property
    def dangerous(self) -> tuple[str, ...]:
        """The refused paths that must not even be kept as an experiment, because somebody may apply it later."""
        return tuple(path for path in self.refused if not path.endswith(UNDECLARED))


@dataclass(frozen=True)
class LeftOut:
    """What a commit has and our checkout of it lacks. Paths start at the repository's root."""

    submodules: Mapping[str, str]  # path -> SHA of the commit in the other repository
    large: tuple[str, ...]  # paths of files that are too large to check out


class Checkouts(Protocol):
    """Part of the Git port: what reading a commit needs of it."""

    def tree(self, repository: Repository, sha: str) -> str:
        """Return the SHA of a fetched commit's tree. Raises NotFound."""
        ...

    def checkout(self, repository: Repository, sha: str, folder: Path) -> LeftOut:
        """Write a commit's tree into an empty folder and return what is left out.

        Symlinks become plain files; no filters run.
        """
        ...

    def room(self, repository: Repository, sha: str) -> int:
        """Return the bytes of disk that a checkout of the commit fills. Raises NotFound and UserError."""
        ...

    def brought(self, repository: Repository, shas: Sequence[str]) -> Mapping[str, Path]:
        """Return, for those of these fetched commits that only a fork has, a folder that is deleted with them.

        It may not exist. Nothing of it is deleted while they are being read.
        """
        ...


class ReadGit(Commits, Trees, Checkouts, Protocol):
    """Mirrors of repositories, without work trees. Nothing in them is ever run, and nobody sees what is fetched or made
    there until it is pushed."""

    def fetch(self, repository: Repository, refs: Sequence[str], *, waits: bool = True) -> None:
        """Fetch refs or SHAs into the mirror.

        Raises NotFound where the remote has none of that name, and TryLater where another process has been fetching
        for too long (without `waits`: where one is fetching at all).
        """
        ...

    def fetch_bounded(self, repository: Repository, sha: str) -> None:
        """Fetch a commit or tag into the mirror, within the bounds of a fork and without delaying other fetches.

        Raises UserError where it brings too much, else as `fetch`.
        """
        ...

    def fetch_pull(self, pull: PullRequest) -> None:
        """Fetch head and base of a pull request; a fork's go into the store that `reading` gave.

        Raises UserError where they are too large.
        """
        ...

    def read(self, repository: Repository, sha: str, path: str, limit: int = 1_000_000) -> bytes | None:
        """Return a file's bytes at a commit, None where it is absent, a symlink or a folder.

        Raises UserError where the file has more than `limit` bytes.
        """
        ...

    def holds(self, repository: Repository, sha: str, path: str) -> bool:
        """Return whether a fetched commit has a file, a folder or something else at this path."""
        ...

    def merge_base(self, repository: Repository, one: str, other: str) -> str:
        """Return the SHA of the newest common ancestor of two fetched commits, empty where they have none."""
        ...

    def message(self, repository: Repository, sha: str) -> str:
        """Return the message of a fetched commit. Raises NotFound."""
        ...

    def commits(self, repository: Repository, begins: str, tips: Sequence[str]) -> Sequence[str]:
        """Return the SHAs that begin with `begins` (at least 4 characters); for a tag object, that of its commit.

        Only commits that the fetched `tips` reach count: others in the mirror may be nobody's to see.
        """
        ...

    def beginning(self, repository: Repository, begins: str) -> Sequence[str] | None:
        """Return the SHAs that begin with `begins` (at least 4 characters) of commits on the remote's branches and
        tags, fetched or not; None where there are too many commits to look through.

        Raises TryLater where others look.
        """
        ...

    def remote_refs(self, repository: Repository, pattern: str) -> Mapping[str, str]:
        """Return the remote's refs that match a pattern, such as `refs/exps/*`, with their SHAs."""
        ...

    def verify(self, repository: Repository, bundle: Path, ref: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Check a bundle without trusting it. Its commit is in the mirror afterwards.

        Paths outside `allowed`, symlinks, submodules, workflows and `.dvc/config` are named in `refused`. Raises
        UserError with the reason: another ref or several, more than one commit, another parent, too large, or fsck.
        """
        ...

    def look(self, repository: Repository, sha: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Check a fetched commit as `verify` checks a bundle. Raises UserError unless its parent is `baseline`."""
        ...


class Git(ReadGit, Protocol):
    """The Git port: reading, and what changes the remote."""

    def reading(self, pull: PullRequest) -> AbstractContextManager["Git"]:
        """Return the port to read this pull request with. Objects of a fork stay in a store of their own."""
        ...

    def sweep(self) -> None:
        """Delete the stores of forks' pull requests that are not in use any more."""
        ...

    def push(self, repository: Repository, sha: str, ref: str, expected: str = "") -> None:
        """Set a ref of the remote, by fast-forward from `expected` (empty: it must not exist, or be `sha` already).

        Raises Rejected with the reason.
        """
        ...

    def remove(self, repository: Repository, refs: Mapping[str, str]) -> None:
        """Delete refs of the remote that are at these SHAs, or none of them where one is not.

        Raises Rejected with the reason.
        """
        ...
