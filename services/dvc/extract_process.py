"""The process that reads a commit: a private copy of its tree, no secrets, no network, no other files, and an end."""

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
TOGETHER = TREE_LIMIT // 2  # bytes of a disk that commits of one process fill; one alone may be larger
PROJECT = Path(__file__).resolve().parents[2]


class Unread(Exception):
    """The process ended without an answer: what it was doing, as the end of a sentence."""

    def __init__(self, why: str, too_much: bool = False) -> None:
        """`too_much`: it was this commit, and no other, nor a machine without room."""
        super().__init__(why)
        self.too_much = too_much


class Refused(Unread):
    """Nothing was read, and why: whole sentences."""


def all_are_read(_: str) -> str:
    """No repository is refused."""
    return ""


@dataclass(frozen=True)
class Reader:
    """Starts `services/dvc/extract` for a commit. With `isolate` in a namespace of its own."""

    git: Checkouts
    isolate: bool
    seconds: float  # wall time of one reading
    refused: Callable[[str], str] = all_are_read  # why commits of this repository (owner/name) are not read here
    room: Room = field(default_factory=lambda: Room(TREE_LIMIT))  # for all processes that read many commits

    def snapshot(self, repository: Repository, sha: str, project: str, declared: Declared, files: Path | None) -> bytes:
        """A snapshot as JSON. Raises Unread."""
        words = [sha, project, *([str(files.resolve())] if files else [])]
        return self._answer(repository, sha, words, files, to_json(declared))

    def compositions(self, repository: Repository, sha: str, project: str, trials: Sequence[Sequence[str]]) -> bytes:
        """Compositions as JSON. Raises Unread."""
        return self._answer(repository, sha, ["--compose", project], None, json.dumps(trials).encode())

    def snapshots(
        self, repository: Repository, shas: Sequence[str], project: str, declared: Declared
    ) -> Iterator[tuple[str, bytes | Unread]]:
        """Snapshots of several commits as JSON, each with its own reason where there is none. As many as fit on the
        disk together have the time of one."""
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
        """Read by one process. `size`: bytes of a disk that they fill."""
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
                # One after the other: where the first has no answer, it alone took all the time.
                unread = Unread(str(end), too_much=end.too_much and sha == laid[0])
                yield sha, answered(answer) if os.path.lexists(answer) else unread

    def _room(self, repository: Repository, sha: str) -> int:
        """Bytes of a disk that a commit fills. Raises Unread."""
        if why := self.refused(repository.full_name):
            raise Refused(why)
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
        """The commit's tree, and room beside it. Raises Unread."""
        if why := self.refused(repository.full_name):
            raise Refused(why)
        for part in ("tree", "private/home"):
            (place / part).mkdir(parents=True, exist_ok=True)
        with _listed():
            left_out = self.git.checkout(repository, sha, place / "tree")
        (place / "private" / "left_out.json").write_bytes(json.dumps(asdict(left_out)).encode())

    def _run(self, workspace: Path, folder: Path, words: list[str], files: Path | None, answer: Path) -> None:
        """Raises Unread unless it ended well."""
        program = PROJECT / "services" / "dvc" / "extract" / "__main__.py"
        # -I: neither the tree, nor the environment, nor a home folder adds code of its own
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
    """What the process wrote there. It has read what others wrote, and the file lies where it may write, in the folder
    `private` of a folder of ours: no symlink is followed, and no more is read than may be said."""
    try:
        with Below(answer.parents[1]).open(f"{answer.parent.name}/{answer.name}") as (file, size):
            if size > OUTPUT_LIMIT:
                return Unread(f"it says more than {OUTPUT_LIMIT:,} bytes of itself", too_much=True)
            return file.read(OUTPUT_LIMIT)
    except OSError:
        return Unread("its answer is no file")


@contextmanager
def _listed() -> Iterator[None]:
    """Raises Unread where a commit is too large to lay out, or has names that Git itself refuses."""
    try:
        yield
    except UserError as error:
        raise Unread(error.message, too_much=True) from error


@contextmanager
def _workspace() -> Iterator[Path]:
    """A folder with room of its own, for as long as something is read."""
    with tempfile.TemporaryDirectory(prefix="snapshot-") as name:
        workspace = Path(name).resolve()
        (workspace / "private" / "home").mkdir(parents=True)
        yield workspace


def environment(private: Path) -> dict[str, str]:
    """All that the process gets to know; DVC's folders are empty ones."""
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
    """Run the extraction with `answer` as its standard output; `keep`: descriptors that it inherits. Raises Unread
    unless it ended well."""
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
    """What a process that ended so has not read, and why. `errors`: its standard error, whose end is logged."""
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
