"""Stores: Git folders beside a mirror for commits of forks. Each is limited in size, and deleted as a whole.

A store borrows objects of its mirror, and nothing borrows those of a store. A store's lock is on its folder, and goes
with it. Readers share the lock; whoever adds to the store or deletes it holds the lock alone.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep, time

from bot.errors import TryLater
from services.git.command import GitFailed
from services.git.mirror import Mirror, is_ready, new_repository
from services.git.remote import FetchTooMuch

LARGEST = 300_000_000  # bytes of the pack that one fetch brings; its two lists of objects may each be as large
SECONDS = 60.0  # of one fetch
TIMES = 4  # a store has at most so many LARGEST: it is begun anew beyond one, and a fetch has two lists
ALL = 4_000_000_000  # bytes of all stores of a repository
NUMBER = 50  # of stores of a repository
FILES = 150  # files of packs in one store; git looks into each of them
UNUSED = 24 * 3600  # seconds without use after which a store is deleted
SNAPSHOTS = "snapshots"  # folder in a store for what was read of its commits; whoever writes there bounds it
REMEMBERED = 3600  # seconds in which something that was too much is not fetched again
SOON, PAUSE = 3.0, 60.0  # seconds until the next try: where one store is in use, and where all are

Fetch = Callable[[Path, float, int], object]  # fetches into a folder, within so many seconds, a pack of so many bytes


@dataclass(frozen=True)
class Stores:
    """The stores of one mirror."""

    mirror: Mirror

    @property
    def folder(self) -> Path:
        """The folder of the stores."""
        return self.mirror.folder.with_suffix(".forks")

    @contextmanager
    def held(self, name: str, patience: float) -> Iterator[Path | None]:
        """Keep a store from being deleted inside the block, and give its folder; None where there is none.

        Raises TryLater where the store is busy for `patience` seconds.
        """
        store = self._named(name)
        with _locked(store, fcntl.LOCK_SH, patience) as there:
            if there:
                os.utime(store)  # the time of the last use
            yield store if there else None

    def bring(self, name: str, wanted: str, patience: float, fetch: Fetch) -> None:
        """Fetch something into a store. `wanted` names it, as a part of a file's name.

        Raises FetchTooMuch where it is more than may be fetched, or was so within the last hour, and TryLater where the
        store is busy for `patience` seconds or there is no room.
        """
        refused, store = self.folder / f"{wanted}.refused", self._named(name)
        with suppress(FileNotFoundError):
            if time() - refused.stat().st_mtime < REMEMBERED:
                raise FetchTooMuch
        store.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(store, fcntl.LOCK_EX, patience) as there:
            if there and not _is_full(store):
                self._make_room(store)
                self._fetch(store, refused, fetch)
                return
            if there:
                _delete(store)
        self.bring(name, wanted, patience, fetch)

    def page(self, name: str) -> str:
        """Return the address of a store, as GitRemote takes it."""
        return self._named(name).resolve().as_uri().removesuffix(".git")

    def _fetch(self, store: Path, refused: Path, fetch: Fetch) -> None:
        if not is_ready(store):
            new_repository(store)
        borrowed = os.path.relpath(self.mirror.folder / "objects", store / "objects")  # right after a move, too
        (store / "objects" / "info" / "alternates").write_text(f"{borrowed}\n")
        try:
            fetch(store, SECONDS, LARGEST)
        except (FetchTooMuch, GitFailed) as trouble:
            _delete(store)  # whatever is wrong with it
            if isinstance(trouble, FetchTooMuch):
                refused.touch()
            raise

    def remove(self, name: str) -> bool:
        """Delete a store; return False where somebody uses it."""
        try:
            with _locked(self._named(name), fcntl.LOCK_EX) as there:
                if there:
                    _delete(self._named(name))
        except TryLater:
            return False
        return True

    def sweep(self) -> None:
        """Delete stores that nobody has used for a day, and what is left of deleted ones."""
        for entry, used in self._entries().items():
            age = time() - used
            if entry.suffix == ".gone":
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.suffix == ".git" and age > UNUSED:
                self.remove(entry.stem)
            elif entry.suffix == ".refused" and age > REMEMBERED:
                entry.unlink(missing_ok=True)

    def _named(self, name: str) -> Path:
        return self.folder / f"{name}.git"

    def _entries(self) -> dict[Path, float]:
        """Return all entries with the time of their last use, the oldest first."""
        found = dict[Path, float]()
        for entry in self.folder.iterdir() if self.folder.exists() else ():
            with suppress(FileNotFoundError):
                found[entry] = entry.stat().st_mtime
        return dict(sorted(found.items(), key=lambda each: each[1]))

    def _make_room(self, store: Path) -> None:
        """Delete the longest unused stores until there is room for a full one. Raises TryLater where all are in use."""
        sizes = {each: _size(each) for each in self._entries() if each.suffix in (".git", ".gone") and each != store}
        for each in list(sizes):
            if _fits(sizes.values()):
                break
            if each.suffix == ".git" and self.remove(each.stem):
                del sizes[each]
        if not _fits(sizes.values()):
            raise TryLater(f"there is no room in {self.folder}", PAUSE)


def _fits(sizes: Collection[int]) -> bool:
    """Return whether one more store fits beside stores of these sizes."""
    return len(sizes) < NUMBER and sum(sizes) + TIMES * LARGEST <= ALL


def _is_full(store: Path) -> bool:
    """Return whether the store is to be begun anew."""
    files = _files(store)
    return len(files) > FILES or sum(files) > LARGEST


def all_below(folder: Path) -> Iterator[Stores]:
    """Yield the stores of all mirrors in a folder."""
    for place in folder.glob("*.forks"):
        yield Stores(Mirror(place.with_suffix(".git")))


@contextmanager
def _locked(folder: Path, kind: int, patience: float = 0.0) -> Iterator[bool]:
    """Lock a folder inside the block and give whether it exists. Raises TryLater where another lock is in the way."""
    try:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        _lock(folder, place, kind, monotonic() + patience)
        yield _is(folder, place)
    finally:
        os.close(place)


def _lock(folder: Path, place: int, kind: int, end: float) -> None:
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(place, kind | fcntl.LOCK_NB)
            return
        if monotonic() >= end:
            raise TryLater(f"others are at {folder}", SOON)
        sleep(0.05)


def _is(folder: Path, place: int) -> bool:
    """Return whether the open folder is still the one at this path.

    It may have been deleted before the lock was got.
    """
    try:
        return os.path.samestat(folder.stat(), os.fstat(place))
    except FileNotFoundError:
        return False


def _delete(store: Path) -> None:
    """Delete a store that is locked alone. For others it disappears at once."""
    gone = store.with_suffix(f".{secrets.token_hex(4)}.gone")
    store.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _files(store: Path) -> list[int]:
    """Return the sizes of the store's pack files in bytes."""
    found = list[int]()
    with suppress(FileNotFoundError), os.scandir(store / "objects" / "pack") as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                found.append(entry.stat().st_size)
    return found


def _size(store: Path) -> int:
    """Return the bytes that a store takes, or may take soon where it is in use."""
    try:
        with _locked(store, fcntl.LOCK_SH):
            return sum(_files(store))
    except TryLater:
        return TIMES * LARGEST
