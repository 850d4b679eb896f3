"""Reads and writes repositories for the bot: mirrors, bundles of experiments, and refs."""

import fnmatch
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.errors import Rejected
from bot.ports.git import Bundle, LeftOut
from bot.ports.git_commits import Described, Held
from bot.ports.git_host import PullRequest
from experiments.experiment import Repository
from services.git import bundles, commits, forks, trees
from services.git.mirror import PATIENCE, Mirror, hexadecimal, mirror_in
from services.git.remote_access import RemoteAccess
from services.git.stores import SNAPSHOTS, Stores, all_below

_SHA = re.compile(r"[0-9a-f]{40}")
# A part of what `git check-ref-format` allows: nothing that git takes for an option, a glob or a refspec.
_REF = re.compile(r"refs(?:/(?!\.)(?:(?!\.\.|@\{|\.lock(?:/|$))[^\x00-\x20\x7f~^:?*\[\\/])+(?<!\.))+")


class Mirrors:
    """Implements the port Git in a folder. Tokens are asked for when they are needed, and never kept."""

    def __init__(
        self,
        folder: Path,
        read_token: Callable[[Repository], str],
        write_token: Callable[[Repository], str],
        forget_token: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._remotes = RemoteAccess(read_token, write_token, forget_token)

    def fetch(self, repository: Repository, refs: Sequence[str], *, waits: bool = True) -> None:
        """Bring refs (`refs/...` in full) or SHAs into the mirror. Commits that are here are not asked for again.

        NotFound where the remote has none of that name, Forbidden, TryLater.
        """
        mirror = self._mirror(repository)
        names = list(dict.fromkeys(refs))

        def wanted() -> list[str]:
            absent = self._missing(repository, [name for name in names if _SHA.fullmatch(name)])
            return [_checked(name) for name in names if name in absent or not _SHA.fullmatch(name)]

        if not wanted():
            return  # who needs nothing does not wait for other fetches, which may take minutes
        with mirror.locked(PATIENCE if waits else 0.0):
            if asked := wanted():
                mirror.keep(self._remotes.reading(repository, lambda remote: remote.fetch(mirror.folder, asked)))

    def fetch_bounded(self, repository: Repository, sha: str) -> None:
        """Bring a commit into the mirror by way of a store. UserError where it is too large; else as `fetch`."""

        def bring(store: Path, seconds: float, most: int) -> None:
            self._remotes.reading(repository, lambda remote: remote.fetch(store, [sha], seconds, most))

        if self._missing(repository, [sha]):
            forks.take_over(self._mirror(repository), sha, bring)

    @contextmanager
    def reading(self, pull: PullRequest) -> Iterator["Mirrors"]:
        """Give the mirrors for this pull request. A fork's commits are in a store that only these mirrors read.
        It is deleted after the block where the pull request is no longer open."""
        if not pull.fork:
            yield self
            return
        try:
            with ExitStack() as held:
                yield _OfFork(self, pull, held)
        finally:
            if pull.state != "open":
                Stores(self._mirror(pull.repository)).remove(f"{pull.number:d}")

    def fetch_pull(self, pull: PullRequest) -> None:
        """Bring both sides of a pull request. Raises ValueError for a fork's outside of `reading`; else as `fetch`."""
        if pull.fork:
            raise ValueError(f"pull request {pull.number} is a fork's: its head has no place in the mirror")
        self.fetch(pull.repository, [pull.head, pull.base])

    def on_branch(self, repository: Repository, sha: str) -> bool | None:
        """Return whether a branch of the remote has the commit; None where the branches are too much to search."""
        return self._remotes.reading(repository, lambda remote: forks.on_branch(self._mirror(repository), sha, remote))

    def beginning(self, repository: Repository, begins: str) -> Sequence[str] | None:
        """Return commits of the remote's branches and tags that begin so; None where these are too much to search."""
        return self._remotes.reading(
            repository, lambda remote: forks.beginning(self._mirror(repository), begins, remote)
        )

    def sweep(self) -> None:
        """Delete what forks brought and nobody has read for a day."""
        for store in all_below(self._folder):
            store.sweep()

    def read(self, repository: Repository, sha: str, path: str, limit: int = 1_000_000) -> bytes | None:
        """Return a file's bytes at a commit; None where it is absent or no file. UserError above the limit (bytes)."""
        return trees.read(self._place(repository).folder, sha, path, limit)

    def holds(self, repository: Repository, sha: str, path: str) -> bool:
        """Return whether a commit has anything of this name."""
        return trees.holds(self._place(repository).folder, sha, path)

    def merge_base(self, repository: Repository, one: str, other: str) -> str:
        """Return the newest common ancestor of two commits; empty where there is none."""
        return self._place(repository).merge_base(one, other)

    def changed(self, repository: Repository, before: str, after: str) -> Sequence[str]:
        """Return the paths that differ between two fetched commits. Raises UserError where they are too many."""
        place = self._place(repository)
        return commits.changed(place, place.commit(before), place.commit(after))

    def message(self, repository: Repository, sha: str) -> str:
        """Return the message of a fetched commit. Raises NotFound."""
        return self._place(repository).message(sha)

    def commits(self, repository: Repository, begins: str, tips: Sequence[str]) -> Sequence[str]:
        """Return commits that `tips` reach and whose SHA, or that of a tag to them, begins so."""
        return self._place(repository).commits(begins, tips)

    def history(self, repository: Repository, older: str, newer: str, most: int) -> Sequence[str]:
        """Return commits of `newer` that `older` lacks, the newest first. UserError where that takes too long."""
        return self._place(repository).history(older, newer, most)

    def described(self, repository: Repository, shas: Sequence[str]) -> Mapping[str, Described]:
        """Return parent, time and message of fetched commits."""
        unique = list(dict.fromkeys(shas))
        return {
            sha: Described(*each) for sha, each in zip(unique, self._place(repository).described(unique), strict=True)
        }

    def remote_refs(self, repository: Repository, pattern: str) -> Mapping[str, str]:
        """Return matching refs of the remote (`refs/exps/*`) with their SHAs; `*` also matches slashes."""
        folder = self._mirror(repository).folder
        found = self._remotes.reading(repository, lambda remote: remote.refs(folder, pattern))
        # git matches the end of a name: a branch called refs/exps/x would pass for an experiment.
        return {ref: sha for ref, sha in found.items() if fnmatch.fnmatchcase(ref, pattern)}

    def verify(self, repository: Repository, bundle: Path, ref: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Verify a bundle without trusting it; see bundles.verify."""
        mirror = self._mirror(repository)
        return bundles.verify(mirror, bundle, _full(ref), mirror.commit(baseline), allowed)

    def look(self, repository: Repository, sha: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Inspect a fetched commit without trusting it; see commits.look."""
        return commits.look(self._place(repository), sha, baseline, allowed)

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
        """Make a commit in the mirror; see commits.make."""
        who = repository.host.identity(author)
        return commits.make(self._mirror(repository), parent, message, who, when, texts, source, paths)

    def recommit(
        self,
        repository: Repository,
        sha: str,
        message: str,
        author: str,
        when: float,
        texts: Mapping[str, str] | None = None,
    ) -> str:
        """Make a commit again with our own message and author; see commits.recommit."""
        who = repository.host.identity(author)
        return commits.recommit(self._mirror(repository), sha, message, who, when, texts)

    def tree(self, repository: Repository, sha: str) -> str:
        """Return the SHA of a fetched commit's tree."""
        return self._place(repository).tree(sha)

    def changes(self, repository: Repository, sha: str, paths: Sequence[str], most: int) -> Sequence[str]:
        """Return the newest commits, up to a fetched one, that changed one of these paths."""
        return self._place(repository).changes(sha, paths, most)

    def objects(self, repository: Repository, shas: Sequence[str], paths: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return what fetched commits have at these paths; see trees.objects."""
        return trees.objects(self._place(repository).folder, shas, paths)

    def is_ancestor(self, repository: Repository, older: str, newer: str) -> bool:
        """Return whether `older` is `newer` or an ancestor of it; both must be fetched."""
        return self._place(repository).is_ancestor(older, newer)

    def checkout(self, repository: Repository, sha: str, folder: Path) -> LeftOut:
        """Write a commit's tree into an empty folder; see trees.checkout for what is left out."""
        return trees.checkout(self._place(repository).folder, sha, folder)

    def room(self, repository: Repository, sha: str) -> int:
        """Return the bytes of disk that a checkout of a fetched commit fills; see trees.room."""
        return trees.room(self._place(repository).folder, sha)

    def brought(self, repository: Repository, shas: Sequence[str]) -> Mapping[str, Path]:
        """Return the folder for what is made of commits that only a fork has; all others are of the mirror."""
        place, mirror = self._place(repository), self._mirror(repository)
        return {} if place == mirror else dict.fromkeys(mirror.absent(shas), place.folder / SNAPSHOTS)

    def held(self, repository: Repository, sha: str) -> Held:
        """Return what a fetched commit holds; see trees.held."""
        return trees.held(self._place(repository).folder, sha)

    def pack(self, repository: Repository, tree: str) -> BinaryIO:
        """Return a pack of a fetched tree as an open file, to be closed. The file has no name any more."""
        with tempfile.TemporaryDirectory(prefix="submodule-") as folder:
            return trees.pack(self._place(repository).folder, tree, Path(folder)).open("rb")

    def push(self, repository: Repository, sha: str, ref: str, expected: str = "") -> None:
        """Fast-forward a remote ref from `expected` (empty: it must not exist), unless it is at `sha` already.
        Raises Rejected with the reason, NotFound, Forbidden and TryLater."""
        mirror = self._mirror(repository)
        sha = mirror.commit(sha)
        if expected and not mirror.is_ancestor(hexadecimal(expected), sha):
            raise Rejected(f"{sha[:7]} does not come after {expected[:7]}: {ref} cannot be fast-forwarded")
        self._remotes.writing(repository, lambda remote: remote.push(mirror.folder, sha, _full(ref), expected))

    def remove(self, repository: Repository, refs: Mapping[str, str]) -> None:
        """Delete these refs if all are at these SHAs. Raises Rejected, NotFound, Forbidden and TryLater."""
        folder, wanted = self._mirror(repository).folder, {_full(ref): hexadecimal(sha) for ref, sha in refs.items()}
        self._remotes.writing(repository, lambda remote: remote.remove(folder, wanted))

    def _mirror(self, repository: Repository) -> Mirror:
        return mirror_in(self._folder, repository.id)

    def _place(self, repository: Repository) -> Mirror:
        """Return where the repository's commits are read."""
        return self._mirror(repository)

    def _missing(self, repository: Repository, shas: Sequence[str]) -> set[str]:
        """Return those of these commits that must be fetched into the mirror."""
        return self._mirror(repository).missing(shas)


class _OfFork(Mirrors):
    """The mirrors for a fork's pull request. Writing uses the mirror and what the mirror has."""

    def __init__(self, mirrors: Mirrors, pull: PullRequest, held: ExitStack) -> None:
        self._folder, self._remotes = mirrors._folder, mirrors._remotes
        self._pull = pull
        self._held = held
        self._store: Mirror | None = None

    def fetch(self, repository: Repository, refs: Sequence[str], *, waits: bool = True) -> None:
        """Fetch as `Mirrors.fetch` does, but never bring the fork's commits into the mirror."""
        head = self._pull.head if repository.id == self._pull.repository.id else ""
        if head in refs:
            self.fetch_pull(self._pull)
        super().fetch(repository, [ref for ref in refs if ref != head], waits=waits)

    def fetch_pull(self, pull: PullRequest) -> None:
        """Bring both sides. Raises UserError where the head brings more than a fork may; else as `fetch`."""
        where, head, mirror = pull.repository, pull.head, self._mirror(pull.repository)
        if self._store is not None:
            return
        super().fetch(where, [pull.base])
        if not mirror.missing([head]):
            return

        def bring(store: Path, seconds: float, most: int) -> None:
            self._remotes.reading(where, lambda remote: remote.fetch(store, [head], seconds, most))

        self._store = self._held.enter_context(forks.holding(mirror, pull.number, head, bring))

    def _place(self, repository: Repository) -> Mirror:
        if self._store is None or repository.id != self._pull.repository.id:
            return super()._place(repository)
        return self._store

    def _missing(self, repository: Repository, shas: Sequence[str]) -> set[str]:
        place, head = self._place(repository), self._pull.head
        return {sha for sha in super()._missing(repository, shas) if not place.is_ancestor(sha, head)}


def _checked(name: str) -> str:
    return name if _SHA.fullmatch(name) else _full(name)


def _full(ref: str) -> str:
    if not _REF.fullmatch(ref):
        raise ValueError(f"not a ref's full name: {ref[:100]!r}")
    return ref
