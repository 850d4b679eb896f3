"""Files that foreign code may have left: reached from a folder of ours part by part, and nothing in it is followed.

Each part of a path is opened from the one above it and must be a real folder, so that nothing changes between a look
and the use: what RESOLVE_BENEATH of newer kernels says, and no symlink at all, on each kernel and without one.
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
DEEPEST = 100  # folders below each other that are looked into


@dataclass(frozen=True)
class Below:
    """What is below a folder of ours. Names are paths from `inside`. An absolute one, one with `..` and one that passes
    something other than a real folder are not followed: methods with an answer for 'nothing' give that, others raise
    OSError."""

    root: Path  # ours, and so are the folders above it
    inside: str = ""  # a folder in it that is no more ours than what is below

    @property
    def path(self) -> Path:
        """Where it is: to be shown, and to be named inside a room."""
        return self.root / self.inside

    @contextmanager
    def folder(self, name: str = "", *, make: bool = False) -> Iterator[int]:
        """A descriptor of the folder. `make`: each that is missing is made, the root too."""
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
        """The file and its size in bytes. OSError where it is a symlink, a pipe or anything but a regular file."""
        above, last = _split(name)
        with self.folder(above) as folder, _regular(os.open(last, READ, dir_fd=folder), last) as found:
            yield found

    def look(self, name: str) -> os.stat_result | None:
        """What is there, a symlink as itself; None where nothing is, or no way leads to it."""
        try:
            above, last = _split(name)
            with self.folder(above) as folder:
                return os.stat(last, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return None

    def leads(self, name: str) -> bool:
        """Whether real folders lead there, as far as there are any: nothing above it is a symlink or a file."""
        try:
            above, _ = _split(name)
            with self.folder(above):
                return True
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def size(self, name: str) -> int | None:
        """Bytes of a regular file; None where there is none."""
        found = self.look(name)
        return found.st_size if found and stat.S_ISREG(found.st_mode) else None

    def is_folder(self, name: str = "") -> bool:
        """Whether there is a real folder, with real ones above it."""
        try:
            with self.folder(name):
                return True
        except OSError:
            return False

    @contextmanager
    def written(self, name: str, *, mode: int = 0o644, make: bool = False) -> Iterator[BinaryIO]:
        """A new file, which takes the place of what is there in one step when the block ends well. `make`: its folders,
        too."""
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
        """Paths of all that is no folder and lies in this one or deeper, a symlink as itself. No deeper than `DEEPEST`
        folders. What goes meanwhile is left out."""
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
        """The path itself where it is no folder, else those of `walk`."""
        found = self.look(name)
        if found is None or stat.S_ISDIR(found.st_mode):
            yield from self.walk(name)
        else:
            yield str(PurePosixPath(name)), found

    def remove(self, name: str) -> None:
        """Take it away, a folder with all that is in it, whatever modes that was given."""
        above, last = _split(name)
        with suppress(FileNotFoundError), self.folder(above) as folder:
            _remove(folder, last)


@contextmanager
def open_regular(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """The file and its size in bytes. OSError where it is a symlink, a pipe or anything but a regular file.

    Only the last part of the path is looked at: the folders above must be ours.
    """
    with _regular(os.open(path, READ), path.name) as found:
        yield found


def regular_size(path: Path) -> int | None:
    """Bytes of a regular file, None where there is none. The folders above must be ours."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def remove(path: Path) -> None:
    """Take away what is at a path in a folder of ours, as `Below.remove` does."""
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
    """Remove what is there. Inner folders are moved up to the top one and removed there: a tree can be nested deeper
    than a process has descriptors, or a path characters."""
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
    """Remove a file; of a folder its files, and put its folders beside it."""
    if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=top)
        return
    inner = _entered(top, name)
    try:
        for each in _names(inner):
            if stat.S_ISDIR(os.stat(each, dir_fd=inner, follow_symlinks=False).st_mode):
                os.close(_entered(inner, each))  # one that may not be written to can't be moved, either
                os.rename(each, f".{secrets.token_hex(8)}", src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(each, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)


def _entered(above: int, name: str) -> int:
    """A descriptor of a folder that may be read and written from now on."""
    try:
        descriptor = os.open(name, FOLDER, dir_fd=above)
    except PermissionError:
        _open_up(above, name)
        descriptor = os.open(name, FOLDER, dir_fd=above)
    os.fchmod(descriptor, 0o700)
    return descriptor


def _open_up(above: int, name: str) -> None:
    if not hasattr(os, "O_PATH"):  # not Linux, which knows no way to change modes and not to follow
        os.chmod(name, 0o700, dir_fd=above, follow_symlinks=False)
        return
    descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=above)
    try:
        Path(f"/proc/self/fd/{descriptor}").chmod(0o700)
    finally:
        os.close(descriptor)
