"""Repositories as the bot reads and writes them: kept mirrors, experiments' bundles and refs."""

import fnmatch
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from bot.errors import Rejected
from bot.ports.git import Bundle, LeftOut
from bot.ports.git_commits import Described, Held
from bot.ports.git_host import PullRequest
from experiments.experiment import Repository
from services.git import bundles, commits, forks, trees
from services.git.mirror import PATIENCE, Mirror, hexadecimal, mirror_in
from services.git.remote import Remote, TokenUnknown
from services.git.stores import Stores, all_below

_T = TypeVar("_T")
_SHA = re.compile(r"[0-9a-f]{40}")
# What `git check-ref-format` allows, less some: nothing that git takes for an option, a glob or a refspec.
_REF = re.compile(r"refs(?:/(?!\.)(?:(?!\.\.|@\{|\.lock(?:/|$))[^\x00-\x20\x7f~^:?*\[\\/])+(?<!\.))+")


class Mirrors:
    """Implements the Git port in a folder. The tokens are asked for when one is needed and never kept."""

    def __init__(
        self,
        folder: Path,
        read_token: Callable[[Repository], str],
        write_token: Callable[[Repository], str],
        forget_token: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._read_token = read_token
        self._write_token = write_token
        self._forget_token = forget_token

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
            return  # who needs nothing does not wait for those who fetch, for minutes it may be
        with mirror.locked(PATIENCE if waits else 0.0):
            if asked := wanted():
                mirror.keep(self._reading(repository, lambda remote: remote.fetch(mirror.folder, asked)))

    @contextmanager
    def reading(self, pull: PullRequest) -> Iterator["Mirrors"]:
        """As one reads this pull request with them: what a fork's brings is in a store of its own, which goes with the
        pull request, and is read with what is given here alone."""
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
        """Bring both sides of a pull request. ValueError for a fork's outside `reading`; else what `fetch` raises."""
        if pull.fork:
            raise ValueError(f"pull request {pull.number} is a fork's: its head has no place in the mirror")
        self.fetch(pull.repository, [pull.head, pull.base])

    def on_branch(self, repository: Repository, sha: str) -> bool | None:
        """Whether a branch of the remote has the commit; None where that is too much to be looked through."""

        def bring(store: Path, seconds: float, most: int) -> None:
            self._reading(repository, lambda remote: remote.fetch_branches(store, seconds, most))

        return forks.on_branch(self._mirror(repository), sha, bring)

    def sweep(self) -> None:
        """Take away what forks brought and nobody has read for a day."""
        for store in all_below(self._folder):
            store.sweep()

    def read(self, repository: Repository, sha: str, path: str, limit: int = 1_000_000) -> bytes | None:
        """A file's bytes at a commit, None where it is absent (or a symlink, or a folder). UserError past the limit."""
        return trees.read(self._place(repository).folder, sha, path, limit)

    def holds(self, repository: Repository, sha: str, path: str) -> bool:
        """Whether a commit has anything of this name."""
        return trees.holds(self._place(repository).folder, sha, path)

    def merge_base(self, repository: Repository, one: str, other: str) -> str:
        """The newest commit from which both came; empty where they share none."""
        return self._place(repository).merge_base(one, other)

    def changed(self, repository: Repository, before: str, after: str) -> Sequence[str]:
        """Paths that differ between two fetched commits. UserError where they are too many to be listed."""
        place = self._place(repository)
        return commits.changed(place, place.commit(before), place.commit(after))

    def message(self, repository: Repository, sha: str) -> str:
        """Of a commit that was fetched. NotFound."""
        return self._place(repository).message(sha)

    def commits(self, repository: Repository, begins: str, tips: Sequence[str]) -> Sequence[str]:
        """Commits that `tips` reach and whose SHA begins so; a tag's is that of the commit it points to."""
        return self._place(repository).commits(begins, tips)

    def history(self, repository: Repository, older: str, newer: str, most: int) -> Sequence[str]:
        """Commits that `newer` reaches and `older` does not, the newest first. UserError where that takes too long."""
        return self._place(repository).history(older, newer, most)

    def described(self, repository: Repository, shas: Sequence[str]) -> Mapping[str, Described]:
        """What fetched commits say."""
        unique = list(dict.fromkeys(shas))
        return {
            sha: Described(*each) for sha, each in zip(unique, self._place(repository).described(unique), strict=True)
        }

    def remote_refs(self, repository: Repository, pattern: str) -> Mapping[str, str]:
        """Refs of the remote that match, `refs/exps/*` say, with their SHAs; `*` stands for slashes, too."""
        folder = self._mirror(repository).folder
        found = self._reading(repository, lambda remote: remote.refs(folder, pattern))
        # git matches the end of a name: a branch called refs/exps/x would pass for an experiment.
        return {ref: sha for ref, sha in found.items() if fnmatch.fnmatchcase(ref, pattern)}

    def verify(self, repository: Repository, bundle: Path, ref: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Look into a bundle without trusting it; see bundles.verify."""
        mirror = self._mirror(repository)
        return bundles.verify(mirror, bundle, _full(ref), mirror.commit(baseline), allowed)

    def look(self, repository: Repository, sha: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Look into a fetched commit without trusting it; see commits.look."""
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

    def remake(
        self,
        repository: Repository,
        sha: str,
        message: str,
        author: str,
        when: float,
        texts: Mapping[str, str] | None = None,
    ) -> str:
        """Make a commit again with words of our own; see commits.remake."""
        who = repository.host.identity(author)
        return commits.remake(self._mirror(repository), sha, message, who, when, texts)

    def tree(self, repository: Repository, sha: str) -> str:
        """The SHA of a fetched commit's tree."""
        return self._place(repository).tree(sha)

    def changes(self, repository: Repository, sha: str, paths: Sequence[str], most: int) -> Sequence[str]:
        """The newest commits, up to a fetched one, that changed one of these paths."""
        return self._place(repository).changes(sha, paths, most)

    def objects(self, repository: Repository, shas: Sequence[str], paths: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """What fetched commits have at these paths; see trees.objects."""
        return trees.objects(self._place(repository).folder, shas, paths)

    def is_ancestor(self, repository: Repository, older: str, newer: str) -> bool:
        """Whether `older` is `newer` or comes before it; both were fetched."""
        return self._place(repository).is_ancestor(older, newer)

    def checkout(self, repository: Repository, sha: str, folder: Path) -> LeftOut:
        """Write a commit's tree into an empty folder; see trees.checkout for what is left out."""
        return trees.checkout(self._place(repository).folder, sha, folder)

    def room(self, repository: Repository, sha: str) -> int:
        """Bytes of a disk that a checkout of a fetched commit fills; see trees.room."""
        return trees.room(self._place(repository).folder, sha)

    def held(self, repository: Repository, sha: str) -> Held:
        """What a fetched commit holds; see trees.held."""
        return trees.held(self._place(repository).folder, sha)

    def pack(self, repository: Repository, tree: str) -> BinaryIO:
        """A pack of a fetched tree, to be read and closed; it has no name any more."""
        with tempfile.TemporaryDirectory(prefix="submodule-") as folder:
            return trees.pack(self._place(repository).folder, tree, Path(folder)).open("rb")

    def push(self, repository: Repository, sha: str, ref: str, expected: str = "") -> None:
        """Set a ref of the remote, by fast-forward from `expected` (empty: it must not exist). One that is at `sha`
        already is fine. Rejected with the reason, NotFound, Forbidden, TryLater."""
        mirror = self._mirror(repository)
        sha = mirror.commit(sha)
        if expected and not mirror.is_ancestor(hexadecimal(expected), sha):
            raise Rejected(f"{sha[:7]} does not come after {expected[:7]}: {ref} cannot be fast-forwarded")
        self._writing(repository, lambda remote: remote.push(mirror.folder, sha, _full(ref), expected))

    def remove(self, repository: Repository, refs: Mapping[str, str]) -> None:
        """Take refs of the remote away that are at these SHAs: all or none. Rejected, NotFound, Forbidden, TryLater."""
        folder, wanted = self._mirror(repository).folder, {_full(ref): hexadecimal(sha) for ref, sha in refs.items()}
        self._writing(repository, lambda remote: remote.remove(folder, wanted))

    def _mirror(self, repository: Repository) -> Mirror:
        return mirror_in(self._folder, repository.id)

    def _place(self, repository: Repository) -> Mirror:
        """Where its commits are read."""
        return self._mirror(repository)

    def _missing(self, repository: Repository, shas: Sequence[str]) -> set[str]:
        """Those of these commits that are to be fetched into the mirror."""
        return self._mirror(repository).missing(shas)

    def _reading(self, repository: Repository, work: Callable[[Remote], _T]) -> _T:
        return self._with_token(repository, self._read_token, work)

    def _writing(self, repository: Repository, work: Callable[[Remote], _T]) -> _T:
        return self._with_token(repository, self._write_token, work)

    def _with_token(
        self, repository: Repository, token_for: Callable[[Repository], str], work: Callable[[Remote], _T]
    ) -> _T:
        """GitHub may have taken a kept token back before its time: after a 401 a new one is tried, once."""
        if repository.url.startswith("file:"):
            return work(Remote(repository.url))
        token = token_for(repository)
        try:
            return work(Remote(repository.url, repository.host.git_login, token))
        except TokenUnknown:
            self._forget_token(token)
            return work(Remote(repository.url, repository.host.git_login, token_for(repository)))


class _OfFork(Mirrors):
    """As one sees them from a fork's pull request. What is written is written to the mirror, from what it has."""

    def __init__(self, mirrors: Mirrors, pull: PullRequest, held: ExitStack) -> None:
        super().__init__(mirrors._folder, mirrors._read_token, mirrors._write_token, mirrors._forget_token)
        self._pull = pull
        self._held = held
        self._store: Mirror | None = None

    def fetch(self, repository: Repository, refs: Sequence[str], *, waits: bool = True) -> None:
        """As `Mirrors.fetch`, and the fork's commits never into the mirror."""
        head = self._pull.head if repository.id == self._pull.repository.id else ""
        if head in refs:
            self.fetch_pull(self._pull)
        super().fetch(repository, [ref for ref in refs if ref != head], waits=waits)

    def fetch_pull(self, pull: PullRequest) -> None:
        """Bring both sides. UserError where the head is more than is taken from a fork; else what `fetch` raises."""
        where, head, mirror = pull.repository, pull.head, self._mirror(pull.repository)
        if self._store is not None:
            return
        super().fetch(where, [pull.base])
        if not mirror.missing([head]):
            return

        def bring(store: Path, seconds: float, most: int) -> None:
            self._reading(where, lambda remote: remote.fetch(store, [head], seconds, most))

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
