"""Objects added to a DVC remote that is a folder: checked by their hash, and over nothing that is there."""

import errno
import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Stopped
from ..files import Below
from . import dvc_cache

NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)  # file systems without hard links


@dataclass
class Added:
    """What did not get there; hashes, `.dir` kept."""

    broken: list[str] = field(default_factory=list)  # no longer had its hash where it was kept, and was thrown out
    gone: list[str] = field(default_factory=list)  # neither kept nor in the remote
    other: list[str] = field(default_factory=list)  # is in the remote with another content, which stays

    @property
    def missing(self) -> bool:
        """Whether there is any."""
        return bool(self.broken or self.gone or self.other)


@dataclass(frozen=True)
class Shelf:
    """A DVC remote that is a folder: `place`, which is `root` or below it. OSError where it does not take something:
    below `root`, which is the operator's, no link is followed."""

    root: Path
    place: Path
    cache: Path  # the repository's kept one

    def add(self, names: Iterable[str], why_stop: Callable[[], str]) -> Added:
        """These objects, and the files of those that are folders; a folder's list comes when all its files are there.
        Stopped when the run should end."""
        added, there = Added(), dict[str, bool]()
        for name in sorted(set(names)):
            if name.endswith(".dir") and dvc_cache.is_damaged(self.cache, name, why_stop) and self._size(name) is None:
                added.broken.append(name)
                continue
            listed = self._files(name)
            if listed is None:
                added.other.append(name)
                continue
            for each in sorted(listed - there.keys()):
                if why := why_stop():
                    raise Stopped(why)
                there[each] = self._put(each, added, why_stop)
            if name not in there and all(there[each] for each in listed):
                there[name] = self._put(name, added, why_stop)
        return added

    def listed(self, names: Iterable[str], why_stop: Callable[[], str]) -> set[str]:
        """These objects, and the files of those that are folders, as far as they are known: what is in the way of a
        list that nobody added is no fault of who asks. Stopped when the run should end."""
        found = set[str]()
        for name in sorted(set(names)):
            if why := why_stop():
                raise Stopped(why)
            found.add(name)
            with suppress(OSError):
                found |= self._files(name) or set()
        return found

    def _files(self, name: str) -> set[str] | None:
        """The files of a folder, as the list tells that is kept, else the one in the remote; None where that does not
        have its hash."""
        if not name.endswith(".dir") or dvc_cache.size(self.cache, name) is not None:
            return dvc_cache.with_listed(self.cache, {name}) - {name}
        if self._size(name) is None:
            return set()
        return dvc_cache.true_list(Below(self.root), f"{self._folders(name)}/{name[2:]}", name)

    def _put(self, name: str, added: Added, why_stop: Callable[[], str]) -> bool:
        """Whether the remote has it now."""
        kept, there = dvc_cache.size(self.cache, name), self._size(name)
        if there is None and kept is None:
            added.gone.append(name)
            return False
        if there is None:
            return self._copy(name, added, why_stop)
        if kept in (None, there) or dvc_cache.is_damaged(self.cache, name, why_stop):
            return True
        added.other.append(name)
        return False

    def _copy(self, name: str, added: Added, why_stop: Callable[[], str]) -> bool:
        with (
            Below(self.root).folder(self._folders(name), make=True) as folder,
            dvc_cache.checked_copy(self.cache, name, folder, why_stop) as half,
        ):
            if not half:
                added.broken.append(name)
                return False
            with suppress(FileExistsError):  # somebody else was faster
                try:
                    os.link(half, name[2:], src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
                except OSError as error:
                    if error.errno not in NO_LINKS:
                        raise
                    os.rename(half, name[2:], src_dir_fd=folder, dst_dir_fd=folder)  # it was not there a moment ago
            return True

    def _size(self, name: str) -> int | None:
        """Bytes of what is there under its name: -1 of what is no file, None where there is nothing."""
        try:
            with Below(self.root).folder(self._folders(name)) as folder:
                found = os.stat(name[2:], dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else -1

    def _folders(self, name: str) -> str:
        return str(self.place.relative_to(self.root) / "files" / "md5" / name[:2])
