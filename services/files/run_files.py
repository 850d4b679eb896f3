"""What training machines send home: the log as it grows, and files, by run and attempt."""

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from experiments.limits import LIMITS
from experiments.run import Run

NAMES = ("bundle", "baseline.tar", "experiment.tar")
_RUN = re.compile(r"[a-z0-9-]{8,64}")
# Colours, window titles and cursor movements of terminals.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[PX^_][^\x1b\n]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_OTHER_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BYTES_A_CHARACTER = 16  # read for each one that is shown: a progress bar comes a hundred times and is shown once


@dataclass
class Part:
    """Implements Received: a file that is none of a run's checkpoints yet."""

    place: Path
    size: int  # bytes
    sha256: str

    def become(self, number: int) -> None:
        """It is that checkpoint from now on."""
        self.place = self.place.replace(self.place.with_name(f"{number:d}.tar"))  # asked for again, it moves on


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
            new = data[size - offset :][: max(LIMITS.log - size, 0)]
            log.write(new)
            return size + len(new)

    def show_live(self, run: Run, text: str) -> None:
        """What is to be seen below the log until another such text comes: its newest lines, which may still change."""
        path = self._place(run, "live")
        part = path.with_name(f"live.{secrets.token_hex(4)}")
        part.write_bytes(text.encode()[-LIMITS.live :])
        part.replace(path)

    def log(self, run: Run, limit: int = 60_000, whole: bool = False) -> str:
        """The last `limit` characters of the log, as a terminal without colours shows it; empty before there is one.

        Training's own lines only, where there are any; `whole`: also what came before them."""
        path, live = self._place(run, "log"), self._place(run, "live")
        data = b""
        if path.exists():
            with path.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                first = 0 if whole or run.logged_before > size else run.logged_before
                start = max(size - limit * _BYTES_A_CHARACTER, first)
                log.seek(start)
                data = log.read()
                if start > first:
                    data = data.partition(b"\n")[2] or data  # a line cut in two may begin inside an escape
        text = (data + (live.read_bytes() if live.exists() else b"")).decode(errors="replace")
        if not text and run.logged_before and not whole:
            return self.log(run, limit, whole=True)  # training has said nothing yet
        shown = _plain(text)
        return shown[-limit:] if limit > 0 else ""

    def path(self, run: Run, name: str) -> Path:
        """Where `bundle`, `baseline.tar` or `experiment.tar` is, or is to be written; its folder exists."""
        if name not in NAMES:
            raise ValueError(f"agents send {', '.join(NAMES)}, and not {name[:60]!r}")
        return self._place(run, name)

    def write(self, run: Run, name: str, chunks: Iterable[bytes]) -> None:
        """One of those that `path` names, all of it or nothing."""
        path = self.path(run, name)
        part = path.with_name(f"{path.name}.part")
        with part.open("wb") as out:
            for chunk in chunks:
                out.write(chunk)
        part.replace(path)

    def checkpoint(self, run: Run, number: int) -> Path:
        """Where that checkpoint is, or is to be written, whichever attempt made it; its folder exists."""
        folder = self._folder_of(run) / "checkpoints"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / f"{number:d}.tar"

    @contextmanager
    def receive(self, run: Run, chunks: Iterable[bytes]) -> Iterator["Part"]:
        """Write what comes beside the checkpoints that are there. It is gone at the end unless it became one."""
        place = self.checkpoint(run, 0).with_name(f"{secrets.token_hex(8)}.part")
        digest, size = hashlib.sha256(), 0
        try:
            with place.open("wb") as out:
                for chunk in chunks:
                    out.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
            yield Part(place, size, digest.hexdigest())
        finally:
            place.unlink(missing_ok=True)  # also of one that breaks off

    def drop_checkpoint(self, run: Run, number: int) -> None:
        """Take one away; one that is gone already is fine."""
        self.checkpoint(run, number).unlink(missing_ok=True)

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
