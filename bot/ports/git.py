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
    refused: tuple[
        str, ...
    ]  # those of them that may not reach a branch, each with its reason: `.github/w.yml (workflow)`
    created: frozenset[str] = frozenset()  # those of them that the baseline does not have

    @property
    def dangerous(self) -> tuple[str, ...]:
        """Those that must not even be kept as an experiment, for somebody applies it some day."""
        return tuple(path for path in self.refused if not path.endswith(UNDECLARED))


@dataclass(frozen=True)
class LeftOut:
    """What a commit has and a checkout of ours has not. Paths are from the repository's root."""

    submodules: Mapping[str, str]  # path -> SHA of the commit in the other repository
    large: tuple[str, ...]  # files of more bytes than are laid out


class Checkouts(Protocol):
    """Part of the Git port: what reading a commit needs of it."""

    def tree(self, repository: Repository, sha: str) -> str:
        """The SHA of a fetched commit's tree."""
        ...

    def checkout(self, repository: Repository, sha: str, folder: Path) -> LeftOut:
        """Write a commit's tree into an empty folder: symlinks as plain files, no filters; what is left out of it."""
        ...

    def room(self, repository: Repository, sha: str) -> int:
        """Bytes of a disk that a checkout of the commit fills."""
        ...


class ReadGit(Commits, Trees, Checkouts, Protocol):
    """Kept mirrors of repositories, without work trees. Nothing in them is ever run, and nobody sees what is brought or
    made there until it is pushed."""

    def fetch(self, repository: Repository, refs: Sequence[str], *, waits: bool = True) -> None:
        """Bring refs or SHAs into the mirror. NotFound where the remote has none of that name. TryLater while others
        bring something, at once without `waits`."""
        ...

    def fetch_pull(self, pull: PullRequest) -> None:
        """Bring both sides of a pull request; of a fork's, into what `reading` gave. UserError where that is too
        much."""
        ...

    def read(self, repository: Repository, sha: str, path: str, limit: int = 1_000_000) -> bytes | None:
        """A file's bytes at a commit, None where it is absent (or a symlink, or a folder). UserError past the limit."""
        ...

    def holds(self, repository: Repository, sha: str, path: str) -> bool:
        """Whether a fetched commit has anything of this name: a file, a folder or something else."""
        ...

    def merge_base(self, repository: Repository, one: str, other: str) -> str:
        """The newest commit from which both came; empty where they share none. Both were fetched."""
        ...

    def message(self, repository: Repository, sha: str) -> str:
        """Of a commit that was fetched."""
        ...

    def commits(self, repository: Repository, begins: str, tips: Sequence[str]) -> Sequence[str]:
        """Commits whose SHA begins so (4 characters at least), or that a tag whose SHA does points to, of those that
        the fetched `tips` reach: what else lies in the mirror is not told."""
        ...

    def remote_refs(self, repository: Repository, pattern: str) -> Mapping[str, str]:
        """Refs of the remote that match, `refs/exps/*` say, with their SHAs."""
        ...

    def verify(self, repository: Repository, bundle: Path, ref: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Look into a bundle without trusting it; its commit is in the mirror afterwards. UserError with the reason:
        more or another ref, more than one commit, another parent, too large, fsck. Paths outside `allowed`, symlinks,
        submodules, workflows and `.dvc/config` are named in `refused`."""
        ...

    def look(self, repository: Repository, sha: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Look into a fetched commit as into a bundle. UserError unless it is one commit on `baseline`."""
        ...


class Git(ReadGit, Protocol):
    """The same, and what others see of it."""

    def reading(self, pull: PullRequest) -> AbstractContextManager["Git"]:
        """The same, as one reads this pull request with it: what a fork's brings is nowhere else."""
        ...

    def sweep(self) -> None:
        """Take away what was fetched for pull requests of forks and is not in use any more."""
        ...

    def push(self, repository: Repository, sha: str, ref: str, expected: str = "") -> None:
        """Set a ref of the remote, by fast-forward from `expected` (empty: it must not exist, or be `sha` already).

        Rejected with the reason."""
        ...

    def remove(self, repository: Repository, refs: Mapping[str, str]) -> None:
        """Take refs of the remote away that are at these SHAs; none where one is not. Rejected with the reason."""
        ...
