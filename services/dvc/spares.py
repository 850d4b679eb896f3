"""Keeps a process that has loaded DVC and waits for a commit: loading takes longer than reading most commits."""

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from threading import Lock

from services.dvc.reading_process import Unread, answered, ask, end, new_workspace, start, wait

log = logging.getLogger(__name__)

LARGEST = 50_000_000  # bytes of files from training that are copied for a spare process; with more, one is started


@dataclass(frozen=True)
class Spare:
    """A process that has read nothing yet, in a room of its own. It reads one commit and ends."""

    workspace: Path
    process: "Popen[bytes]"

    @property
    def answer(self) -> Path:
        """The file that it prints to."""
        return self.workspace / "private" / "answer.json"

    def read(self, words: list[str], files: Path | None, seconds: float) -> bytes | Unread:
        """Have what lies in the workspace read, and return the answer. Raises Unread as `reading_process.wait` does.

        `files` are copied: their own place is not in its room.
        """
        if files is not None:
            shutil.copyfile(files, self.workspace / "private" / "files.tar")
            words = [*words, str(self.workspace / "private" / "files.tar")]
        ask(self.process, json.dumps(words))
        wait(self.process, self.answer, seconds)
        return answered(self.answer)


@dataclass
class Spares:
    """At most one spare process, which this process started. None is kept before `keep` was called."""

    _isolate: bool = False
    _owner: int = 0  # the process that keeps spares: a fork of it must not share them
    _held: ExitStack = field(default_factory=ExitStack)
    _spare: Spare | None = None
    _lock: Lock = field(default_factory=Lock)

    def keep(self, isolate: bool) -> None:
        """Start a spare process now, and another one whenever one is used; with `isolate` each in a closed room."""
        with self._lock:
            self._isolate, self._owner = isolate, os.getpid()
            self._renew()

    @contextmanager
    def taken(self, files: Path | None) -> Iterator[Spare | None]:
        """Give the spare process, which goes with the block; None where there is none, or `files` are too large."""
        with self._lock:
            spare, held = self._spare, self._held
            if spare is None or self._owner != os.getpid():
                spare = None
            elif spare.process.poll() is not None:  # it was killed, or is of a version that is no longer installed
                log.warning("a spare process ended before it was needed")
                held.close()
                spare = None
                self._renew()
            elif files is not None and files.stat().st_size > LARGEST:
                spare = None
            else:
                self._renew()
        if spare is None:
            yield None
            return
        with held:
            yield spare

    def close(self) -> None:
        """End the spare process."""
        with self._lock:
            self._owner, self._spare = 0, None
            self._held.close()

    def _renew(self) -> None:
        self._held = ExitStack()
        with ExitStack() as made:
            workspace = made.enter_context(new_workspace())
            (workspace / "tree").mkdir()
            process = start(
                workspace, ["--wait"], workspace / "private" / "answer.json", isolate=self._isolate, asks=True
            )
            made.callback(end, process)
            self._spare = Spare(workspace, process)
            self._held = made.pop_all()
