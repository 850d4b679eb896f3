"""The parts of the Git port that look at commits and make them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from experiments.experiment import Repository


@dataclass(frozen=True)
class Described:
    """Parent, time and message of a commit."""

    parent: str  # SHA of the first parent; empty where there is none
    when: float  # committer time, in seconds since the epoch
    message: str


@dataclass(frozen=True)
class Held:
    """How large a commit's tree is, and what in it is kept elsewhere."""

    tree: str  # SHA
    size: int  # bytes of all its files
    files: int
    submodules: tuple[str, ...]  # paths
    pointers: tuple[str, ...]  # paths of files that Git LFS has elsewhere, the first hundred


class Commits(Protocol):
    """The part of the Git port that compares, lists and makes commits."""

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
        """Make a commit in the mirror and return its SHA. The same arguments make the same commit.

        Its tree is that of `parent` with the files of `texts` (path -> text), and with `paths` as they are at the
        commit `source`. `author` is our login; `when` is in seconds since the epoch.
        """
        ...

    def recommit(
        self,
        repository: Repository,
        sha: str,
        message: str,
        author: str,
        when: float,
        texts: Mapping[str, str] | None = None,
    ) -> str:
        """Make a fetched commit again in the mirror and return the new SHA. The same arguments make the same commit.

        Only its parent and its tree are taken over; files of `texts` (path -> text) replace its own. `author` is our
        login; `when` is in seconds since the epoch.
        """
        ...

    def changed(self, repository: Repository, before: str, after: str) -> Sequence[str]:
        """Return the paths that differ between two fetched commits. Raises UserError where they are too many."""
        ...

    def history(self, repository: Repository, older: str, newer: str, most: int) -> Sequence[str]:
        """Return the SHAs that `newer` reaches and `older` does not, the newest first, at most `most`.

        Both are fetched; `older` may be empty. Raises UserError where that takes too long.
        """
        ...

    def described(self, repository: Repository, shas: Sequence[str]) -> Mapping[str, Described]:
        """Return parent, time and message of fetched commits, by SHA."""
        ...

    def changes(self, repository: Repository, sha: str, paths: Sequence[str], most: int) -> Sequence[str]:
        """Return the commits up to a fetched one that changed one of these paths, the newest first, at most `most`.

        Raises UserError where the history is too long to be looked through.
        """
        ...

    def objects(self, repository: Repository, shas: Sequence[str], paths: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return for each fetched commit the SHAs of what it has at the paths, empty where it has nothing.

        Raises UserError where that takes too long.
        """
        ...

    def on_branch(self, repository: Repository, sha: str) -> bool | None:
        """Return whether a branch of the remote has the commit, None where that takes too long to find out.

        Nothing is fetched into the mirror.
        """
        ...

    def is_ancestor(self, repository: Repository, older: str, newer: str) -> bool:
        """Return whether the fetched commit `older` is `newer` or an ancestor of it."""
        ...


class Trees(Protocol):
    """The part of the Git port that measures and packs trees."""

    def held(self, repository: Repository, sha: str) -> Held:
        """Return how large a fetched commit is. Raises NotFound, and UserError where its files are too many to list."""
        ...

    def pack(self, repository: Repository, tree: str) -> BinaryIO:
        """Return an open Git pack of a fetched tree: its files, and no commit. Whoever reads it closes it."""
        ...
