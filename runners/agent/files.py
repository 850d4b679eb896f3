"""Reads and writes files that foreign code may have left, without following anything that they contain.

Each part of a path is opened from the folder above it and must be a real folder, so nothing can change between a check
and the use. This is RESOLVE_BENEATH of newer kernels without any symlinks, and it works on every kernel.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
DEEPEST = 100  # levels of folders that are looked into


@dataclass(frozen=True)
class Below:
    """The files below a folder of ours. Names are paths from `inside`.

    A name is refused where it is absolute, contains `..`, or passes anything but a real folder. Methods that can answer
    that there is nothing do so; others raise OSError.
    """

    root: Path  # a folder of ours, as are all above it
    inside: str = ""  # a folder in it that is as foreign as what is below

    @property
    def path(self) -> Path:
        """The path of the folder: to be shown, and to be named inside a room."""
        return self.root / self.inside

    @contextmanager
    def folder(self, name: str = "", *, make: bool = False) -> Iterator[int]:
        """Open the folder and give its descriptor. With `make`, missing folders are made, the root too."""
        if make:
            self.root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.root, FOLDER)
        try:
            for part in (*_parts(self.inside), *_parts(name)):
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=descriptor)
                deeper = os.open(part, FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = deeper
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def open(self, name: str) -> Iterator[tuple[BinaryIO, int]]:
        """Open a file and give it with its size in bytes. Raises OSError where it is anything but a regular file."""
        above, last = _split(name)
        with self.folder(above) as folder, _regular(os.open(last, READ, dir_fd=folder), last) as found:
            yield found

    def look(self, name: str) -> os.stat_result | None:
        """Return what is there, a symlink as itself; None where nothing is or no real folders lead to it."""
        try:
            above, last = _split(name)
            with self.folder(above) as folder:
                return os.stat(last, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return None

    def leads(self, name: str) -> bool:
        """Return whether no symlink and no file stands in the way to this name. Folders may be missing."""
        try:
            above, _ = _split(name)
            with self.folder(above):
                return True
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def size(self, name: str) -> int | None:
        """Return the size of a regular file in bytes; None where there is none."""
        found = self.look(name)
        return found.st_size if found and stat.S_ISREG(found.st_mode) else None

    def is_folder(self, name: str = "") -> bool:
        """Return whether the name is a real folder that only real folders lead to."""
        try:
            with self.folder(name):
                return True
        except OSError:
            return False

    @contextmanager
    def written(self, name: str, *, mode: int = 0o644, make: bool = False) -> Iterator[BinaryIO]:
        """Open a new file, which replaces what is there in one step when the block ends well.

        With `make`, missing folders are made. Where the block raises, what was there stays.
        """
        above, last = _split(name)
        half = f".{secrets.token_hex(8)}"
        with self.folder(above, make=make) as folder:
            try:
                with os.fdopen(os.open(half, WRITE, 0o600, dir_fd=folder), "wb") as file:
                    yield file
                    os.fchmod(file.fileno(), mode)
                os.rename(half, last, src_dir_fd=folder, dst_dir_fd=folder)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(half, dir_fd=folder)

    def walk(self, name: str = "") -> Iterator[tuple[str, os.stat_result]]:
        """Yield path and state of everything in this folder and below that is not a folder.

        Symlinks are not followed. It looks at most `DEEPEST` levels deep, and leaves out what disappears meanwhile.
        """
        waiting = [PurePosixPath(name)]
        while waiting:
            top = waiting.pop()
            try:
                with self.folder(str(top)) as folder:
                    found = sorted(_names(folder))
                    looked = [(each, _looked(folder, each)) for each in found]
            except OSError:
                continue
            for each, seen in looked:
                if seen is None:
                    continue
                if not stat.S_ISDIR(seen.st_mode):
                    yield str(top / each), seen
                elif len(top.parts) < DEEPEST:
                    waiting.append(top / each)

    def files(self, name: str) -> Iterator[tuple[str, os.stat_result]]:
        """Yield the path itself where it is not a folder, else what `walk` yields."""
        found = self.look(name)
        if found is None or stat.S_ISDIR(found.st_mode):
            yield from self.walk(name)
        else:
            yield str(PurePosixPath(name)), found

    def remove(self, name: str) -> None:
        """Delete it, a folder with everything in it, whatever its modes are. Do nothing where nothing is there."""
        above, last = _split(name)
        with suppress(FileNotFoundError), self.folder(above) as folder:
            _remove(folder, last)


@contextmanager
def open_regular(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file and give it with its size in bytes. Raises OSError where it is anything but a regular file.

    Only the last part of the path is checked: the folders above must be ours.
    """
    with _regular(os.open(path, READ), path.name) as found:
        yield found


def regular_size(path: Path) -> int | None:
    """Return the size of a regular file in bytes; None where there is none. The folders above must be ours."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def remove(path: Path) -> None:
    """Delete what is at a path in a folder of ours, as `Below.remove` does."""
    Below(path.parent).remove(path.name)


def _parts(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise OSError(f"{name!r} is no path from here")
    return path.parts


def _split(name: str) -> tuple[str, str]:
    parts = _parts(name)
    if not parts:
        raise OSError("a folder itself is no file in it")
    return str(PurePosixPath(*parts[:-1])), parts[-1]


@contextmanager
def _regular(descriptor: int, name: str) -> Iterator[tuple[BinaryIO, int]]:
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{name} is not a regular file")
        yield file, found.st_size


def _names(folder: int) -> list[str]:
    with os.scandir(folder) as found:
        return [each.name for each in found]


def _looked(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None


def _remove(above: int, name: str) -> None:
    """Delete what is there.

    Inner folders are moved up into the top one and deleted there: a tree may be deeper than a process has descriptors,
    or a path has characters.
    """
    found = _looked(above, name)
    if found is None:
        return
    if not stat.S_ISDIR(found.st_mode):
        os.unlink(name, dir_fd=above)
        return
    top = _entered(above, name)
    try:
        while names := _names(top):
            for each in names:
                _bring_up(top, each)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=above)


def _bring_up(top: int, name: str) -> None:
    """Delete a file. Of a folder, delete the files and move its folders beside it."""
    if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=top)
        return
    inner = _entered(top, name)
    try:
        for each in _names(inner):
            if stat.S_ISDIR(os.stat(each, dir_fd=inner, follow_symlinks=False).st_mode):
                os.close(_entered(inner, each))  # without write permission it could not be moved
                os.rename(each, f".{secrets.token_hex(8)}", src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(each, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)


def _entered(above: int, name: str) -> int:
    """Make a folder readable and writable, and return a descriptor of it."""
    try:
        descriptor = os.open(name, FOLDER, dir_fd=above)
    except PermissionError:
        _open_up(above, name)
        descriptor = os.open(name, FOLDER, dir_fd=above)
    os.fchmod(descriptor, 0o700)
    return descriptor


def _open_up(above: int, name: str) -> None:
    if not hasattr(os, "O_PATH"):  # only Linux lacks this way to change modes without following
        os.chmod(name, 0o700, dir_fd=above, follow_symlinks=False)
        return
    descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=above)
    try:
        Path(f"/proc/self/fd/{descriptor}").chmod(0o700)
    finally:
        os.close(descriptor)
