"""Git folders beside a mirror for what is fetched on a stranger's word: each goes as a whole, all of them are bounded.

A store borrows the objects of its mirror, and nothing borrows those of a store. Its lock is one of its folder, so that
it goes with it: whoever reads shares the lock, whoever brings something or takes the store away has it alone.
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
from services.git.remote import TooMuch

LARGEST = 300_000_000  # bytes of the pack that one fetch brings; each list of its objects may be as large
SECONDS = 60.0  # that it may take
TIMES = 4  # LARGEST is what one store has at most: it is begun anew beyond one, and each fetch has two lists
ALL = 4_000_000_000  # bytes of all stores of a repository
NUMBER = 50  # of them
FILES = 150  # of packs in one store; git looks into each of them
UNUSED = 24 * 3600  # seconds after which a store goes
REMEMBERED = 3600  # seconds in which what was too much is not asked for again
SOON, PAUSE = 3.0, 60.0  # seconds until it is tried again: where one store is in use, and where all are

Fetch = Callable[[Path, float, int], object]  # into a folder, within so many seconds, a pack of so many bytes


@dataclass(frozen=True)
class Stores:
    """Those of one mirror."""

    mirror: Mirror

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.mirror.folder.with_suffix(".forks")

    @contextmanager
    def held(self, name: str, patience: float) -> Iterator[Path | None]:
        """Have a store that nobody takes away meanwhile; None where there is none. TryLater."""
        store = self._named(name)
        with _locked(store, fcntl.LOCK_SH, patience) as there:
            if there:
                os.utime(store)  # when it was last used
            yield store if there else None

    def bring(self, name: str, wanted: str, patience: float, fetch: Fetch) -> None:
        """Have something fetched into a store. TooMuch where it is more than may be, or was so within the last hour;
        TryLater. `wanted` names it, as part of a file's name."""
        refused, store = self.folder / f"{wanted}.refused", self._named(name)
        with suppress(FileNotFoundError):
            if time() - refused.stat().st_mtime < REMEMBERED:
                raise TooMuch
        store.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(store, fcntl.LOCK_EX, patience) as there:
            if there and not _is_full(store):
                self._make_room(store)
                self._fetch(store, refused, fetch)
                return
            if there:
                _delete(store)
        self.bring(name, wanted, patience, fetch)

    def _fetch(self, store: Path, refused: Path, fetch: Fetch) -> None:
        if not is_ready(store):
            new_repository(store)
        borrowed = os.path.relpath(self.mirror.folder / "objects", store / "objects")  # holds after a move, too
        (store / "objects" / "info" / "alternates").write_text(f"{borrowed}\n")
        try:
            fetch(store, SECONDS, LARGEST)
        except (TooMuch, GitFailed) as trouble:
            _delete(store)  # whatever is the matter with it
            if isinstance(trouble, TooMuch):
                refused.touch()
            raise

    def remove(self, name: str) -> bool:
        """Take a store away; False where somebody is at it."""
        try:
            with _locked(self._named(name), fcntl.LOCK_EX) as there:
                if there:
                    _delete(self._named(name))
        except TryLater:
            return False
        return True

    def sweep(self) -> None:
        """Take away what nobody has used for a day, and what was left half deleted."""
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
        """When each was last used, the first one first."""
        found = dict[Path, float]()
        for entry in self.folder.iterdir() if self.folder.exists() else ():
            with suppress(FileNotFoundError):
                found[entry] = entry.stat().st_mtime
        return dict(sorted(found.items(), key=lambda each: each[1]))

    def _make_room(self, store: Path) -> None:
        """For all that one store takes. TryLater where all others are in use."""
        sizes = {each: _size(each) for each in self._entries() if each.suffix in (".git", ".gone") and each != store}
        for each in list(sizes):
            if _fits(sizes.values()):
                break
            if each.suffix == ".git" and self.remove(each.stem):
                del sizes[each]
        if not _fits(sizes.values()):
            raise TryLater(f"there is no room in {self.folder}", PAUSE)


def _fits(sizes: Collection[int]) -> bool:
    """Whether one more store may be beside those of these sizes."""
    return len(sizes) < NUMBER and sum(sizes) + TIMES * LARGEST <= ALL


def _is_full(store: Path) -> bool:
    """Whether it is to be begun anew."""
    files = _files(store)
    return len(files) > FILES or sum(files) > LARGEST


def all_below(folder: Path) -> Iterator[Stores]:
    """Of all mirrors in a folder."""
    for place in folder.glob("*.forks"):
        yield Stores(Mirror(place.with_suffix(".git")))


@contextmanager
def _locked(folder: Path, kind: int, patience: float = 0.0) -> Iterator[bool]:
    """Whether the folder is there, locked. TryLater where others have a lock that is in the way."""
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
    """Whether that is what stands there yet: it may have been taken away before the lock was had."""
    try:
        return os.path.samestat(folder.stat(), os.fstat(place))
    except FileNotFoundError:
        return False


def _delete(store: Path) -> None:
    """By whoever has its lock alone: at once, as others see it."""
    gone = store.with_suffix(f".{secrets.token_hex(4)}.gone")
    store.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _files(store: Path) -> list[int]:
    """Sizes of what git has kept there, in bytes."""
    found = list[int]()
    with suppress(FileNotFoundError), os.scandir(store / "objects" / "pack") as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                found.append(entry.stat().st_size)
    return found


def _size(store: Path) -> int:
    """Bytes that a store takes, or may be going to take."""
    try:
        with _locked(store, fcntl.LOCK_SH):
            return sum(_files(store))
    except TryLater:
        return TIMES * LARGEST
