"""Finds how much of a declared metric or plot file exists: its bytes, only its hash in dvc.lock, or nothing."""

from dataclasses import dataclass
from pathlib import Path

from experiments.snapshot import Reading
from services.dvc.extract.presence import is_file, is_folder
from services.dvc.extract.tree import Tree

LIMIT = 10_000_000  # bytes of a metric or plot file


@dataclass(frozen=True)
class FoundFile:
    """What was found of a file. Its bytes can be read only where `reading` is READ."""

    file: Path
    reading: Reading
    detail: str = ""
    cached: bool = False


def find(project: Tree, path: str, limit: int = LIMIT) -> FoundFile:
    """Return what exists of the declared `path` (from the root). `limit` is in bytes."""
    out = project.covering(path)
    cached = bool(out is not None and out.use_cache)
    file = project.root / path
    if is_folder(file):
        return FoundFile(file, Reading.UNREADABLE, "it is a folder, where a file was expected", cached)
    if is_file(file):
        size = file.stat().st_size
        if size > limit:
            detail = f"it has {size:,} bytes, and at most {limit:,} are read"
            return FoundFile(file, Reading.UNREADABLE, detail, cached)
        return FoundFile(file, Reading.READ, "", cached)
    if out is not None and out.hash_info:
        return FoundFile(file, Reading.NOT_FETCHED, "", cached)
    return FoundFile(file, Reading.ABSENT, "", cached)
