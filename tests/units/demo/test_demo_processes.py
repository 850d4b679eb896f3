"""The demo's programs: started from a Procfile, watched, and ended with the demo."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from demo.processes import ProcessDied, Processes

ENV = {"PATH": os.environ["PATH"]}

# Prints the number of a child that is in a session of its own; then both wait.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


def eventually(what: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    return Processes(tmp_path / "logs")


def test_each_line_of_a_procfile_is_a_program(processes: Processes, tmp_path: Path) -> None:
    procfile = tmp_path / "Procfile"
    procfile.write_text("web: sh -c 'echo port ${PORT:-8000}; sleep 600'\n# a note\nworker: sleep 600\n")
    with processes:
        processes.start_procfile(procfile, env=ENV | {"PORT": "9000"})
        eventually(lambda: (tmp_path / "logs" / "web.log").read_text() == "port 9000\n")
        processes.check()
        assert (tmp_path / "logs" / "worker.log").exists()


def test_a_program_sees_the_given_environment_and_no_other(processes: Processes, tmp_path: Path) -> None:
    os.environ["DEMO_CANARY"] = "sings"
    try:
        with processes:
            processes.start("env", ["sh", "-c", "env; sleep 600"], env=ENV | {"LANG": "C"}, folder=tmp_path)
            eventually(lambda: "LANG=C" in (tmp_path / "logs" / "env.log").read_text())
    finally:
        del os.environ["DEMO_CANARY"]
    assert "DEMO_CANARY" not in (tmp_path / "logs" / "env.log").read_text()


def test_a_child_in_another_session_ends_too(processes: Processes, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "parent.log"
    with processes:
        processes.start("parent", [sys.executable, "-c", PARENT], env=ENV, folder=tmp_path)
        eventually(lambda: log.read_text().endswith("\n"))
        child = psutil.Process(int(log.read_text()))
    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_program_that_ignores_sigterm_is_killed_within_seconds(processes: Processes, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "stubborn.log"
    with processes:
        processes.start("stubborn", [sys.executable, "-c", STUBBORN], env=ENV, folder=tmp_path)
        eventually(lambda: "ready" in log.read_text())
        begin = time.monotonic()
    assert time.monotonic() - begin < 8


def test_a_program_that_dies_is_named_with_its_last_lines(processes: Processes, tmp_path: Path) -> None:
    with processes:
        processes.start("worker", ["sh", "-c", "echo no Redis here; exit 3"], env=ENV, folder=tmp_path)
        eventually(lambda: _died(processes))
        with pytest.raises(ProcessDied, match=r"worker ended with exit code 3.*\n.*no Redis here"):
            processes.check()


def test_a_killed_program_is_distinguished_from_one_that_exits(processes: Processes, tmp_path: Path) -> None:
    with processes:
        processes.start("clock", ["sh", "-c", "kill -9 $$"], env=ENV, folder=tmp_path)
        eventually(lambda: _died(processes))
        with pytest.raises(ProcessDied, match=f"clock was killed by {signal.SIGKILL.name}"):
            processes.check()


@pytest.mark.skipif(sys.platform != "linux", reason="nobody is adopted elsewhere")
def test_ended_programs_do_not_stay_as_zombies(processes: Processes, tmp_path: Path) -> None:
    orphans = [os.posix_spawnp("true", ["true"], ENV) for _ in range(3)]
    with processes:
        processes.start("clock", ["sleep", "600"], env=ENV, folder=tmp_path)
        eventually(lambda: all(psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE for orphan in orphans))
        processes.check()
        assert not any(psutil.pid_exists(orphan) for orphan in orphans)


def _died(processes: Processes) -> bool:
    try:
        processes.check()
    except ProcessDied:
        return True
    return False
