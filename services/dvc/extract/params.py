"""Reads the hyperparameters: every key of the declared parameter files, with the stages that use it."""

import posixpath
from collections.abc import Collection
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.stage import PipelineStage

from experiments.params import document
from experiments.snapshot import Param
from experiments.wording import listed, quoted
from services.dvc.extract.documents import Unreadable, load
from services.dvc.extract.dvc_file import PARAMS_LIMIT
from services.dvc.extract.presence import is_file, is_folder
from services.dvc.extract.tree import Tree
from services.dvc.extract.values import NAME, Unshowable, plain

COUNT = 20_000  # parameters of one file

Uses = dict[str, list[str] | None]  # stage -> the keys that it names; None: the whole file


def read(project: Tree, records: Collection[str] = ()) -> tuple[tuple[Param, ...], tuple[str, ...]]:
    """Return (parameters, parameter files). The files exist and may be edited; those in `records` may not."""
    params: list[Param] = []
    files: list[str] = []
    declared, drawn = _declared(project), _drawn(project)
    for path, uses in declared.items():
        for stage, names in drawn.pop(path, {}).items():
            named = uses.get(stage, [])
            uses[stage] = None if named is None or names is None else [*named, *names]
    for path, uses in (*declared.items(), *drawn.items()):
        file = project.root / path
        if path in project.loaded.left_out:
            continue
        if not is_file(file):
            if uses or path not in (*project.default_params, *records):
                used = f" for {listed([*uses])}" if uses else ""
                what = "a folder" if is_folder(file) else "not in this commit"
                project.problems.add(f"{quoted(path)} is declared as a parameter file{used}, and it is {what}.")
            continue
        try:
            found = _of_file(project, path, load(file, PARAMS_LIMIT), uses)
            # Of a file that only templates use, keep only the keys that they use: DVC knows no others, either.
            params += [each for each in found if each.stages] if path in drawn else found
        except Unreadable as why:
            project.problems.unread(path, why)
        except document.ParamsError as why:
            project.problems.add(why.message)
        else:
            files += [] if path in records else [path]
    return tuple(params), tuple(files)


def _declared(project: Tree) -> dict[str, Uses]:
    """Return the parameter files inside the project: the default one, those of stages, those declared for all."""
    declared: dict[str, Uses] = {path: {} for path in project.default_params}
    for stage in project.stages:
        for dep in stage.deps:
            if not isinstance(dep, ParamsDependency) or not isinstance(stage, PipelineStage):
                continue
            path = project.path_of(dep)
            if path is None:
                project.problems.add(f"{stage.addressing} has a parameter file outside the project: {dep.def_path}.")
            else:
                declared.setdefault(path, {})[stage.addressing] = list(dep.params) or None
    for folder, name in project.loaded.params:
        path = project.inside(posixpath.join(folder, name))
        if path is None:
            project.problems.add(f"A parameter file outside the project is declared: {name}.")
        else:
            declared.setdefault(path, {})
    return declared


def _drawn(project: Tree) -> dict[str, Uses]:
    """Return the files inside the project whose values are used by templates of stages."""
    drawn: dict[str, Uses] = {}
    for stage in project.stages:
        if isinstance(stage, PipelineStage):
            for source, values in stage.tracked_vars.items():
                path = project.inside(source)  # DVC gives the path from its current folder, which is the root
                if path is not None and values:
                    names = [name.replace("[", ".").replace("]", "") for name in values]
                    drawn.setdefault(path, {})[stage.addressing] = names
    return drawn


def _of_file(project: Tree, path: str, content: Any, uses: Uses) -> list[Param]:
    """Return a file's parameters. Keys are spelled as in `experiments.params`, so that they are found by name."""
    if not isinstance(content, dict):
        raise Unreadable("it is not a mapping of names to values")
    document.check_size(path, content)
    params: list[Param] = []
    for key, _, value in document.walk(content):
        if len(params) == COUNT or len(key) > NAME:
            what = f"more than {COUNT:,} parameters" if len(params) == COUNT else f"names of over {NAME} characters"
            read = f"it was read as far as {params[-1].key}" if params else "nothing of it was read"
            project.problems.add(f"{path} holds {what}; {read}.")
            break
        if document.is_group(value):
            continue
        try:
            params.append(Param(path, key, plain(document.plain(value)), _users(key, uses)))
        except Unshowable as why:
            project.problems.add(f"{path}: {key} was left out: {why}.")
    return params


def _users(key: str, uses: Uses) -> tuple[str, ...]:
    return tuple(stage for stage, named in uses.items() if _uses(key, named))


def _uses(key: str, named: list[str] | None) -> bool:
    return named is None or any(
        key == name or key.startswith(f"{name}.") or name.startswith(f"{key}.") for name in named
    )
