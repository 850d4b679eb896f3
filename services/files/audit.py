"""The log of machines: a line of JSON for each launch and each end, in a file for the month of the launch."""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter

from experiments.fleet.ledger import AuditEntry, month, still_open
from services.stored import Stored

ENTRY = Stored("entry", 2, TypeAdapter(AuditEntry))  # version 1: v0.1.0, without a frame
MONTH = 31 * 86400  # seconds
PAUSED = "paused"  # a file beside the months, with the reason in it


class AuditLog:
    """Implements the Audit port with files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def month(self, at: float) -> Sequence[AuditEntry]:
        """See the port."""
        return self._named(month(at))

    def there(self, now: float) -> Mapping[str, AuditEntry]:
        """See the port."""
        months = dict.fromkeys((month(now - MONTH), month(now)))
        return {name: entry for each in months for name, entry in still_open(self._named(each)).items()}

    def reserve(self, entry: AuditEntry, bound: Callable[[Sequence[AuditEntry]], str]) -> str:
        """See the port."""
        with self._locked(entry.at) as log:
            known = _entries(log.read())
            paid = any(each.machine == entry.machine and each.hours for each in known)
            if paid or entry.machine in still_open(known):  # it is reserved already, or was ended by hand meanwhile
                return ""
            why_not = bound(known)
            if not why_not:
                _append(log, entry)
            return why_not

    def close(self, entry: AuditEntry, launched: float) -> bool:
        """See the port."""
        with self._locked(launched) as log:
            if entry.machine not in still_open(_entries(log.read())):
                return False
            _append(log, entry)
            return True

    def note(self, entry: AuditEntry) -> None:
        """See the port."""
        with self._locked(entry.at) as log:
            same = [each for each in _entries(log.read()) if (each.what, each.machine) == (entry.what, entry.machine)]
            if not same:
                _append(log, entry)

    def paused(self) -> str:
        """See the port."""
        path = self._folder / PAUSED
        return path.read_text().strip() or "no reason was given" if path.exists() else ""

    def pause(self, why: str) -> None:
        """Stop launching machines, for this reason, until `resume`."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / PAUSED).write_text(f"{why}\n")

    def resume(self) -> None:
        """Launch machines again."""
        (self._folder / PAUSED).unlink(missing_ok=True)

    def _named(self, name: str) -> Sequence[AuditEntry]:
        path = self._folder / f"{name}.jsonl"
        return _entries(path.read_bytes()) if path.exists() else ()

    def _path(self, at: float) -> Path:
        return self._folder / f"{month(at)}.jsonl"

    @contextmanager
    def _locked(self, at: float) -> Iterator[BinaryIO]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path(at).open("a+b") as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            log.seek(0)
            yield log


def _append(log: BinaryIO, entry: AuditEntry) -> None:
    log.seek(0, os.SEEK_END)
    begins = log.tell()
    if begins:
        log.seek(begins - 1)
        whole = log.read(1) == b"\n"
    else:
        whole = True
    # Where a crash cut the last line, it stays as it is, and the new one begins on a line of its own.
    log.write((b"" if whole else b"\n") + ENTRY.dump(entry) + b"\n")
    log.flush()
    os.fsync(log.fileno())


def _entries(data: bytes) -> list[AuditEntry]:
    found = []
    for line in data.splitlines():
        try:
            found.append(ENTRY.load(line))
        except ValueError:  # cut by a crash: its writer did not act on it
            continue
    return found
