"""Finds which packages a project asks for, by the agent's own code, so that both give the same answer."""

import os
import tomllib
from collections.abc import Iterator
from contextlib import chdir, suppress
from pathlib import Path
from typing import Any

from experiments.readiness.prerequisites import Installs
from runners.agent.errors import Trouble
from runners.agent.packages import requirements

SMALL = 1_000_000  # bytes
NAMED = 10  # files that are reported as not used
ELSEWHERE = (
    "environment.yml",
    "environment.yaml",
    "conda.yml",
    "conda.yaml",
    "Pipfile",
    "setup.py",
    "setup.cfg",
    "requirements.in",
)


def asked(tree: Path, root: Path) -> Installs:
    """Return what the project in `root`, a folder of the commit's `tree`, installs. No content of the tree raises."""
    project = os.path.relpath(root, tree)
    project = "" if project == "." else project
    try:
        # A part of a path is opened from its folder's descriptor; the fence looks for it in the working directory.
        with chdir(tree):
            taken = requirements.read(tree, project)
            python, where = requirements.python(tree, project)
    except Trouble as trouble:
        return Installs(trouble=str(trouble))
    first = next(iter(taken), "")
    path = first.removesuffix(".txt") if first.endswith(".toml.txt") else first
    here = os.path.relpath(tree / path, root) if path else ""
    return Installs(here, () if taken else _untaken(tree, root), "", python, where)


def _untaken(tree: Path, root: Path) -> tuple[str, ...]:
    """Return files of the project, else of the repository, that seem to list packages, as paths from the project."""
    for place in (each for each in dict.fromkeys((root, tree)) if each.is_dir()):
        if found := sorted(dict.fromkeys(_candidates(place))):
            return tuple(os.path.relpath(place / name, root) for name in found[:NAMED])
    return ()


def _candidates(place: Path) -> Iterator[str]:
    yield from (name for name in ELSEWHERE if (place / name).is_file() and _asks(place / name))
    for folder in (place, *sorted(each for each in place.iterdir() if each.is_dir() and each.name[0] != ".")):
        in_own = folder.name.startswith("requirement")
        for file in sorted(folder.iterdir()):
            is_list = file.name.startswith("requirements") and file.suffix == ".txt"
            if (is_list or (in_own and folder != place and file.suffix == ".txt")) and file.is_file():
                yield os.path.relpath(file, place)
    if _extras(place / "pyproject.toml"):
        yield "pyproject.toml"


def _asks(file: Path) -> bool:
    """Return whether the file lists packages. That is unsure for a setup.py or setup.cfg only."""
    if not file.name.startswith("setup."):
        return True
    with suppress(OSError):
        return file.stat().st_size < SMALL and b"install_requires" in file.read_bytes()
    return False


def _extras(pyproject: Path) -> bool:
    with suppress(OSError, ValueError, RecursionError):
        if pyproject.stat().st_size < SMALL:
            project: Any = tomllib.loads(pyproject.read_text("utf-8")).get("project")
            return isinstance(project, dict) and bool(project.get("optional-dependencies"))
    return False
