"""Where a commit's own files are no longer those that dvc.lock was made with."""

from collections.abc import Iterator
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.stage import PipelineStage

from services.extract.tree import Tree


def stale(project: Tree) -> tuple[str, ...]:
    """Dependencies as paths, parameters as `file:key`, stages as `train (never run)` or `train (command)`.

    Data that DVC tracks and that is merely not here tells nothing, unless the stage that makes it, or its .dvc file,
    records another hash than the stage that reads it.
    """
    found: dict[str, None] = {}
    for stage in project.stages:
        if not isinstance(stage, PipelineStage) or stage.frozen:
            continue
        if stage.addressing in project.loaded.unlocked:
            found[f"{stage.addressing} (never run)"] = None
            continue
        if stage.cmd_changed:
            found[f"{stage.addressing} (command)"] = None
        for dep in stage.deps:
            try:
                found.update(dict.fromkeys(_changed(project, dep)))
            except Exception as error:  # a parameter file may hold anything; DVC compares what it finds
                project.problems.add(f"Whether {dep} changed since dvc.lock was written can't be told: {error}.")
    return tuple(found)


def _changed(project: Tree, dep: Any) -> Iterator[str]:
    path = project.path_of(dep)
    if not isinstance(dep, ParamsDependency) and dep.protocol == "local" and not project.whole(dep):
        return  # nobody has looked into it
    if path is None:
        # Code that projects of a repository share lies beside them, and a change of it is one of theirs.
        if project.in_tree(dep) and dep.workspace_status():
            yield str(dep.def_path)
        return
    if isinstance(dep, ParamsDependency):
        for status in dep.workspace_status().values():
            yield from [path] if isinstance(status, str) else [f"{path}:{key}" for key in status]
        return
    source = project.covering(path)
    if dep.exists:
        # A folder with tracked files below it is not whole here, so that its hash would say nothing.
        if not any(out.startswith(f"{path}/") for out in project.outs) and dep.workspace_status():
            yield path
    elif source is None or (project.path_of(source) == path and _differ(dep, source)):
        yield path


def _differ(dep: Any, source: Any) -> bool:
    return bool(source.hash_info and dep.hash_info and source.hash_info != dep.hash_info)
