"""The bare copy of a repository that the bot keeps, so that each commit is fetched once."""

import contextlib
import fcntl
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from bot.errors import NotFound, TryLater, UserError
from services.git.answers import answers_of
from services.git.command import GitFailed, GitTimedOut, git

KEPT = "refs/studio/kept/"  # one ref for each commit that somebody named: nothing that it reaches is pruned
SEARCH = 10.0  # seconds to search a history
PATIENCE = 5.0  # seconds to wait for another fetch: a large one may take minutes, and the lane is for everybody
PAUSE = 3.0  # seconds until the next try
# A repository's own attributes would change line ends at a checkout. These take precedence.
ATTRIBUTES = "* -text -eol -crlf -ident -filter -working-tree-encoding\n"


@dataclass(frozen=True)
class Mirror:
    """The bare repository in `folder`; `mirror_in` makes it."""

    folder: Path

    def missing(self, shas: Sequence[str]) -> set[str]:
        """Return those of these commits that were not fetched with everything that they reach."""
        answers = answers_of(self.folder)
        unknown = [sha for sha in shas if answers.get("kept", hexadecimal(sha)) is None]
        missing = self._unfound(unknown, lambda sha: f"{KEPT}{sha}^{{commit}}")
        for sha in unknown:
            if sha not in missing:
                answers.keep(sha, "kept", sha)
        return missing

    def absent(self, shas: Sequence[str]) -> set[str]:
        """Return those of these commits that are not here at all, whoever brought the others."""
        return self._unfound(shas, str)

    def _unfound(self, shas: Sequence[str], named: Callable[[str], str]) -> set[str]:
        """Return those of these SHAs whose name, as `named` writes it for Git, is the name of no commit."""
        asked = "".join(f"{named(hexadecimal(sha))}\n" for sha in shas).encode()
        told = git(self.folder, "cat-file", "--batch-check=%(objecttype)", feed=asked).splitlines() if shas else []
        return {sha for sha, line in zip(shas, told, strict=True) if line != b"commit"}

    def keep(self, shas: Sequence[str]) -> None:
        """Keep these commits, which must be here, from being pruned."""
        if shas:
            asked = "".join(f"update {KEPT}{hexadecimal(sha)} {sha}\n" for sha in dict.fromkeys(shas)).encode()
            git(self.folder, "update-ref", "--stdin", feed=asked)

    def take(self, sha: str, tree: str, parent: str) -> None:
        """Keep a commit that was just brought or made here, with this tree and this only parent, which is here."""
        self.keep([sha])
        answers = answers_of(self.folder)
        answers.keep(sha, "kept", hexadecimal(sha))
        answers.keep(sha, "commit", sha)
        answers.keep(tree, "tree", sha)
        answers.keep(parent, "parent", sha)
        answers.keep(parent, "ancestor", parent, sha)

    def history(self, older: str, newer: str, most: int) -> list[str]:
        """Return at most `most` commits that `newer` reaches and `older` (may be empty) does not, the newest first.

        Raises NotFound for a commit that is not here, and UserError where searching takes too long.
        """
        without = [f"^{self.commit(older)}"] if older else []
        words = ("rev-list", "--topo-order", f"--max-count={most}", self.commit(newer), *without, "--")
        try:
            return git(self.folder, *words, timeout=SEARCH).decode().split()
        except GitTimedOut:
            raise UserError(f"The history of `{newer[:7]}` is too long to be looked through.") from None

    def described(self, shas: Sequence[str]) -> list[tuple[str, float, str]]:
        """Return first parent (or nothing), time in seconds since the epoch, and message of each commit.

        Raises NotFound.
        """
        asked = "".join(f"{hexadecimal(sha)}\n" for sha in shas).encode()
        words = ("log", "--no-walk=unsorted", "--stdin", "-z", "--format=%P%n%ct%n%B")
        try:
            told = git(self.folder, *words, feed=asked).decode(errors="replace") if shas else ""
        except GitFailed:
            raise NotFound(f"one of {len(shas)} commits was not fetched") from None
        parts = (each.split("\n", 2) for each in told.removesuffix("\0").split("\0")) if told else ()
        return [(parents.partition(" ")[0], float(when), message.strip()) for parents, when, message in parts]

    def commit(self, sha: str) -> str:
        """Return the SHA itself where it is a commit that is here. Raises NotFound otherwise."""
        return self._parsed("commit", sha, f"{hexadecimal(sha)}^{{commit}}")

    def tree(self, sha: str) -> str:
        """Return the SHA of the tree of a commit that is here. Raises NotFound otherwise."""
        return self._parsed("tree", sha, f"{hexadecimal(sha)}^{{commit}}^{{tree}}")

    def parent(self, sha: str) -> str:
        """Return the SHA of the first parent of a commit that is here. Raises NotFound otherwise, or for a root."""
        return self._parsed("parent", sha, f"{hexadecimal(sha)}^")

    def _parsed(self, what: str, sha: str, revision: str) -> str:
        """Return the object that a revision names, and keep it as `what`. Raises NotFound."""
        answers = answers_of(self.folder)
        if known := answers.get(what, sha):
            return known
        try:
            told = git(self.folder, "rev-parse", "--verify", "--quiet", revision)
        except GitFailed:
            raise NotFound(f"commit {sha} was not fetched") from None
        return answers.keep(told.decode().strip(), what, sha)

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Return whether `older` is `newer` or an ancestor of it. A SHA that is not here is nobody's ancestor."""
        answers, sides = answers_of(self.folder), (hexadecimal(older), hexadecimal(newer))
        if answers.get("ancestor", *sides) or (older == newer and answers.get("commit", older)):
            return True
        try:
            git(self.folder, "merge-base", "--is-ancestor", *sides)
        except GitFailed:
            return False
        answers.keep(older, "ancestor", *sides)
        return True

    def on_branch(self, sha: str) -> bool | None:
        """Return whether one of the branches that are here has this commit; None where the search takes too long."""
        words = ("for-each-ref", "--count=1", "--contains", hexadecimal(sha), "refs/heads/")
        try:
            # A repository without files must not ask the remote for what it lacks.
            return bool(git(self.folder, *words, variables={"GIT_NO_LAZY_FETCH": "1"}, timeout=SEARCH))
        except GitTimedOut:
            return None
        except GitFailed as failed:
            if "no such commit" not in failed.stderr:
                raise
            return False

    def merge_base(self, one: str, other: str) -> str:
        """Return the newest common ancestor; empty where there is none.

        Raises NotFound for a commit that is not here.
        """
        answers = answers_of(self.folder)
        if known := answers.get("base", hexadecimal(one), hexadecimal(other)):
            return known
        try:
            found = git(self.folder, "merge-base", self.commit(one), self.commit(other)).decode().strip()
        except GitFailed:
            return ""
        return answers.keep(found, "base", one, other)

    def changes(self, sha: str, paths: Sequence[str], most: int) -> list[str]:
        """Return at most `most` of the newest commits, up to this one, that changed one of these paths.

        Raises NotFound for a commit that is not here, and UserError where searching takes too long.
        """
        # Paths go by standard input: arguments may take a few MB only. A path with a line end cannot be given there.
        asked = "\n".join(["--", *(path for path in paths if path and "\n" not in path and "\0" not in path), ""])
        words = ("log", f"--max-count={most}", "--format=%H", self.commit(sha), "--stdin")
        try:
            return git(self.folder, *words, feed=os.fsencode(asked), timeout=SEARCH).decode().split()
        except GitTimedOut:
            raise UserError(f"The history of `{sha[:7]}` is too long to be looked through.") from None

    def commits(self, begins: str, tips: Sequence[str]) -> list[str]:
        """Return commits that `tips` reach and whose SHA, or that of a tag that points to them, begins so.

        A mirror may hold others, for instance objects of a refused bundle. Raises ValueError for no beginning of a SHA.
        """
        reached = "".join(f"^{hexadecimal(tip)}\n" for tip in tips).encode()
        words = ("rev-list", "--max-count=1", "--ignore-missing", "--stdin")
        found = self._named(begins)
        return [
            sha for sha in found if not git(self.folder, *words, feed=f"{sha}\n".encode() + reached, timeout=SEARCH)
        ]

    def _named(self, begins: str) -> list[str]:
        """Return all commits here whose SHA, or that of a tag that points to them, begins so."""
        if not re.fullmatch(r"[0-9a-f]{4,40}", begins):
            raise ValueError(f"not the beginning of a SHA: {begins[:60]!r}")
        found = list[str]()
        for sha in git(self.folder, "rev-parse", f"--disambiguate={begins}").decode().split():
            with contextlib.suppress(NotFound):
                found.append(self.commit(sha))
        return list(dict.fromkeys(found))

    def _is_reached(self, sha: str) -> bool:
        words = ("rev-list", "--max-count=1", sha, "--not", "--all")
        return not git(self.folder, *words, variables={"GIT_NO_LAZY_FETCH": "1"}, timeout=SEARCH)

    def beginning(self, begins: str) -> list[str] | None:
        """Return the commits that any ref here reaches and whose SHA, or that of a tag that points to them, begins so.

        None where the search takes too long. Raises ValueError for no beginning of a SHA.
        """
        try:
            return [sha for sha in self._named(begins) if self._is_reached(sha)]
        except GitTimedOut:
            return None

    def message(self, sha: str) -> str:
        """Return the message of a commit that is here. Raises NotFound otherwise."""
        answers = answers_of(self.folder)
        if (known := answers.get("message", hexadecimal(sha))) is not None:
            return known
        try:
            words = git(self.folder, "log", "-1", "--format=%B", f"{hexadecimal(sha)}^{{commit}}", "--")
        except GitFailed:
            raise NotFound(f"commit {sha} was not fetched") from None
        return answers.keep(words.decode(errors="replace").strip(), "message", sha)

    @contextlib.contextmanager
    def locked(self, patience: float | None = None) -> Iterator[None]:
        """Let only one process at a time add to the mirror. Raises TryLater after `patience` seconds (None: wait)."""
        end = None if patience is None else monotonic() + patience
        with self.folder.with_suffix(".lock").open("w") as lock:
            while end is not None:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                if monotonic() >= end:
                    raise TryLater(f"others bring something into {self.folder.name}", PAUSE)
                sleep(0.05)
            else:
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def mirror_in(folder: Path, repository_id: int) -> Mirror:
    """Return a repository's mirror below `folder`, and make it where it is missing. Names change hands; ids do not."""
    mirror = Mirror(folder / f"{repository_id:d}.git")
    if not is_ready(mirror.folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with mirror.locked():
            new_repository(mirror.folder)
    return mirror


def is_ready(folder: Path) -> bool:
    """Return whether `new_repository` has made a repository there."""
    return (folder / "info" / "attributes").exists()


def new_repository(folder: Path) -> None:
    """Make an empty bare repository without sample hooks. One that is there stays as it is."""
    folder.mkdir(mode=0o700, exist_ok=True)
    git(folder, "init", "--bare", "--quiet", "--template=", "--initial-branch=none")
    (folder / "info").mkdir(exist_ok=True)
    attributes = folder / "info" / "attributes"  # written last: it shows that the mirror is ready
    attributes.with_suffix(".new").write_text(ATTRIBUTES)
    attributes.with_suffix(".new").replace(attributes)


def hexadecimal(sha: str) -> str:
    """Return the SHA itself. Raises ValueError for anything else, for instance `--option` or `HEAD~3`."""
    if len(sha) != 40 or not set(sha) <= set("0123456789abcdef"):
        raise ValueError(f"not the SHA of a commit: {sha[:60]!r}")
    return sha
