"""Programs that run until the demo ends: started from the Procfile, watched, and stopped with all their children."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from honcho.environ import parse_procfile

from demo.trouble import DemoTrouble

GRACE = 3.0  # seconds from SIGTERM to SIGKILL
LAST_LINES = 20


class ProcessDied(DemoTrouble):
    """A program ended that should not have. The message says which, how, and its last lines."""


@dataclass(frozen=True)
class _Process:
    name: str
    handle: "subprocess.Popen[bytes]"
    log: Path


class Processes:
    """Programs, each with a session and a log file of its own. Leaving the `with` block stops all of them."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._running: list[_Process] = []

    def start(self, name: str, command: Sequence[str], *, env: Mapping[str, str], folder: Path) -> int:
        """Start one program in `folder` with exactly the environment `env`, and return its process id.

        Its output goes to `<name>.log`.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("wb") as output:
            handle = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal reaches the demo only; the demo then stops the others in order.
                start_new_session=True,
            )
        self._running.append(_Process(name, handle, log))
        return handle.pid

    def start_procfile(self, procfile: Path, *, env: Mapping[str, str]) -> None:
        """Start each line of a Procfile, in the Procfile's folder."""
        for name, line in parse_procfile(procfile.read_text()).processes.items():
            # A Procfile's lines are shell by definition (`${PORT:-8000}`); it is a file of this repository.
            self.start(name, ["sh", "-c", f"exec {line}"], env=env, folder=procfile.parent)

    @property
    def pids(self) -> Mapping[str, int]:
        """Name -> process id of each program."""
        return {process.name: process.handle.pid for process in self._running}

    def check(self) -> None:
        """Raise ProcessDied when one of them has ended. Forget other children that have ended."""
        _bury({process.handle.pid for process in self._running})
        for process in self._running:
            code = process.handle.poll()
            if code is not None:
                how = f"ended with exit code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
                raise ProcessDied(f"{process.name} {how}. The end of {process.log}:\n{_tail(process.log)}")

    def last_lines(self) -> str:
        """Return the last lines of every program's log, under its name."""
        return "\n".join(f"--- {process.name}\n{_tail(process.log)}" for process in self._running)

    def stop(self) -> None:
        """End all of them and everything that they started. This takes a few seconds at most."""
        # Training runs in sessions of its own: it is found by its parents, so before they are gone.
        end([found for process in self._running for found in family(process.handle.pid)])
        for process in self._running:
            process.handle.wait()
        self._running.clear()

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants; nothing where it is gone."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(everyone: Iterable[psutil.Process], grace: float = GRACE) -> None:
    """Ask these to end; after `grace` seconds kill those that are left, and what they started meanwhile."""
    everyone = list(everyone)
    for process in everyone:
        with suppress(psutil.NoSuchProcess):  # it has ended, as wanted; the same below
            process.terminate()
    left = {found for process in _still_there(everyone, grace) for found in family(process.pid)}
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _still_there(left, grace)


def adopt_orphans() -> None:
    """Make this process adopt orphans (Linux only), so that they are found, counted and ended."""
    if sys.platform == "linux":
        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _bury(spared: Set[int]) -> None:
    """Ask for the exit codes of adopted processes that have ended: else the system keeps listing them."""
    if sys.platform != "linux":  # elsewhere no process is adopted
        return
    with suppress(ChildProcessError):  # there is no child
        # Only look: processes in `spared` keep their exit code for who started them.
        while dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if dead.si_pid in spared:
                return
            os.waitpid(dead.si_pid, 0)


def _still_there(everyone: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Return those that have not ended after `seconds`."""
    until = time.monotonic() + seconds
    while (left := [process for process in everyone if _lives(process)]) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def _lives(process: psutil.Process) -> bool:
    # psutil's own waiting counts a process as alive until somebody has asked for its exit code.
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() or ["(it said nothing)"]
    return "\n".join(lines[-LAST_LINES:])
