"""Files at addresses that nobody can guess: whoever has an address may read the file, and nobody else finds it."""

import fcntl
import hashlib
import hmac
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from experiments.experiment import Repository
from services.bounded import Bounded

MOST = 1_000_000_000  # bytes of the files of one repository
GUESTS = 100_000_000  # bytes of those that its guests caused
_NAME = re.compile(r"[0-9a-f]{40}")


class Unguessable:
    """Keeps files of one kind in a folder.

    The same content has the same address for as long as `secret` stays. An empty `secret` raises ValueError.
    """

    def __init__(self, folder: Path, secret: bytes, address: str, ending: str) -> None:
        if not secret:
            raise ValueError("without a secret anybody could work out the address of a file")
        self._folder = folder
        self._secret = secret
        self._address = address
        self._ending = ending
        self._own, self._guests = (Bounded(most, delete=self._drop) for most in (MOST, GUESTS))

    def address(self, content: bytes) -> str:
        """Return the address that `keep` would give, without storing anything."""
        return f"{self._address}/{self._name(content)}{self._ending}"

    def keep(self, content: bytes, repository: Repository, guest: bool) -> str:
        """Store content for a repository, or a `guest` there, and delete its oldest where there is no more room.

        Each that it was stored for has a link to the file; without any it is gone. Return its address.
        """
        bound, holder = (self._guests, f"{repository.id:d}.guests") if guest else (self._own, f"{repository.id:d}")
        name = self._name(content)
        shown, link = self._shown(name), self._folder / ".of" / holder / f"{name}{self._ending}"
        link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            if not shown.exists():
                self._write(content, shown)
            os.utime(shown)  # the time of the last use, by whichever name
            with suppress(FileExistsError):
                link.hardlink_to(shown)
                bound.add(link.parent, len(content))
        return self.address(content)

    def forget(self, content: bytes, repository: Repository) -> None:
        """Delete content that was stored for a repository, unless it was stored for others, too."""
        with self._alone():
            self._drop(self._folder / ".of" / f"{repository.id:d}" / f"{self._name(content)}{self._ending}")

    def use(self, address: str) -> bool:
        """Count content as used now. Return whether it is still there."""
        path = self.path(address.rpartition("/")[2].removesuffix(self._ending))
        with suppress(FileNotFoundError):
            if path is not None:
                os.utime(path)
                return True
        return False

    def path(self, name: str) -> Path | None:
        """Return a file by its name without the ending, or None where there is none, for any input."""
        if not _NAME.fullmatch(name):
            return None
        path = self._shown(name)
        return path if path.is_file() else None

    def _name(self, content: bytes) -> str:
        return hmac.new(self._secret, content, hashlib.sha256).hexdigest()[:40]

    def _shown(self, name: str) -> Path:
        return self._folder / f"{name}{self._ending}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let only one process at a time count links."""
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _drop(self, link: Path) -> None:
        """Delete a link, and the file where that was the last one."""
        shown = self._folder / link.name
        link.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            if shown.stat().st_nlink == 1:
                shown.unlink()

    def _write(self, content: bytes, place: Path) -> None:
        """Write the file completely or not at all: somebody may ask for its address meanwhile."""
        handle, new = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(new).replace(place)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
