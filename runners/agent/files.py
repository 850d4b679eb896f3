"""Files that foreign code may have left: opened without following anything, removed whatever their modes."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO


@contextmanager
def open_regular(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """The file and its size in bytes. OSError where it is a symlink, a pipe or anything but a regular file.

    Only the last part of the path is looked at: the folders above must be ours, or checked by `is_below`.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{path.name} is not a regular file")
        yield file, found.st_size


@contextmanager
def folder_below(root: Path, folders: Sequence[str], *, make: bool = True) -> Iterator[int]:
    """A descriptor of the last of these folders, each in the one before it and the first in `root`; made where they are
    missing, if wanted. OSError where one is a symlink or no folder: each is opened from the one above, so that nothing
    changes between a look and the use."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    if make:
        root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root, flags)
    try:
        for folder in folders:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(folder, dir_fd=descriptor)
            deeper = os.open(folder, flags, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        yield descriptor
    finally:
        os.close(descriptor)


def regular_size(path: Path) -> int | None:
    """Bytes of a regular file, None where there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def is_below(folder: Path, path: Path) -> bool:
    """Whether every folder from `folder` down to the one that holds `path` is a real one, no symlink."""
    if not path.is_relative_to(folder) or ".." in path.parts:
        return False
    parents = [parent for parent in path.parents if parent != folder and parent.is_relative_to(folder)]
    return all(stat.S_ISDIR(parent.lstat().st_mode) for parent in reversed(parents) if os.path.lexists(parent))


def remove(folder: Path) -> None:
    """Remove a tree, whatever modes its folders were given; symlinks in it are removed, not followed."""

    def open_up(call: Callable[..., Any], path: str, _: Any) -> None:
        if os.path.lexists(path):
            Path(path).parent.chmod(0o700)
            if call in (os.scandir, os.open):
                Path(path).chmod(0o700)
                shutil.rmtree(path)
            else:
                call(path)

    if os.path.lexists(folder):
        shutil.rmtree(folder, onerror=open_up)
