"""Commits are read as the bot reads them, but for DVC, which is loaded once for a whole run of tests.

tests/contracts/snapshots is about the process that the bot itself starts for each commit, isolated and not."""

import atexit
import copy
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from services.dvc.extract_process import Reader
from services.dvc.reading_process import environment, why_ended
from services.dvc.snapshots import DvcSnapshots

PROGRAM = Path(__file__).with_name("warm_process.py")
_ONE_AT_A_TIME = Lock()


@cache
def _process() -> "subprocess.Popen[str]":
    """Return the reader of this process, which ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="warm-")
    argv = [sys.executable, "-I", "-B", "-X", "utf8", str(PROGRAM), folder.name]
    env = environment(Path(folder.name) / "private")
    started = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def end() -> None:
        started.communicate()
        folder.cleanup()

    atexit.register(end)
    return started


@dataclass(frozen=True)
class WarmReader(Reader):
    """Has commits read by children of one process that has loaded DVC."""

    def _run(self, workspace: Path, words: list[str], files: Path | None, answer: Path) -> None:
        asked = {
            "words": [str(workspace), *words],
            "env": environment(workspace / "private"),
            "answer": str(answer),
            "errors": str(answer.with_suffix(".log")),
        }
        with _ONE_AT_A_TIME:
            process = _process()
            assert process.stdin and process.stdout
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
        if code != 0:
            raise why_ended(code, answer.with_suffix(".log"))


def warm(snapshots: DvcSnapshots) -> DvcSnapshots:
    """The same, read by a process that has loaded DVC."""
    other, before = copy.copy(snapshots), snapshots._reader
    other._reader = WarmReader(before.git, False, before.seconds, before.refused, before.space)
    return other
