"""One foreign command from its start to the death of everything it started."""

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

LOOK = 0.2  # seconds between two looks at whether it is to stop
GRACE = 10.0  # seconds between SIGINT and SIGKILL
SUBREAPER, DEATH_SIGNAL = 36, 1  # PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG of linux/prctl.h


@dataclass(frozen=True)
class Outcome:
    """How it ended: its exit code (128 + signal for a killed one), and what cut it short: "", "time" or "stop"."""

    code: int
    cut: str = ""


def adopt_orphans() -> None:
    """From now on what a command leaves behind becomes our child, so that `run` finds and ends it (Linux)."""
    _prctl(SUBREAPER, 1)


def die_with_parent() -> None:
    """Let whoever started us end us too: SIGTERM when its thread that started us ends (Linux)."""
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
) -> Outcome:
    """Run it in a session of its own; its output goes to `sink` as it comes. After `seconds`, or when `stop()`, the
    process group gets SIGINT (DVC ignores one to itself alone and on SIGTERM leaves its stage behind), then, `grace`
    seconds later, SIGKILL. `within`: the command is bubblewrap, which would not survive a SIGINT; the group in the room
    gets it, which its child leads. `keep`: descriptors that it inherits."""
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
        return Outcome(127)
    assert process.stdout is not None  # noqa: S101  # nosec B101 # for the type checker: it is a PIPE
    cut, closed = "", False
    end = time.monotonic() + seconds
    try:
        while process.poll() is None:
            if closed:  # most often because it ends at this moment: that is noticed at once, and nothing spins
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK)
            else:
                closed = _pass_on(process.stdout.fileno(), sink, LOOK) == b""
            late, unwanted = time.monotonic() >= end, stop()
            if cut and late:
                break
            if not cut and (late or unwanted):
                cut, end = "stop" if unwanted else "time", time.monotonic() + grace
                _interrupt(process.pid, within)
    finally:
        # A closed room's first process may outlive the command by a moment; what is adopted is ended here as well.
        _end(process, others)
    while _pass_on(process.stdout.fileno(), sink, 0):
        pass
    process.stdout.close()
    return Outcome(process.returncode if process.returncode >= 0 else 128 - process.returncode, cut)


def end_within(folder: Path) -> None:
    """Kill what works in a folder or below it: where a killed agent trained without isolation, its training lives on
    (Linux; nobody but those of our own user is looked at)."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # gone meanwhile, or somebody else's
                if Path(os.readlink(entry / "cwd")).is_relative_to(folder):  # noqa: PTH115 - it may name what is gone
                    os.kill(int(entry.name), signal.SIGKILL)


def _pass_on(descriptor: int, sink: Callable[[bytes], object], wait: float) -> bytes | None:
    """Hand on what comes within `wait` seconds, and return it: None where nothing did, empty where nothing will."""
    if not select.select([descriptor], [], [], wait)[0]:
        return None
    data = os.read(descriptor, 65536)
    if data:
        sink(data)
    return data


def _interrupt(pid: int, within: bool) -> None:
    for group in _children(pid) if within else (pid,):
        with contextlib.suppress(ProcessLookupError):  # gone, or bubblewrap's child does not lead its group yet
            os.killpg(group, signal.SIGINT)


def _end(process: subprocess.Popen[bytes], others: set[int]) -> None:
    if process.poll() is None:
        for group in (process.pid, *_children(process.pid)):
            with contextlib.suppress(ProcessLookupError):  # a child that leads no group: adopted and ended below
                os.killpg(group, signal.SIGKILL)
        process.wait()
    while left := _children(os.getpid()) - others:
        for pid in left:
            os.kill(pid, signal.SIGKILL)  # ours until waited for, so the number is nobody else's
        for pid in left:
            os.waitpid(pid, 0)  # the first process of a room can be waited for when all in it are dead


def _children(pid: int) -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text(errors="replace")
            except OSError:
                continue  # gone meanwhile
            if int(status.rpartition(")")[2].split()[1]) == pid:
                found.add(int(entry.name))
    return found


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
