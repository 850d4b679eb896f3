"""The projects of a repository: folders that train on their own. Most repositories have one, at the root."""

import posixpath
from collections.abc import Iterable, Sequence

ROOT = ""  # folder of a project at the repository's root

_OWN = (".git", ".dvc", ".github")  # folders in which there is no project


def rooted(project: str, path: str) -> str:
    """Return a project's path from the repository's root: `train.py` of `vision` is `vision/train.py`."""
    return f"{project}/{path}" if project else path


def is_outside(project: str, path: str) -> bool:
    """Return whether a path or address, as a project writes it, is outside the repository."""
    return "://" in path or posixpath.normpath(posixpath.join(project, path)).startswith(("/", "../"))


def holder(projects: Sequence[str], path: str) -> str | None:
    """Return the project that holds a path of the repository, the innermost of nested ones. None where there is
    none."""
    holding = [each for each in projects if not each or path == each or path.startswith(f"{each}/")]
    return max(holding, key=len, default=None)


def touched(projects: Sequence[str], paths: Iterable[str]) -> tuple[str, ...]:
    """Return the projects that hold some of the paths, in the order of `projects`."""
    found = {holder(projects, path) for path in paths}
    return tuple(each for each in projects if each in found)


def named(project: str) -> str:
    """Return a project as it is typed and shown: its folder, or `.` for the root."""
    return project or "."


def folder(word: str) -> str:
    """Return the folder that somebody wrote: `./vision/` is `vision`, `.` is the root.

    Raises ValueError with the end of a sentence.
    """
    path = posixpath.normpath(word) if word else ""
    if path == ".":
        return ROOT
    if not path or path.startswith(("/", "-")) or path.split("/")[0] == "..":
        raise ValueError("is no folder of the repository: write its path from the root, for example `models/vision`")
    if any(part in _OWN for part in path.split("/")):
        raise ValueError("is a folder that belongs to Git, DVC or GitHub")
    if len(path) > 200 or any(letter in "\\`'\"" or not letter.isprintable() for letter in path):
        raise ValueError("holds quotes, backslashes or control characters, or is longer than 200")
    return path
