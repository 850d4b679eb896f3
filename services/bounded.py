"""Folders within a number of bytes: the files that were not used for longest are deleted first."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

BLOCK = 4096  # bytes that a file takes besides its content, at most: an empty one is not free
PARTS = 20  # a folder is listed once for each such part of its bound that was written to it


def _delete(file: Path) -> None:
    file.unlink(missing_ok=True)  # another process may be at the same folder


def _none(_: Path) -> bool:
    return False


@dataclass(frozen=True)
class Bounded:
    """Keeps each of several folders within a bound. Nothing is kept in them but files."""

    most: int  # bytes of one folder
    spare: Callable[[Path], bool] = _none  # tells which files stay while others can go, up to half of the bound
    delete: Callable[[Path], None] = _delete
    _written: dict[Path, int] = field(default_factory=dict)  # since the folder was listed; none where it never was

    def add(self, folder: Path, size: int) -> None:
        """Count a file of `size` bytes that was written to a folder, and delete others where there is no more room.

        The time of a file's last use is its modification time. Other processes may add as much as a part of the
        bound each before one of them lists the folder again.
        """
        written = self._written.get(folder, self.most) + size + BLOCK
        if written * PARTS > self.most:
            self._delete_oldest(folder)
            written = 0
        self._written[folder] = written

    def _delete_oldest(self, folder: Path) -> None:
        """Delete files until the next listing comes before the bound is reached."""
        files = list[tuple[float, int, Path]]()
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    seen = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # another process deleted or renamed it at this moment
                    continue
                files.append((seen.st_mtime, seen.st_size + BLOCK, Path(entry.path)))
        over = sum(size for _, size, _ in files) - self.most + self.most // PARTS
        if over <= 0:
            return
        spared, spared_size = set[Path](), 0
        for _, size, file in sorted(files, reverse=True):
            if spared_size + size <= self.most // 2 and self.spare(file):
                spared.add(file)
                spared_size += size
        for _, size, file in sorted(files):
            if over > 0 and file not in spared:
                self.delete(file)
                over -= size
