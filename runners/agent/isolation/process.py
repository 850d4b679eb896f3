"""Runs one foreign command, from its start until everything that it started has ended."""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK = 0.2  # seconds between two checks whether the command is to stop
GRACE = 10.0  # seconds between SIGINT and SIGKILL
SUBREAPER, DEATH_SIGNAL = 36, 1  # PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG of linux/prctl.h


@dataclass(frozen=True)
class ProcessEnd:
    """How a command ended: exit code (128 + signal where one ended it), and what cut it short: "", "time", "stop"."""

    code: int
    cut: str = ""


def adopt_orphans() -> None:
    """Make this process adopt what commands leave behind, so that `run` finds and ends it (Linux only)."""
    _prctl(SUBREAPER, 1)


def die_with_parent() -> None:
    """Have the kernel send this process SIGTERM when the thread that started it ends (Linux only)."""
    _prctl(DEATH_SIGNAL, signal.SIGTERM)


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    folder: Path,
    sink: Callable[[bytes], object],
    seconds: float,
    stop: Callable[[], bool],
    within: bool = False,
    grace: float = GRACE,
    keep: Sequence[int] = (),
) -> ProcessEnd:
    """Run a command in a session of its own, hand its output to `sink` as it comes, and return how it ended.

    After `seconds`, or when `stop()` is true, the process group gets SIGINT, and SIGKILL `grace` seconds later. The
    whole group gets it: DVC ignores a SIGINT to itself alone, and leaves its stage behind on SIGTERM. `within`: the
    command is bubblewrap, which SIGINT would end; the group that its child leads gets it instead. `keep`: descriptors
    to inherit.
    """
    others = _children(os.getpid())
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=keep,
        )
    except OSError as error:
        sink(f"{argv[0]}: {error.strerror}\n".encode())
        return ProcessEnd(127)
    assert process.stdout is not None  # noqa: S101  # nosec B101 # for the type checker: it is a PIPE
    cut, closed = "", False
    end = time.monotonic() + seconds
    try:
        while process.poll() is None:
            if closed:  # it is most often about to end: wait for that instead of looping
                _wait(process, LOOK)
            else:
                closed = _pass_on(process.stdout.fileno(), sink, LOOK) == b""
            late, unwanted = time.monotonic() >= end, stop()
            if cut and late:
                break
            if not cut and (late or unwanted):
                cut, end = "stop" if unwanted else "time", time.monotonic() + grace
                _interrupt(process.pid, within)
    finally:
        # The first process of a room may live a moment longer than the command. What was adopted is ended here as well.
        _end(process, others)
    while _pass_on(process.stdout.fileno(), sink, 0):
        pass
    process.stdout.close()
    return ProcessEnd(process.returncode if process.returncode >= 0 else 128 - process.returncode, cut)


def end_within(folder: Path) -> None:
    """Kill every process whose current folder is this one or below it: training of a killed agent without isolation.

    Works on Linux only, and only for processes of our own user.
    """
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it ended meanwhile, or belongs to another user
                if Path(os.readlink(entry / "cwd")).is_relative_to(folder):  # noqa: PTH115 - the folder may be deleted
                    os.kill(int(entry.name), signal.SIGKILL)


def _pass_on(descriptor: int, sink: Callable[[bytes], object], wait: float) -> bytes | None:
    """Hand on what is printed within `wait` seconds and return it: None where nothing was, empty at the end."""
    if not select.select([descriptor], [], [], wait)[0]:
        return None
    data = os.read(descriptor, 65536)
    if data:
        sink(data)
    return data


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait until the process has ended, but no longer than `seconds`."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # macOS, an old kernel, or too many open files: Python asks again and again
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return
    try:
        select.select([descriptor], [], [], seconds)
    finally:
        os.close(descriptor)


def _interrupt(pid: int, within: bool) -> None:
    for group in _children(pid) if within else (pid,):
        with contextlib.suppress(ProcessLookupError):  # it has ended, or bubblewrap's child does not lead its group yet
            os.killpg(group, signal.SIGINT)


def _end(process: subprocess.Popen[bytes], others: set[int]) -> None:
    if process.poll() is None:
        for group in (process.pid, *_children(process.pid)):
            with contextlib.suppress(ProcessLookupError):  # this child leads no group: it is adopted and ended below
                os.killpg(group, signal.SIGKILL)
        process.wait()
    while left := _children(os.getpid()) - others:
        for pid in left:
            os.kill(pid, signal.SIGKILL)  # the number is free for others only after waitpid
        for pid in left:
            os.waitpid(pid, 0)  # the first process of a room ends after all others in it


def _childless() -> bool:
    """Return whether this process has no child, neither a living one nor one that nobody waited for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def _children(pid: int) -> set[int]:
    found: set[int] = set()
    if pid == os.getpid() and _childless():  # most often; looking through /proc takes a hundred times as long
        return found
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text(errors="replace")
            except OSError:
                continue  # it ended meanwhile
            if int(status.rpartition(")")[2].split()[1]) == pid:
                found.add(int(entry.name))
    return found


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
