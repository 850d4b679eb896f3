"""Keeps a process that has loaded DVC and waits for a commit: loading takes longer than reading most commits."""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from threading import Lock

from services.dvc.reading_process import Unread, answered, ask, end, new_workspace, start, sweep, wait

log = logging.getLogger(__name__)

LARGEST = 50_000_000  # bytes of files from training that are copied for a spare process; with more, one is started


@dataclass(frozen=True)
class Spare:
    """A process that has read no commit yet, and its own workspace. It reads one commit and ends."""

    workspace: Path
    process: "Popen[bytes]"
    held: ExitStack  # ends the process and deletes the workspace

    @property
    def answer(self) -> Path:
        """The file that it prints to."""
        return _answer(self.workspace)

    def is_ready(self) -> bool:
        """Return whether the process still runs and has its workspace, which whoever cleans /tmp may have deleted."""
        return self.process.poll() is None and self.answer.exists() and (self.workspace / "tree").is_dir()

    def read(self, words: list[str], files: Path | None, seconds: float) -> bytes | Unread:
        """Have what lies in the workspace read, and return the answer. Raises Unread as `reading_process.wait` does.

        `files` are copied: where the process is isolated, it sees only its workspace.
        """
        if files is not None:
            shutil.copyfile(files, self.workspace / "private" / "files.tar")
            words = [*words, str(self.workspace / "private" / "files.tar")]
        ask(self.process, json.dumps(words))
        wait(self.process, self.answer, seconds)
        return answered(self.answer)

    def end(self) -> None:
        """End the process and delete its workspace."""
        self.held.close()


class Spares:
    """At most one spare process, inside of `kept` only."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._keeps = self._isolates = False
        self._spare: Spare | None = None

    @contextmanager
    def kept(self, isolate: bool) -> Iterator[None]:
        """Keep a spare process inside the block, with `isolate` in a closed room."""
        self._keeps, self._isolates = True, isolate
        sweep()
        try:
            self._fill()
            yield
        finally:
            self._keeps = False
            if spare := self._take():
                spare.end()

    @contextmanager
    def taken(self, files: Path | None) -> Iterator[Spare | None]:
        """Give the spare process, which ends with the block; None where there is none, or `files` are too large.

        The next one loads meanwhile.
        """
        spare = None if files is not None and files.stat().st_size > LARGEST else self._take()
        try:
            self._fill()
            yield spare
        finally:
            if spare is not None:
                spare.end()

    def _take(self) -> Spare | None:
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is None or spare.is_ready():
            return spare
        log.warning("a spare process ended with %s before it was needed, or lost its folder", spare.process.returncode)
        spare.end()
        return None

    def _fill(self) -> None:
        """Start a spare process where there is none. Without one, a process is started for each commit."""
        with self._lock:
            if not self._keeps or self._spare is not None:
                return
            try:
                self._spare = _started(self._isolates)
            except OSError as error:
                log.warning("no spare process could be started: %s", error)


def _started(isolate: bool) -> Spare:
    with ExitStack() as made:  # the time of a job may be up at any line
        workspace = made.enter_context(new_workspace())
        (workspace / "tree").mkdir()
        process = start(workspace, ["--wait"], _answer(workspace), isolate=isolate, asks=True)
        made.callback(end, process)
        return Spare(workspace, process, made.pop_all())


def _answer(workspace: Path) -> Path:
    return workspace / "private" / "answer.json"
