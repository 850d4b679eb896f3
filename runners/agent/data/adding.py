"""Adds objects to a DVC remote that is a folder: each is checked by its hash, and none replaces what is there."""

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

NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)  # errors of file systems without hard links


@dataclass
class Added:
    """The objects that could not be added, by hash; the `.dir` of folders is kept."""

    broken: list[str] = field(default_factory=list)  # no longer had its hash where it was kept, and was deleted there
    gone: list[str] = field(default_factory=list)  # neither kept nor in the remote
    other: list[str] = field(default_factory=list)  # the remote has other content under this hash, which stays

    @property
    def missing(self) -> bool:
        """Whether an object could not be added."""
        return bool(self.broken or self.gone or self.other)


@dataclass(frozen=True)
class Shelf:
    """A DVC remote that is a folder: `place`, which is `root` or below it.

    `root` is the operator's; below it no link is followed. Methods raise OSError where the folder does not accept
    something.
    """

    root: Path
    place: Path
    cache: Path  # the repository's kept cache

    def add(self, names: Iterable[str], why_stop: Callable[[], str]) -> Added:
        """Add these objects, and the files of those that are folders. Return what could not be added.

        A folder's list is added after all its files. Raises Stopped when the run should end.
        """
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
        """Return these objects and the files of those that are folders, as far as they are known.

        A list that cannot be read is skipped: whoever asks did not cause that. Raises Stopped when the run should end.
        """
        found = set[str]()
        for name in sorted(set(names)):
            if why := why_stop():
                raise Stopped(why)
            found.add(name)
            with suppress(OSError):
                found |= self._files(name) or set()
        return found

    def _files(self, name: str) -> set[str] | None:
        """Return the files of a folder, from the kept list or else from the remote's.

        None where the remote's list does not have its hash; empty where there is no list.
        """
        if not name.endswith(".dir") or dvc_cache.size(self.cache, name) is not None:
            return dvc_cache.with_listed(self.cache, {name}) - {name}
        if self._size(name) is None:
            return set()
        return dvc_cache.true_list(Below(self.root), f"{self._folders(name)}/{name[2:]}", name)

    def _put(self, name: str, added: Added, why_stop: Callable[[], str]) -> bool:
        """Add one object; return whether the remote has it now."""
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
            with suppress(FileExistsError):  # another run was faster
                try:
                    os.link(half, name[2:], src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
                except OSError as error:
                    if error.errno not in NO_LINKS:
                        raise
                    os.rename(half, name[2:], src_dir_fd=folder, dst_dir_fd=folder)  # it was not there a moment ago
            return True

    def _size(self, name: str) -> int | None:
        """Return the size in bytes of the remote's object; -1 where it is not a file, None where it does not exist."""
        try:
            with Below(self.root).folder(self._folders(name)) as folder:
                found = os.stat(name[2:], dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else -1

    def _folders(self, name: str) -> str:
        return str(self.place.relative_to(self.root) / "files" / "md5" / name[:2])
