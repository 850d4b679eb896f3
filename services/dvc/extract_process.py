"""Starts the process that reads a commit: on a private copy of its tree, without secrets, network or other files."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic_core import to_json

from bot.errors import UserError
from bot.ports.git import Checkouts
from experiments.experiment import Repository
from experiments.limits import TREE_LIMIT
from experiments.settings.declared import Declared
from runners.agent.files import Below
from runners.agent.isolation import bubblewrap, seccomp
from services.dvc.disk_room import Room

log = logging.getLogger(__name__)

OUTPUT_LIMIT = 32_000_000  # bytes of JSON
NO_MEMORY = 3  # exit code of a reading that met its own limit
TOGETHER = TREE_LIMIT // 2  # bytes of disk that one process's commits fill; a single commit may be larger
PROJECT = Path(__file__).resolve().parents[2]


class Unread(Exception):
    """The process ended without an answer. Holds the reason, as the end of a sentence."""

    def __init__(self, why: str, too_much: bool = False) -> None:
        """`too_much`: this commit is to blame, and not another one or a full machine."""
        super().__init__(why)
        self.too_much = too_much


class ReadingRefused(Unread):
    """Nothing was read. Holds the reason in whole sentences."""


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
    room: Room = field(default_factory=lambda: Room(TREE_LIMIT))  # shared by all processes that read many commits

    def snapshot(self, repository: Repository, sha: str, project: str, declared: Declared, files: Path | None) -> bytes:
        """Return a snapshot as JSON. Raises Unread."""
        words = [sha, project, *([str(files.resolve())] if files else [])]
        return self._answer(repository, sha, words, files, to_json(declared))

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
        with self.room.taken(size), _workspace() as workspace:
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
                self._run(workspace, workspace, ["--each", project], None, private / "said")
            except Unread as why:
                end = why
            for sha in laid:
                answer = workspace / sha / "private" / "answer.json"
                # They are read in order: where the first one has no answer, it alone used up the time.
                unread = Unread(str(end), too_much=end.too_much and sha == laid[0])
                yield sha, answered(answer) if os.path.lexists(answer) else unread

    def _room(self, repository: Repository, sha: str) -> int:
        """Return the bytes of disk that a commit fills. Raises Unread."""
        if why := self.refused(repository.full_name):
            raise ReadingRefused(why)
        with _listed():
            return self.git.room(repository, sha)

    def _answer(self, repository: Repository, sha: str, words: list[str], files: Path | None, asked: bytes) -> bytes:
        with _workspace() as workspace:
            self._lay_out(repository, sha, workspace)
            (workspace / "private" / "asked.json").write_bytes(asked)
            answer = workspace / "private" / "answer.json"
            self._run(workspace, workspace / "tree", words, files, answer)
            said = answered(answer)
            if isinstance(said, Unread):
                raise said
            return said

    def _lay_out(self, repository: Repository, sha: str, place: Path) -> None:
        """Write the commit's tree, and make folders beside it. Raises Unread."""
        if why := self.refused(repository.full_name):
            raise ReadingRefused(why)
        for part in ("tree", "private/home"):
            (place / part).mkdir(parents=True, exist_ok=True)
        with _listed():
            left_out = self.git.checkout(repository, sha, place / "tree")
        (place / "private" / "left_out.json").write_bytes(json.dumps(asdict(left_out)).encode())

    def _run(self, workspace: Path, folder: Path, words: list[str], files: Path | None, answer: Path) -> None:
        """Run the extraction, in a closed room where `isolate`. Raises Unread unless it ended well."""
        program = PROJECT / "services" / "dvc" / "extract" / "__main__.py"
        # -I: no code is added by the tree, the environment or a home folder
        argv = [sys.executable, "-I", "-B", "-X", "utf8", str(program), str(workspace), *words]
        env = environment(workspace / "private")
        if not self.isolate:
            _run(argv, env, answer, self.seconds)
            return
        read = [PROJECT / "services", PROJECT / "experiments", PROJECT / "runners", *bubblewrap.interpreter()]
        read += [files.resolve()] if files else []
        with seccomp.opened() as calls:
            command = bubblewrap.wrap(
                argv, read=read, write=[workspace], folder=folder, env=env, network=False, calls=calls
            )
            _run(command, env, answer, self.seconds, (calls,))


def answered(answer: Path) -> bytes | Unread:
    """Return what the process wrote, or why that cannot be read.

    The process read foreign files, and may write in `private`, where this file lies. So no symlink is followed, and no
    more than OUTPUT_LIMIT bytes are read.
    """
    try:
        with Below(answer.parents[1]).open(f"{answer.parent.name}/{answer.name}") as (file, size):
            if size > OUTPUT_LIMIT:
                return Unread(f"what was read of it takes more than {OUTPUT_LIMIT:,} bytes", too_much=True)
            return file.read(OUTPUT_LIMIT)
    except OSError:
        return Unread("its answer is no file")


@contextmanager
def _listed() -> Iterator[None]:
    """Raise Unread for a commit that is too large to check out, or has names that Git refuses."""
    try:
        yield
    except UserError as error:
        raise Unread(error.message, too_much=True) from error


@contextmanager
def _workspace() -> Iterator[Path]:
    """Make a temporary folder for a reading and delete it after the block."""
    with tempfile.TemporaryDirectory(prefix="snapshot-") as name:
        workspace = Path(name).resolve()
        (workspace / "private" / "home").mkdir(parents=True)
        yield workspace


def environment(private: Path) -> dict[str, str]:
    """Return all environment variables of the process; DVC's own folders are empty ones."""
    home = str(private / "home")
    folders = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR")
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(private / "site"),
        **dict.fromkeys(folders, home),
    }


def _run(argv: list[str], env: dict[str, str], answer: Path, seconds: float, keep: Sequence[int] = ()) -> None:
    """Run the extraction, with `answer` as its standard output. Raises Unread unless it ended well.

    `keep` are descriptors that it inherits. `seconds` is its time limit.
    """
    errors = answer.with_suffix(".log")
    with answer.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            argv,
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            pass_fds=keep,
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise Unread(f"reading it took more than {seconds:g} seconds", too_much=True) from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if code != 0:
        raise why_ended(code, errors)


def why_ended(code: int, errors: Path) -> Unread:
    """Return why a process with this exit code read nothing. The end of `errors`, its standard error, is logged."""
    said = b""
    with suppress(OSError), Below(errors.parents[1]).open(f"{errors.parent.name}/{errors.name}") as (file, size):
        file.seek(max(0, size - 2_000))
        said = file.read(2_000)
    log.warning("extraction ended with %s: %r", code, said)
    if abs(code) % 128 == signal.SIGXCPU:
        return Unread("reading it took more than its share of processor time", too_much=True)
    if code == NO_MEMORY:
        return Unread("reading it took more than its share of memory", too_much=True)
    return Unread(f"the process that reads it ended early (code {code})")
