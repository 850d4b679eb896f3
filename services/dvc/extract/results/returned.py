"""Unpacks files that a training machine sent back: declared ones that Git lacks, with the hashes in dvc.lock."""

import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from services.dvc.extract.presence import is_file
from services.dvc.extract.readings import LIMIT
from services.dvc.extract.tree import Tree

MEMBERS = 5_000
TOTAL = 100_000_000  # bytes of all files


def unpack(project: Tree, tar: Path, declared: Sequence[str]) -> None:
    """Add members to the tree that are `declared` paths or below them. Nothing that exists is replaced."""
    written: set[str] = set()
    left = TOTAL
    try:
        with tarfile.open(tar, "r:") as archive:
            for count, member in enumerate(archive):
                if count == MEMBERS:
                    project.problems.add(f"More than {MEMBERS:,} files came back; the rest was left out.")
                    break
                if member.isdir() or _there(project.root, member.name):
                    continue
                why = _refusal(member, declared, left)
                if why:
                    project.problems.add(f"{member.name} came back with the results and was left out: {why}.")
                    continue
                source = archive.extractfile(member)
                if source is not None:
                    target = project.root / member.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(source.read(member.size))
                    left -= member.size
                    written.add(member.name)
    except Exception as error:  # tarfile does not say which: RecursionError, OverflowError, MemoryError, ValueError, …
        project.problems.add(f"The files that came back with the results are no complete tar: {error}.")
    _check_hashes(project, written)


def _there(root: Path, name: str) -> bool:
    """Return whether the commit itself has the file.

    False for names that are no plain paths: `_refusal` reports them.
    """
    return _is_plain(name) and is_file(root / name)


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and str(path) == name and "\0" not in name


def _refusal(member: tarfile.TarInfo, declared: Sequence[str], left: int) -> str:
    if not _is_plain(member.name):
        return "its path is not a plain one below the repository"
    if not member.isreg() or member.issparse():
        return "it is not a regular file"
    if not any(member.name == path or member.name.startswith(f"{path}/") for path in declared):
        return "it is no declared metric or plot"
    if member.size > LIMIT:
        return f"it has {member.size:,} bytes, and at most {LIMIT:,} are read"
    return "all files together are too large" if member.size > left else ""


def _check_hashes(project: Tree, written: set[str]) -> None:
    """Remove files that differ from dvc.lock. A folder that is not declared itself cannot be checked."""
    for path, out in project.outs.items():
        inside = path in written or any(name.startswith(f"{path}/") for name in written)
        if not inside or not (out.metric or out.plot) or not out.hash_info:
            continue
        if _changed(out):
            project.problems.add(f"{path} came back with other content than dvc.lock records and was left out.")
            file = project.root / path
            shutil.rmtree(file) if file.is_dir() else file.unlink()


def _changed(out: Any) -> bool:
    return bool(out.changed_checksum())
