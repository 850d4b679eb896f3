"""What agents send to the bot: the log as it grows, and files, by run and attempt."""

import fcntl
import hashlib
import heapq
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from experiments.experiment import Repository
from experiments.limits import LIMITS, UNKEPT
from experiments.run import Run

NAMES = ("bundle", "baseline.tar", "experiment.tar")
_RUN = re.compile(r"[a-z0-9-]{8,64}")
# Escape sequences for colours, window titles and cursor movements of terminals.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[PX^_][^\x1b\n]*(?:\x1b\\)?|[ -/]*[0-~])"
)
_OTHER_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BYTES_A_CHARACTER = 16  # bytes read for each character shown: a progress bar is written a hundred times and shown once


@dataclass
class Part:
    """Implements Received: a file that is not one of a run's checkpoints yet."""

    place: Path
    size: int  # bytes
    sha256: str
    number: int = 0

    def become(self, number: int) -> None:
        """Make this file the checkpoint of that number; called again, move it to another number."""
        self.place, self.number = self.place.replace(self.place.with_name(f"{number:d}.tar")), number


class DataRunFiles:
    """Implements the RunFiles port with files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append_log(self, run: Run, offset: int, data: bytes) -> int:
        """Add `data` to the log at `offset` (bytes), without what is there already. Return the log's size in bytes.

        Where something before `offset` is missing, or the log was cut, add nothing: the agent then goes back to the
        size it is told, and sends no more after some tries.
        Raise ValueError for a negative offset.
        """
        if offset < 0:
            raise ValueError(f"a log has no offset {offset}")
        with self._attempt(run, "log").open("ab") as log:
            fcntl.flock(log, fcntl.LOCK_EX)  # two requests of one agent may reach two web processes
            size = log.seek(0, os.SEEK_END)
            if offset > size or self.is_cut(run):
                return size
            new = data[size - offset :][: max(LIMITS.log - size, 0)]
            log.write(new)
            return size + len(new)

    def cut_log(self, run: Run) -> None:
        """See the port."""
        self._attempt(run, "cut").touch()

    def is_cut(self, run: Run) -> bool:
        """See the port."""
        return self._attempt(run, "cut").exists()

    def show_live(self, run: Run, text: str) -> None:
        """Show `text`, the log's newest lines that may still change, below the log until the next such text comes."""
        path = self._attempt(run, "live")
        part = path.with_name(f"live.{secrets.token_hex(4)}")
        part.write_bytes(text.encode()[-LIMITS.live :])
        part.replace(path)

    def log(self, run: Run, limit: int = 60_000, whole: bool = False) -> str:
        """Return the last `limit` characters of the log, as a terminal without colours shows it; empty without a log.

        Return only training's own lines where there are any, unless `whole` asks also for what came before them.
        """
        path, live = self._attempt(run, "log"), self._attempt(run, "live")
        data = b""
        if path.exists():
            with path.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                first = 0 if whole or run.attempt.logged_before > size else run.attempt.logged_before
                start = max(size - limit * _BYTES_A_CHARACTER, first)
                log.seek(start)
                data = log.read()
                if start > first:
                    data = data.partition(b"\n")[2] or data  # the first line may begin inside an escape sequence
        text = (data + (live.read_bytes() if live.exists() else b"")).decode(errors="replace")
        if not text and run.attempt.logged_before and not whole:
            return self.log(run, limit, whole=True)  # training has printed nothing yet
        shown = _plain(text)
        if self.is_cut(run):
            shown = f"{shown.rstrip()}\n[{UNKEPT}]\n".lstrip()
        return shown[-limit:] if limit > 0 else ""

    def path(self, run: Run, name: str) -> Path:
        """Return the path of `bundle`, `baseline.tar` or `experiment.tar`; the file may not exist, its folder does.

        Raise ValueError for another name.
        """
        if name not in NAMES:
            raise ValueError(f"agents send {', '.join(NAMES)}, and not {name[:60]!r}")
        return self._attempt(run, name)

    def write(self, run: Run, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file that `path` names, completely or not at all. Raise ValueError as `path` does.

        Of two that are written at the same time, the one that ends last stays: the agent may ask again while its first
        request, whose connection broke, is still being read.
        """
        path = self.path(run, name)
        part = path.with_name(f"{secrets.token_hex(8)}.part")
        try:
            with part.open("wb") as out:
                for chunk in chunks:
                    out.write(chunk)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)  # also where the upload breaks off

    def checkpoint(self, run: Run, number: int) -> Path:
        """Return the path of a checkpoint of any attempt; the file may not exist, its folder does."""
        return self._place(run, "checkpoints", f"{number:d}.tar")

    @contextmanager
    def receive(self, run: Run, chunks: Iterable[bytes], promised: int) -> Iterator["Part"]:
        """See the port."""
        place = self.checkpoint(run, 0).with_name(f"{secrets.token_hex(8)}.part")
        digest, size = hashlib.sha256(), 0
        try:
            with place.open("wb") as out:
                out.truncate(promised)
                for chunk in chunks:
                    out.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
            yield Part(place, size, digest.hexdigest())
        finally:
            place.unlink(missing_ok=True)  # also where the upload breaks off

    def drop_checkpoint(self, run: Run, number: int) -> None:
        """Delete a checkpoint; one that is gone already is fine."""
        self.checkpoint(run, number).unlink(missing_ok=True)

    def drop_checkpoints(self, run: Run, before: int) -> None:
        """See the port."""
        for each in _listed(self.checkpoint(run, 0).parent):
            number, _, kind = each.name.partition(".")
            if kind == "tar" and int(number) < before:
                Path(each).unlink(missing_ok=True)

    def held(self, repository: Repository) -> int:
        """See the port."""
        total = 0
        for mark in _listed(self._marks(repository)):
            files = list(_below(self._folder / mark.name))
            total += sum(seen.st_size for _, seen in files)
            if not files and not (self._folder / mark.name).exists():
                Path(mark).unlink(missing_ok=True)
        return total

    def ids(self, after: str, most: int) -> Sequence[str]:
        """See the port."""
        found = (each.name for each in _listed(self._folder) if _RUN.fullmatch(each.name) and each.name > after)
        return heapq.nsmallest(most, found)

    def drop(self, run: Run, names: Sequence[str], before: int = 0) -> None:
        """See the port."""
        for attempt in range(1, before or run.attempt.number + 1):
            for name in names:
                (self._folder_of(run.id) / f"{attempt:d}" / name).unlink(missing_ok=True)

    def drop_parts(self, run_id: str, before: float) -> None:
        """See the port."""
        for path, seen in _below(self._folder_of(run_id)):
            if path.suffix == ".part" and seen.st_mtime < before:
                path.unlink(missing_ok=True)

    def forget(self, run_id: str, before: float) -> None:
        """See the port."""
        folder = self._folder_of(run_id)
        if all(seen.st_mtime < before for _, seen in _below(folder)) and folder.stat().st_mtime < before:
            shutil.rmtree(folder)

    def _marks(self, repository: Repository) -> Path:
        """Return the folder with an empty file for each run of the repository, of the same name as the run's folder."""
        return self._folder / ".of" / f"{repository.id:d}"

    def _folder_of(self, run_id: str) -> Path:
        if not _RUN.fullmatch(run_id):
            raise ValueError(f"not the id of a run: {run_id[:80]!r}")
        return self._folder / run_id

    def _attempt(self, run: Run, name: str) -> Path:
        return self._place(run, f"{run.attempt.number:d}", name)

    def _place(self, run: Run, folder: str, name: str) -> Path:
        """Return the path of a file. Make its folder and count it for the run's repository; the file may not exist."""
        place = self._folder_of(run.id) / folder
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = self._marks(run.experiment.repository) / run.id
        if not mark.exists():
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mark.touch()
        return place / name


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    """Return the entries of a folder; none where it does not exist."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except FileNotFoundError:
        return []


def _below(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield each file below a folder, with its size and times."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            with suppress(FileNotFoundError):  # deleted or renamed at this moment
                yield path, path.lstat()


def _plain(text: str) -> str:
    """Return text without escape sequences and control characters, and of an overwritten line its last version."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in _ESCAPES.sub("", text).split("\n"))
    return _OTHER_CONTROLS.sub("", "\n".join(lines))
