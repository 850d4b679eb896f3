"""How much data there is, each byte once."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from experiments.projects import is_outside
from experiments.snapshot import DataFile, Snapshot


def counted(snapshot: Snapshot) -> tuple[DataFile, ...]:
    """Data of a commit, without what a stage reads of a folder that is here as a whole, and without what is outside of
    the repository: DVC tracks no data of the project there."""
    inside = [file for file in snapshot.data if not is_outside(snapshot.project, file.path)]
    paths = {file.path for file in inside}
    return tuple(file for file in inside if paths.isdisjoint(map(str, PurePosixPath(file.path).parents)))


def bytes_of(files: Sequence[DataFile]) -> int | None:
    """Of those whose size is known; None where that is none."""
    sizes = [file.size for file in files if file.size is not None]
    return sum(sizes) if sizes else None
