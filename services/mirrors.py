"""The bare copy of a repository that the bot keeps, so that a commit travels once."""

import contextlib
import fcntl
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NotFound, UserError
from services.git_command import GitFailed, GitTimedOut, git

KEPT = "refs/studio/kept/"  # one ref for each commit that somebody named: what it reaches is never pruned
SEARCH = 10.0  # seconds to look through a history
# A repository's own attributes would rewrite line ends when a tree is laid out. These go before them.
ATTRIBUTES = "* -text -eol -crlf -ident -filter -working-tree-encoding\n"


@dataclass(frozen=True)
class Mirror:
    """One bare repository in `folder`, made when it is first asked for."""

    folder: Path

    def has(self, sha: str) -> bool:
        """Whether the commit was brought here, with all that it reaches."""
        try:
            git(self.folder, "rev-parse", "--verify", "--quiet", f"{KEPT}{hexadecimal(sha)}^{{commit}}")
        except GitFailed:
            return False
        return True

    def keep(self, sha: str) -> None:
        """Keep a commit that is here."""
        git(self.folder, "update-ref", f"{KEPT}{sha}", sha)

    def commit(self, sha: str) -> str:
        """The SHA itself when it is a commit that is here; NotFound otherwise."""
        try:
            return (
                git(self.folder, "rev-parse", "--verify", "--quiet", f"{hexadecimal(sha)}^{{commit}}").decode().strip()
            )
        except GitFailed:
            raise NotFound(f"commit {sha} was not fetched") from None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `older` is `newer` or comes before it. Both are SHAs; one that is not here is nobody's ancestor."""
        try:
            git(self.folder, "merge-base", "--is-ancestor", hexadecimal(older), hexadecimal(newer))
        except GitFailed:
            return False
        return True

    def merge_base(self, one: str, other: str) -> str:
        """The newest commit from which both came, empty where they share none. NotFound for one that is not here."""
        try:
            return git(self.folder, "merge-base", self.commit(one), self.commit(other)).decode().strip()
        except GitFailed:
            return ""

    def last_change(self, sha: str, paths: Sequence[str]) -> str:
        """The newest commit up to this one that changed one of these paths; empty where none did. NotFound, and
        UserError where looking through the history takes too long."""
        words = ("-1", "--format=%H", self.commit(sha), "--", *paths)
        try:
            return git(self.folder, "--literal-pathspecs", "log", *words, timeout=SEARCH).decode().strip()
        except GitTimedOut:
            raise UserError(f"The history of `{sha[:7]}` is too long to be looked through.") from None

    def commits(self, begins: str, tips: Sequence[str]) -> list[str]:
        """Commits whose SHA begins so, or that a tag whose SHA does points to, if one of `tips` reaches them.

        A mirror may hold more: objects of a bundle that was refused, say."""
        if not re.fullmatch(r"[0-9a-f]{4,40}", begins):
            raise ValueError(f"not the beginning of a SHA: {begins[:60]!r}")
        reached = "".join(f"^{hexadecimal(tip)}\n" for tip in tips).encode()
        found = []
        for sha in git(self.folder, "rev-parse", f"--disambiguate={begins}").decode().split():
            with contextlib.suppress(NotFound):
                commit = self.commit(sha)
                words = ("rev-list", "--max-count=1", "--ignore-missing", "--stdin")
                if not git(self.folder, *words, feed=f"{commit}\n".encode() + reached, timeout=SEARCH):
                    found.append(commit)
        return list(dict.fromkeys(found))

    def message(self, sha: str) -> str:
        """Of a commit that is here; NotFound otherwise."""
        words = git(self.folder, "log", "-1", "--format=%B", self.commit(sha), "--")
        return words.decode(errors="replace").strip()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process at a time brings something in."""
        with self.folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def mirror_in(folder: Path, repository_id: int) -> Mirror:
    """The mirror of a repository below `folder`. It has the repository's id: names change hands."""
    mirror = Mirror(folder / f"{repository_id:d}.git")
    if not (mirror.folder / "info" / "attributes").exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with mirror.locked():
            new_repository(mirror.folder)
    return mirror


def new_repository(folder: Path) -> None:
    """An empty bare repository without sample hooks. Nothing happens to one that is there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    git(folder, "init", "--bare", "--quiet", "--template=", "--initial-branch=none")
    (folder / "info").mkdir(exist_ok=True)
    attributes = folder / "info" / "attributes"  # written last: it says that the mirror is ready
    attributes.with_suffix(".new").write_text(ATTRIBUTES)
    attributes.with_suffix(".new").replace(attributes)


def hexadecimal(sha: str) -> str:
    """The SHA itself; ValueError for anything else, `--option` or `HEAD~3` say."""
    if len(sha) != 40 or not set(sha) <= set("0123456789abcdef"):
        raise ValueError(f"not the SHA of a commit: {sha[:60]!r}")
    return sha
