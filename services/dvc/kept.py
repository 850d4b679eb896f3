"""Snapshots on disk: found by tree, within a bound for each repository, and deleted when nobody reads them."""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from experiments.snapshot import Snapshot
from services.bounded import Bounded

OWN = 1_000_000_000  # bytes of snapshots of one repository's own commits
BROUGHT = 64_000_000  # bytes of those of commits that one fork's pull request brought: as much as a command may hold
UNREAD = 30 * 24 * 3600  # seconds without a reader after which a snapshot is deleted, which can be taken again
UNREAD_IRREPLACEABLE = 365 * 24 * 3600  # the same where no commit has all that it says


@dataclass(frozen=True)
class CachedSnapshot:
    """A snapshot on disk."""

    format: int
    files: str  # SHA-256 of the tar that it was last taken with; empty without one
    snapshot: Snapshot


SNAPSHOT = TypeAdapter(CachedSnapshot)


class KeptSnapshots:
    """Snapshots in a folder for each repository, and beside the commits of forks for as long as those are there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._own, self._brought = Bounded(OWN, spare=_is_irreplaceable), Bounded(BROUGHT)
        self._swept = ""  # name of the folder that was swept last

    def read(self, place: Path) -> CachedSnapshot | None:
        """Return what is kept at a path, in any format; None where nothing is, or nothing that can be read."""
        try:
            kept = SNAPSHOT.validate_json(place.read_bytes())
            touch(place)
        except (FileNotFoundError, ValidationError):
            return None
        return kept

    def write(self, place: Path, kept: CachedSnapshot) -> None:
        """Write the file in one step, for another process may read it at this moment. Make room for it."""
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, new = tempfile.mkstemp(dir=place.parent, prefix=place.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(to_json(kept, inf_nan_mode="constants"))
                size = file.tell()
            Path(new).replace(place)
        except FileNotFoundError:  # others had more to write than fits, so that this is not kept
            return
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
        self.added(place, size)

    def added(self, place: Path, size: int = 0) -> None:
        """Count a file that was written at a path or beside it, and delete the longest unread where they are many."""
        bound = self._own if place.parent.parent == self.folder else self._brought
        bound.add(place.parent, size)

    def sweep(self, now: float) -> None:
        """Delete what nobody has read for long of one repository, each time of the next one."""
        with suppress(FileNotFoundError):  # nothing is kept yet
            found = sorted(each.name for each in self.folder.iterdir() if each.is_dir())
            self._swept = next((name for name in found if name > self._swept), "")
            for file in (self.folder / self._swept).iterdir() if self._swept else ():
                with suppress(FileNotFoundError):  # it was deleted at this moment
                    _sweep(file, now - file.stat().st_mtime)


def touch(place: Path) -> None:
    """Note that a kept snapshot was read now. Raises FileNotFoundError."""
    os.utime(place)


def _sweep(file: Path, age: float) -> None:
    if age > UNREAD_IRREPLACEABLE or (age > UNREAD and not _is_irreplaceable(file)):
        file.unlink()


def _is_irreplaceable(file: Path) -> bool:
    """Return whether a snapshot has files from a DVC remote or from training: no commit brings them again."""
    with suppress(FileNotFoundError), file.open("rb") as content:
        return file.suffix == ".json" and b'"files":""' not in content.read(64)
    return False
