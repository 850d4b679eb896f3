"""Reads metric files and the numbers in them."""

import posixpath
import re
from dataclasses import replace
from typing import Any

from experiments.snapshot import MetricFile, Reading
from services.dvc.extract.documents import Unreadable, load
from services.dvc.extract.readings import LIMIT, find
from services.dvc.extract.results import metric_tables
from services.dvc.extract.results.series import SEPARATORS
from services.dvc.extract.tree import Tree
from services.dvc.extract.values import Unshowable, flat

FILES = 200
VALUES = 5_000  # of one file
NO_NUMBER = re.compile(r"\s*[+-]?(nan|inf|infinity)\s*", re.IGNORECASE | re.ASCII)


def declared(project: Tree) -> list[str]:
    """Return the paths below `metrics:`, of stages and at the top of dvc.yaml. Paths that lead out are reported."""
    paths: dict[str, None] = {}
    for path, out in project.outs.items():
        if out.metric:
            paths[path] = None
    for folder, name in project.loaded.metrics:
        path_inside = project.inside(posixpath.join(folder, name))
        if path_inside is None:
            project.problems.add(f"A metric file outside the project is declared: {name}.")
        else:
            paths[path_inside] = None
    if len(paths) > FILES:
        project.problems.add(f"{len(paths):,} metric files are declared; the first {FILES} were read.")
    return list(paths)[:FILES]


def read(project: Tree, paths: list[str]) -> tuple[MetricFile, ...]:
    """Read the declared files one by one, so that a broken one hides only itself."""
    folders = {
        project.inside(posixpath.join(folder, name)): folder for folder, name in project.loaded.metrics if folder
    }
    return tuple(replace(_read(project, path), declared_in=folders.get(path, "")) for path in paths)


def _read(project: Tree, path: str) -> MetricFile:
    found = find(project, path)
    if found.reading is not Reading.READ:
        return MetricFile(path, found.reading, detail=found.detail, cached=found.cached)
    try:
        is_table = found.file.suffix.lower() in SEPARATORS
        content, left_out = metric_tables.values(found.file) if is_table else (load(found.file, LIMIT), "")
        values, detail = _values(content)
    except Unreadable as why:
        return MetricFile(path, Reading.UNREADABLE, detail=str(why), cached=found.cached)
    return MetricFile(path, Reading.READ, values, "; ".join(filter(None, [left_out, detail])), found.cached)


def _values(content: Any) -> tuple[dict[str, Any], str]:
    """Return numbers and texts by dotted name, as DVC does: lists and nulls are not metrics. Raises Unreadable."""
    if not isinstance(content, dict):
        raise Unreadable("it is not a mapping of names to numbers")
    values: dict[str, Any] = {}
    detail = ""
    for name, value in flat(content):
        if isinstance(value, Unshowable):
            detail = f"{name} was left out: {value}"
        elif isinstance(value, bool | int | float | str):
            if len(values) == VALUES:
                return values, f"the first {VALUES:,} values were read"
            values[name] = _measured(value)
    return values, detail


def _measured(value: Any) -> Any:
    """Return NaN and infinities as numbers, even where they are text, as DVCLive writes them.

    JSON has no such numbers.
    """
    return float(value) if isinstance(value, str) and NO_NUMBER.fullmatch(value) else value
