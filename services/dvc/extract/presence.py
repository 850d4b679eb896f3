"""Whether the tree has what a file of it names. A name may be one that no file can have, which pathlib raises for."""

from contextlib import suppress
from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether it is a file, or a symlink to one."""
    with suppress(OSError, ValueError):  # too long, say
        return path.is_file()
    return False


def is_folder(path: Path) -> bool:
    """Whether it is a folder, or a symlink to one."""
    with suppress(OSError, ValueError):
        return path.is_dir()
    return False
