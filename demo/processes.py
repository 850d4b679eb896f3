"""Programs that run until the demo ends: started from the Procfile, watched, and stopped with all they started."""

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

from demo.trouble import Trouble

GRACE = 3.0  # seconds from the kind signal to the one nobody survives
LAST_LINES = 20


class ProcessDied(Trouble):
    """A program ended that should not have; the message says which, how, and its last lines."""


@dataclass(frozen=True)
class _Process:
    name: str
    handle: "subprocess.Popen[bytes]"
    log: Path


class Processes:
    """Programs, each in a session of its own and with a log file; leaving the `with` block stops them all."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self._running: list[_Process] = []

    def start(self, name: str, command: Sequence[str], *, env: Mapping[str, str], folder: Path) -> None:
        """Start one program in `folder` with exactly the environment `env`; what it says goes to `<name>.log`."""
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

    def start_procfile(self, procfile: Path, *, env: Mapping[str, str]) -> None:
        """Start each line of a Procfile, beside it."""
        for name, line in parse_procfile(procfile.read_text()).processes.items():
            # A Procfile's lines are shell by definition (`${PORT:-8000}`); it is a file of this repository.
            self.start(name, ["sh", "-c", f"exec {line}"], env=env, folder=procfile.parent)

    def check(self) -> None:
        """ProcessDied when one of them has ended. Whoever else ended as a child of ours is let go."""
        _bury({process.handle.pid for process in self._running})
        for process in self._running:
            code = process.handle.poll()
            if code is not None:
                how = f"ended with exit code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
                raise ProcessDied(f"{process.name} {how}. The end of {process.log}:\n{_tail(process.log)}")

    def last_lines(self) -> str:
        """The end of every program's log, under its name."""
        return "\n".join(f"--- {process.name}\n{_tail(process.log)}" for process in self._running)

    def stop(self) -> None:
        """End all of them and all that they started. Done within a few seconds."""
        # What training starts is in sessions of its own: it is found by parentage, before the parents are gone.
        end([found for process in self._running for found in family(process.handle.pid)])
        for process in self._running:
            process.handle.wait()
        self._running.clear()

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def family(pid: int) -> list[psutil.Process]:
    """A process and all its descendants; nobody when it is gone."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(everyone: Iterable[psutil.Process], grace: float = GRACE) -> None:
    """Ask these to end; after `grace` seconds kill those still there, and what they have started meanwhile."""
    everyone = list(everyone)
    for process in everyone:
        with suppress(psutil.NoSuchProcess):  # gone by itself, which is what we want; so below
            process.terminate()
    left = {found for process in _still_there(everyone, grace) for found in family(process.pid)}
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _still_there(left, grace)


def _bury(spared: Set[int]) -> None:
    """Ask for the exit of the dead we adopted, who would stay in the list of processes until somebody does."""
    if sys.platform != "linux":  # nobody is adopted elsewhere
        return
    with suppress(ChildProcessError):  # there is no child
        # Only looked at: those in `spared` keep their exit code for who started them.
        while dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if dead.si_pid in spared:
                return
            os.waitpid(dead.si_pid, 0)


def _still_there(everyone: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that have not ended after that time at most."""
    until = time.monotonic() + seconds
    while (left := [process for process in everyone if _lives(process)]) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def _lives(process: psutil.Process) -> bool:
    # psutil's own waiting counts the dead whom nobody has asked for yet among the living.
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() or ["(it said nothing)"]
    return "\n".join(lines[-LAST_LINES:])
