"""What training machines send home: the log as it grows, and files, by run and attempt."""

import fcntl
import os
import re
from pathlib import Path

from experiments.run import Run

LOG_LIMIT = 10 * 1024 * 1024  # bytes; what comes after is dropped
NAMES = ("bundle", "baseline.tar", "experiment.tar")
_RUN = re.compile(r"[a-z0-9-]{8,64}")
# Colours, window titles and cursor movements of terminals.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[PX^_][^\x1b\n]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_OTHER_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BYTES_A_CHARACTER = 16  # read for each one that is shown: a progress bar comes a hundred times and is shown once


class DataRunFiles:
    """Implements the RunFiles port in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append_log(self, run: Run, offset: int, data: bytes) -> int:
        """Add to the log at `offset`, in bytes; what is there already is not added again. Returns the log's size.

        Where something before `offset` is missing, nothing is added: the agent goes back to the size it is told.
        """
        if offset < 0:
            raise ValueError(f"a log has no offset {offset}")
        with self._place(run, "log").open("ab") as log:
            fcntl.flock(log, fcntl.LOCK_EX)  # two requests of one agent, in two processes of the web
            size = log.seek(0, os.SEEK_END)
            if offset > size:
                return size
            new = data[size - offset :][: max(LOG_LIMIT - size, 0)]
            log.write(new)
            return size + len(new)

    def log(self, run: Run, limit: int = 60_000) -> str:
        """The last `limit` characters of the log, as a terminal without colours shows it; empty before there is one."""
        path = self._place(run, "log")
        if not path.exists():
            return ""
        with path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            start = max(size - limit * _BYTES_A_CHARACTER, 0)
            log.seek(start)
            text = log.read().decode(errors="replace")
        if start:
            text = text.partition("\n")[2] or text  # a line cut in two may begin inside an escape
        shown = _plain(text)
        return shown[-limit:] if limit > 0 else ""

    def path(self, run: Run, name: str) -> Path:
        """Where `bundle`, `baseline.tar` or `experiment.tar` is, or is to be written; its folder exists."""
        if name not in NAMES:
            raise ValueError(f"agents send {', '.join(NAMES)}, and not {name[:60]!r}")
        return self._place(run, name)

    def checkpoint(self, run: Run, number: int) -> Path:
        """Where that checkpoint is, or is to be written, whichever attempt made it; its folder exists."""
        folder = self._folder_of(run) / "checkpoints"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{number:d}.tar"

    def _folder_of(self, run: Run) -> Path:
        if not _RUN.fullmatch(run.id):
            raise ValueError(f"not the id of a run: {run.id[:80]!r}")
        return self._folder / run.id

    def _place(self, run: Run, name: str) -> Path:
        folder = self._folder_of(run) / f"{run.attempt:d}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / name


def _plain(text: str) -> str:
    """Without escapes and control characters; of a line that was written over and over, the last."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in _ESCAPES.sub("", text).split("\n"))
    return _OTHER_CONTROLS.sub("", "\n".join(lines))
