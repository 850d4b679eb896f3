"""Compares a commit's files with those from which its dvc.lock was made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.stage import PipelineStage

from experiments import params
from experiments.snapshot import DataFile
from services.dvc.extract.external import version
from services.dvc.extract.tree import Tree


@dataclass(frozen=True)
class StageStanding:
    """How the commit's files stand to its dvc.lock. Each field is a state of its own, with a sentence of its own."""

    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # stage -> what changed, as in `Stage.stale`
    unknown: tuple[DataFile, ...] = ()  # files that no commit and no DVC file has, as dvc.lock records them
    external: tuple[str, ...] = ()  # outside of the repository
    taken_for_changed: tuple[str, ...] = ()  # parameters that only DVC takes for different from those in dvc.lock
    never_run: tuple[str, ...] = ()  # stages that dvc.lock does not have
    altered: tuple[str, ...] = ()  # outputs that differ from dvc.lock, or that it does not record


def standing(project: Tree) -> StageStanding:
    """Return how the commit's files stand to its dvc.lock.

    Data that DVC tracks and that is merely not in the tree says nothing, unless its stage or .dvc file records another
    hash than the stage that reads it. Nothing is said of stages whose dvc.lock cannot be read.
    """
    stale: dict[str, tuple[str, ...]] = {}
    unknown: dict[str, DataFile] = {}
    external: dict[str, None] = {}
    equal: dict[str, None] = {}
    never_run: dict[str, None] = {}
    altered: dict[str, None] = {}
    for stage in project.stages:
        if not isinstance(stage, PipelineStage) or stage.frozen or stage.addressing in project.loaded.unread:
            continue
        if stage.addressing in project.loaded.unlocked:
            never_run[stage.addressing] = None
            continue
        altered.update(dict.fromkeys(_altered(project, stage)))
        changed = {f"{stage.addressing} (command)": None} if stage.cmd_changed else {}
        for dep in stage.deps:
            if _is_external(project, dep):
                external[str(dep.def_path)] = None
                continue
            path = project.path_of(dep)
            if path and _is_unknown(project, dep, path):
                unknown[path] = DataFile(path, version(dep), dep.meta.size)
                continue
            try:
                if isinstance(dep, ParamsDependency) and path:
                    for key, is_equal in _changed_params(dep, path):
                        (equal if is_equal else changed)[key] = None
                else:
                    changed.update(dict.fromkeys(_changed(project, dep)))
            except Exception as error:  # a parameter file may hold anything; DVC compares what it finds
                project.problems.add(f"Whether {dep} changed since dvc.lock was written can't be told: {error}.")
        if changed:
            stale[stage.addressing] = tuple(changed)
    return StageStanding(
        stale, tuple(unknown.values()), tuple(external), tuple(equal), tuple(never_run), tuple(altered)
    )


def _altered(project: Tree, stage: PipelineStage) -> Iterator[str]:
    """Yield outputs that differ from dvc.lock.

    One that is missing is DVC's to fetch or made again: not another result.
    """
    for out in stage.outs:
        path = project.path_of(out)
        if path is not None and not out.hash_info:
            yield path  # it was declared after its stage ran
            continue
        if path is None or out.use_cache or not (out.exists and project.whole(out)):
            continue
        try:
            if out.workspace_status():
                yield path
        except Exception as error:  # a folder may hold anything
            project.problems.add(f"Whether {out} is what dvc.lock records can't be told: {error}.")


def _is_external(project: Tree, dep: Any) -> bool:
    """Return whether a dependency is an address or a path out of the commit. Another project's folder is inside."""
    return project.path_of(dep) is None and not project.is_of_tree(dep)


def _is_unknown(project: Tree, dep: Any, path: str) -> bool:
    """Return whether a dependency is missing and nothing makes or tracks it or anything in it."""
    tracked = project.covering(path) is not None or any(out.startswith(f"{path}/") for out in project.outs)
    return not (isinstance(dep, ParamsDependency) or dep.exists or tracked) and project.whole(dep)


def _changed(project: Tree, dep: Any) -> Iterator[str]:
    path = project.path_of(dep)
    if not isinstance(dep, ParamsDependency) and dep.protocol == "local" and not project.whole(dep):
        return  # its content was left out, so nobody can tell
    if path is None:
        # Projects of a repository share code that lies beside them: a change of it concerns them.
        if project.in_tree(dep) and dep.workspace_status():
            yield str(dep.def_path)
        return
    source = project.covering(path)
    if dep.exists:
        # A folder with tracked files below it is incomplete here, so its hash would say nothing.
        if not any(out.startswith(f"{path}/") for out in project.outs) and dep.workspace_status():
            yield path
    elif source is not None and project.path_of(source) == path and _differ(dep, source):
        yield path


def _changed_params(dep: ParamsDependency, path: str) -> Iterator[tuple[str, bool]]:
    """Yield what DVC takes for changed, and whether it is equal all the same.

    DVC compares what the file's reader gives with what dvc.lock can hold. A tuple in a mapping is then never equal to
    the list that it became, and NaN never equal to itself.
    """
    recorded = dep.hash_info.value if dep.hash_info else None
    for status in dep.workspace_status().values():
        if isinstance(status, str):
            yield path, False
            continue
        values = dep.read_params()
        for key, what in status.items():
            both_known = what == "modified" and isinstance(recorded, dict)
            yield f"{path}:{key}", bool(both_known and _alike(values[key], (recorded or {})[key]))


def _alike(value: Any, recorded: Any) -> bool:
    """Compare as DVC does (`1` is `1.0`, keys have no order), but ignore what dvc.lock cannot tell apart."""
    left, right = params.plain(value), params.plain(recorded)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_alike(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_alike(one, other) for one, other in zip(left, right, strict=True))
    return bool(left == right or (left != left and right != right))


def _differ(dep: Any, source: Any) -> bool:
    return bool(source.hash_info and dep.hash_info and source.hash_info != dep.hash_info)
