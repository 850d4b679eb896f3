"""How far a declared metric or plot file is here: its bytes, its hash in dvc.lock only, or nothing at all."""

from dataclasses import dataclass
from pathlib import Path

from experiments.snapshot import Reading
from services.dvc.extract.presence import is_file, is_folder
from services.dvc.extract.tree import Tree

LIMIT = 10_000_000  # bytes of a metric or plot file


@dataclass(frozen=True)
class Found:
    """READ means that `file` is there to be read."""

    file: Path
    reading: Reading
    detail: str = ""
    cached: bool = False


def find(project: Tree, path: str, limit: int = LIMIT) -> Found:
    """Where the declared `path` (from the root) stands."""
    out = project.covering(path)
    cached = bool(out is not None and out.use_cache)
    file = project.root / path
    if is_folder(file):
        return Found(file, Reading.UNREADABLE, "it is a folder, where a file was expected", cached)
    if is_file(file):
        size = file.stat().st_size
        if size > limit:
            detail = f"it has {size:,} bytes, and at most {limit:,} are read"
            return Found(file, Reading.UNREADABLE, detail, cached)
        return Found(file, Reading.READ, "", cached)
    if out is not None and out.hash_info:
        return Found(file, Reading.NOT_FETCHED, "", cached)
    return Found(file, Reading.ABSENT, "", cached)
