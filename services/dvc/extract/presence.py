"""Checks whether a tree has a path that one of its files names.

For some names, which no file can have, pathlib raises.
"""

from contextlib import suppress
from pathlib import Path


def is_file(path: Path) -> bool:
    """Return whether the path is a file, or a symlink to one."""
    with suppress(OSError, ValueError):  # the name is too long, for instance
        return path.is_file()
    return False


def is_folder(path: Path) -> bool:
    """Return whether the path is a folder, or a symlink to one."""
    with suppress(OSError, ValueError):
        return path.is_dir()
    return False
