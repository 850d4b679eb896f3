"""What looking at commits, and making them, needs of Git."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from experiments.experiment import Repository


@dataclass(frozen=True)
class Described:
    """What a commit says."""

    parent: str  # SHA of the first one; empty where there is none
    when: float  # it was made, says who made it
    message: str


@dataclass(frozen=True)
class Held:
    """What a commit holds."""

    tree: str  # SHA
    size: int  # bytes of its files
    files: int
    submodules: tuple[str, ...]  # paths
    pointers: tuple[str, ...]  # paths of files that Git LFS has elsewhere, the first hundred


class Commits(Protocol):
    """Part of the Git port."""

    def commit(
        self,
        repository: Repository,
        parent: str,
        message: str,
        author: str,
        when: float,
        texts: Mapping[str, str],
        source: str = "",
        paths: Sequence[str] = (),
    ) -> str:
        """Make a commit in the mirror: `parent`'s tree with `texts`, and with `paths` as they are at `source`. The same
        arguments make the same commit. `author`: our login."""
        ...

    def remake(
        self,
        repository: Repository,
        sha: str,
        message: str,
        author: str,
        when: float,
        texts: Mapping[str, str] | None = None,
    ) -> str:
        """Make a commit again in the mirror: the parent of a fetched one and its tree, with `texts` in the place of its
        own files, and nothing else of it. The same arguments make the same commit. `author`: our login."""
        ...

    def changed(self, repository: Repository, before: str, after: str) -> Sequence[str]:
        """Paths that differ between two fetched commits. UserError where they are too many."""
        ...

    def history(self, repository: Repository, older: str, newer: str, most: int) -> Sequence[str]:
        """SHAs of the commits that `newer` reaches and `older` (may be empty) does not, the newest first, at most so
        many. Both were fetched. UserError where that takes too long."""
        ...

    def described(self, repository: Repository, shas: Sequence[str]) -> Mapping[str, Described]:
        """What these fetched commits say, by SHA."""
        ...

    def changes(self, repository: Repository, sha: str, paths: Sequence[str], most: int) -> Sequence[str]:
        """The newest commits, up to a fetched one, that changed one of these paths, at most so many, the newest first.
        UserError where its history is too long, or these are too many, to be looked through."""
        ...

    def objects(self, repository: Repository, shas: Sequence[str], paths: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """What each of these fetched commits has at the paths: SHAs of files and folders, empty where it has nothing.
        UserError where that takes too long."""
        ...

    def on_branch(self, repository: Repository, sha: str) -> bool | None:
        """Whether a branch of the remote has the commit; None where that is too much to be looked through. Nothing is
        fetched into the mirror for it."""
        ...

    def is_ancestor(self, repository: Repository, older: str, newer: str) -> bool:
        """Whether `older` is `newer` or comes before it; both were fetched."""
        ...


class Trees(Protocol):
    """Part of the Git port."""

    def held(self, repository: Repository, sha: str) -> Held:
        """What a fetched commit holds. NotFound; UserError where it has more files than can be listed."""
        ...

    def pack(self, repository: Repository, tree: str) -> BinaryIO:
        """A Git pack of a fetched tree, to be read and closed: its files, and no commit."""
        ...
