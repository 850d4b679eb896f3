"""The process that reads a commit: how it is started, shut in, waited for, and what it answered."""

import fcntl
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen
from time import time

from runners.agent.files import Below
from runners.agent.isolation import bubblewrap, seccomp

log = logging.getLogger(__name__)

PREFIX = "snapshot-"  # of the names of folders for readings
UNLOCKED = 3600  # seconds after which a folder without a lock belongs to nobody; it gets its lock when it is made
OUTPUT_LIMIT = 32_000_000  # bytes of JSON
NO_MEMORY = 3  # exit code of a reading that met its own limit
PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = PROJECT / "services" / "dvc" / "extract" / "__main__.py"


class Unread(Exception):
    """The process ended without an answer. Holds the reason, as the end of a sentence."""

    def __init__(self, why: str, too_much: bool = False) -> None:
        """`too_much`: this commit is to blame, and not another one or a full machine."""
        super().__init__(why)
        self.too_much = too_much


class ReadingRefused(Unread):
    """Nothing was read. Holds the reason in whole sentences."""


def start(
    workspace: Path, words: Sequence[str], answer: Path, *, isolate: bool, files: Path | None = None, asks: bool = False
) -> "Popen[bytes]":
    """Start the process with `words` as its arguments.

    With `isolate` it is in a closed room that has `workspace` and `files`. It prints to `answer`, and its errors
    beside it. With `asks` its standard input is a pipe.
    """
    # -I: no code is added by the tree, the environment or a home folder
    argv = [sys.executable, "-I", "-B", "-X", "utf8", str(PROGRAM), str(workspace), *words]
    env = environment(workspace / "private")
    if not isolate:
        return _started(argv, env, answer, asks)
    read = [PROJECT / "services", PROJECT / "experiments", PROJECT / "runners", *bubblewrap.interpreter()]
    read += [files.resolve()] if files else []
    with seccomp.opened() as calls:
        command = bubblewrap.wrap(
            argv, read=read, write=[workspace], folder=workspace, env=env, network=False, calls=calls
        )
        return _started(command, env, answer, asks, (calls,))


def _started(
    argv: Sequence[str], env: dict[str, str], answer: Path, asks: bool, keep: Sequence[int] = ()
) -> "Popen[bytes]":
    with answer.open("wb") as out, errors_of(answer).open("wb") as errors:
        return Popen(
            argv,
            env=env,
            cwd="/",
            stdin=subprocess.PIPE if asks else subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            start_new_session=True,
            pass_fds=keep,
        )


def ask(process: "Popen[bytes]", line: str) -> None:
    """Write a line to a process that was started with `asks`. Where it has just ended, `wait` says how."""
    with suppress(BrokenPipeError):
        if process.stdin:
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()


def wait(process: "Popen[bytes]", answer: Path, seconds: float) -> None:
    """Wait until it ends. Raises Unread unless it ended well within `seconds`; it does not run after that."""
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise Unread(f"reading it took more than {seconds:g} seconds", too_much=True) from error
    finally:
        end(process)
    if code != 0:
        raise why_ended(code, errors_of(answer))


def end(process: "Popen[bytes]") -> None:
    """Stop the process where it still runs, with all that it started."""
    if process.stdin:
        with suppress(BrokenPipeError):
            process.stdin.close()
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def errors_of(answer: Path) -> Path:
    """Return the file with the standard error of the process that prints to `answer`."""
    return answer.with_suffix(".log")


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
def new_workspace() -> Iterator[Path]:
    """Make a temporary folder for a reading and delete it after the block. It is locked meanwhile, see `sweep`."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        made = Path(name).resolve()
        lock = os.open(made, os.O_RDONLY)  # not inherited: it goes with this process
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            (made / "private" / "home").mkdir(parents=True)
            yield made
        finally:
            os.close(lock)


def sweep() -> None:
    """Delete the folders of processes that were killed while they kept one: nobody locks these any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # it is somebody else's, or in use, or just gone
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                found = os.fstat(lock)
                if found.st_uid == os.geteuid() and found.st_mtime < time() - UNLOCKED:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


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
