"""Reads which plots a project declares: at the top of dvc.yaml in all forms, in stages, and as whole folders."""

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.dvc.extract.presence import is_folder
from services.dvc.extract.tree import Tree
from services.dvc.extract.values import shortened, told_apart

COUNT = 200  # plots of a commit, including each file of a declared folder


@dataclass(frozen=True)
class Definition:
    """One declared plot. `xs` and `ys` map files to columns: `{"train.csv": ("loss",)}`."""

    id: str
    paths: tuple[str, ...]  # files that it reads, from the root; the first one is the plot's own
    props: Mapping[str, Any]
    xs: Mapping[str, str] = field(default_factory=dict)  # empty: the number of the row
    ys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # empty: the last column
    declared: tuple[str, ...] = ()  # paths as in dvc.yaml: a folder, where it declares one, and not the folder's files


def definitions(project: Tree) -> list[Definition]:
    """Return every plot, with folders opened. The top of dvc.yaml goes before what a stage says of the same file."""
    found: list[Definition] = []
    for folder, element in project.loaded.plots:
        named = {element: None} if isinstance(element, str) else element
        for name, props in named.items():
            found += _of_top(project, folder, str(name), props or {})
    known = {path for named in found for path in named.declared}
    for path, out in project.outs.items():
        if out.plot and path not in known:
            props = out.plot[0] if isinstance(out.plot, list) else out.plot
            found.append(_of_file(path, path, props if isinstance(props, dict) else {}))
    opened = [one for definition in found for one in _opened(project, definition, {d.paths[0] for d in found})]
    if len(opened) > COUNT:
        project.problems.add(f"{len(opened):,} plots are declared; the first {COUNT} were read.")
    return _named_apart(opened[:COUNT])


def _of_top(project: Tree, folder: str, name: str, props: Mapping[str, Any]) -> list[Definition]:
    def inside(path: str) -> str:
        found = project.inside(posixpath.join(folder, path))
        if found is None:
            project.problems.add(f"The plot {name} was left out: {path} is outside the project.")
            raise _Outside
        return found

    try:
        y, x = props.get("y"), props.get("x")
        if not isinstance(y, dict):
            path = inside(name)
            if isinstance(x, dict):
                x_file, x_column = next(iter(x.items()))
                return [_of_file(path, path, {**props, "x": x_column}, inside(x_file))]
            return [_of_file(path, path, props)]
        ys = {inside(file): _columns(columns) for file, columns in y.items()}
        xs = {inside(file): column for file, column in x.items()} if isinstance(x, dict) else {}
        if isinstance(x, str):
            xs = dict.fromkeys(ys, x)
        paths = tuple(dict.fromkeys([*ys, *xs]))
        return [Definition(name, paths, props, xs, ys, paths)] if paths else []
    except _Outside:
        return []


class _Outside(Exception):
    """A definition names a file outside of the project."""


def _of_file(name: str, path: str, props: Mapping[str, Any], x_file: str = "") -> Definition:
    x, y = props.get("x"), props.get("y")
    paths = (path, x_file) if x_file and x_file != path else (path,)
    return Definition(name, paths, props, {x_file or path: x} if x else {}, {path: _columns(y)} if y else {}, paths)


def _columns(declared: Any) -> tuple[str, ...]:
    return tuple(str(column) for column in declared) if isinstance(declared, list | tuple) else (str(declared),)


def _opened(project: Tree, definition: Definition, declared: set[str]) -> list[Definition]:
    """Return a folder's files as plots with the folder's properties.

    A file with a definition of its own is left out.
    """
    path = definition.paths[0]
    if not is_folder(project.root / path):
        return [definition]
    files = []
    for folder, folders, names in os.walk(project.root / path):
        folders.sort()
        here = posixpath.relpath(folder, project.root)
        if here != path and here in declared:
            folders.clear()  # a more specific definition covers this folder
            continue
        files += [f"{here}/{name}" for name in sorted(names) if f"{here}/{name}" not in declared]
        if len(files) > COUNT:
            break
    opened = []
    for file in files:
        one = _of_file(file, file, definition.props)
        opened.append(Definition(one.id, one.paths, one.props, one.xs, one.ys, definition.declared))
    return opened


def _named_apart(found: list[Definition]) -> list[Definition]:
    """Make the ids short and unique, because they are names later: a second `loss` is preceded by its first file's
    folder, and a further one of that folder is followed by its number."""
    seen: dict[str, Definition] = {}
    for one in found:
        name = shortened(one.id)
        if name in seen:
            name = told_apart(f"{posixpath.dirname(one.paths[0]) or '.'}::{name}", seen)
        seen[name] = Definition(name, one.paths, one.props, one.xs, one.ys, one.declared)
    return list(seen.values())
