"""Has commits read: each on a private copy of its tree, by a process without secrets, network or other files."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic_core import to_json

from bot.errors import UserError
from bot.ports.git import Checkouts
from experiments.experiment import Repository
from experiments.limits import TREE_LIMIT
from experiments.settings.declared import Declared
from services.dvc.disk_space import DiskSpace
from services.dvc.reading_process import ReadingRefused, Unread, answered, new_workspace, start, wait
from services.dvc.spares import Spares

TOGETHER = TREE_LIMIT // 2  # bytes of disk that one process's commits fill; a single commit may be larger


def all_are_read(_: str) -> str:
    """Refuse no repository."""
    return ""


@dataclass(frozen=True)
class Reader:
    """Starts `services/dvc/extract` for a commit, with `isolate` in a closed room."""

    git: Checkouts
    isolate: bool
    seconds: float  # of wall time for one reading
    refused: Callable[[str], str] = all_are_read  # returns why this repository's (owner/name) commits are not read here
    space: DiskSpace = field(default_factory=lambda: DiskSpace(TREE_LIMIT))  # shared by all readings of many commits
    spares: Spares = field(default_factory=Spares)  # shared, too

    def snapshot(self, repository: Repository, sha: str, project: str, declared: Declared, files: Path | None) -> bytes:
        """Return a snapshot as JSON. Raises Unread."""
        return self._answer(repository, sha, [sha, project], files, to_json(declared))

    def compositions(self, repository: Repository, sha: str, project: str, trials: Sequence[Sequence[str]]) -> bytes:
        """Return compositions as JSON, one for each list of overrides in `trials`. Raises Unread."""
        return self._answer(repository, sha, ["--compose", project], None, json.dumps(trials).encode())

    def snapshots(
        self, repository: Repository, shas: Sequence[str], project: str, declared: Declared
    ) -> Iterator[tuple[str, bytes | Unread]]:
        """Yield each commit with its snapshot as JSON, or with the reason why there is none.

        As many commits as fit on the disk share one process, and its time limit.
        """
        some: list[str] = []
        filled = 0
        for sha in shas:
            try:
                size = self._room(repository, sha)
            except Unread as why:
                yield sha, why
                continue
            if some and filled + size > TOGETHER:
                yield from self._together(repository, some, filled, project, declared)
                some, filled = [], 0
            some.append(sha)
            filled += size
        yield from self._together(repository, some, filled, project, declared)

    def _together(
        self, repository: Repository, shas: Sequence[str], size: int, project: str, declared: Declared
    ) -> Iterator[tuple[str, bytes | Unread]]:
        """Read these commits in one process. `size` is in bytes of disk that they fill."""
        with self.space.taken(size), new_workspace() as workspace:
            laid = []
            for sha in shas:
                try:
                    self._lay_out(repository, sha, workspace / sha)
                    laid.append(sha)
                except Unread as why:
                    yield sha, why
            if not laid:
                return
            private = workspace / "private"
            (private / "asked.json").write_bytes(to_json(declared))
            (private / "shas.json").write_bytes(to_json(laid))
            end = Unread("the process that reads it ended early")
            try:
                self._run(workspace, ["--each", project], None, private / "said")
            except Unread as why:
                end = why
            for sha in laid:
                answer = workspace / sha / "private" / "answer.json"
                # They are read in order: where the first one has no answer, it alone used up the time.
                unread = Unread(str(end), too_much=end.too_much and sha == laid[0])
                yield sha, answered(answer) if os.path.lexists(answer) else unread

    def _room(self, repository: Repository, sha: str) -> int:
        """Return the bytes of disk that a commit fills. Raises Unread."""
        self._check_allowed(repository)
        with _listed():
            return self.git.room(repository, sha)

    def _answer(self, repository: Repository, sha: str, words: list[str], files: Path | None, asked: bytes) -> bytes:
        self._check_allowed(repository)  # before a process is used for it
        with self.spares.taken(files) as spare:
            if spare is not None:
                self._prepare(repository, sha, spare.workspace, asked)
                return _said(spare.read(words, files, self.seconds))
        with new_workspace() as workspace:
            self._prepare(repository, sha, workspace, asked)
            answer = workspace / "private" / "answer.json"
            self._run(workspace, [*words, *([str(files.resolve())] if files else [])], files, answer)
            return _said(answered(answer))

    def _prepare(self, repository: Repository, sha: str, workspace: Path, asked: bytes) -> None:
        self._lay_out(repository, sha, workspace)
        (workspace / "private" / "asked.json").write_bytes(asked)

    def _lay_out(self, repository: Repository, sha: str, place: Path) -> None:
        """Write the commit's tree, and make folders beside it. Raises Unread."""
        self._check_allowed(repository)
        for part in ("tree", "private/home"):
            (place / part).mkdir(parents=True, exist_ok=True)
        with _listed():
            left_out = self.git.checkout(repository, sha, place / "tree")
        (place / "private" / "left_out.json").write_bytes(json.dumps(asdict(left_out)).encode())

    def _check_allowed(self, repository: Repository) -> None:
        """Raise ReadingRefused where nothing of the repository is read here."""
        if why := self.refused(repository.full_name):
            raise ReadingRefused(why)

    def _run(self, workspace: Path, words: list[str], files: Path | None, answer: Path) -> None:
        """Run the extraction, in a closed room where `isolate`. Raises Unread unless it ended well."""
        wait(start(workspace, words, answer, isolate=self.isolate, files=files), answer, self.seconds)


def _said(answer: bytes | Unread) -> bytes:
    if isinstance(answer, Unread):
        raise answer
    return answer


@contextmanager
def _listed() -> Iterator[None]:
    """Raise Unread for a commit that is too large to check out, or has names that Git refuses."""
    try:
        yield
    except UserError as error:
        raise Unread(error.message, too_much=True) from error
