"""How much data a commit has, with each byte counted once."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from experiments.projects import is_outside
from experiments.snapshot import DataFile, Snapshot


def counted(snapshot: Snapshot) -> tuple[DataFile, ...]:
    """Return the data files of a commit that are to be counted, so that no byte is counted twice.

    Left out are files inside a folder that is listed too, and files outside the repository, where DVC tracks no data of
    the project.
    """
    inside = [file for file in snapshot.data if not is_outside(snapshot.project, file.path)]
    paths = {file.path for file in inside}
    return tuple(file for file in inside if paths.isdisjoint(map(str, PurePosixPath(file.path).parents)))


def bytes_of(files: Sequence[DataFile]) -> int | None:
    """Return the total size in bytes of the files whose size is known. None where no size is known."""
    sizes = [file.size for file in files if file.size is not None]
    return sum(sizes) if sizes else None
