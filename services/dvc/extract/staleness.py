"""How a commit's own files stand to those that its dvc.lock was made with."""

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
class Standing:
    """Each of these is a state of its own, with a sentence of its own."""

    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by stage, as `Stage.stale` has it
    unknown: tuple[DataFile, ...] = ()  # in no commit and tracked by nothing, as dvc.lock records them
    external: tuple[str, ...] = ()  # outside of the repository
    taken_for_changed: tuple[str, ...] = ()  # parameters that DVC takes for others than those in dvc.lock
    never_run: tuple[str, ...] = ()  # stages of which dvc.lock records no run
    altered: tuple[str, ...] = ()  # outputs that are not those which dvc.lock records, or that it records not at all


def standing(project: Tree) -> Standing:
    """Data that DVC tracks and that is merely not here tells nothing, unless the stage that makes it, or its .dvc file,
    records another hash than the stage that reads it. Where a dvc.lock can't be read, nothing is said of its stages."""
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
    return Standing(stale, tuple(unknown.values()), tuple(external), tuple(equal), tuple(never_run), tuple(altered))


def _altered(project: Tree, stage: PipelineStage) -> Iterator[str]:
    """What is not here is with DVC, or made again: neither is another result."""
    for out in stage.outs:
        path = project.path_of(out)
        if path is not None and not out.hash_info:
            yield path  # declared after its stage ran
            continue
        if path is None or out.use_cache or not (out.exists and project.whole(out)):
            continue
        try:
            if out.workspace_status():
                yield path
        except Exception as error:  # a folder may hold anything
            project.problems.add(f"Whether {out} is what dvc.lock records can't be told: {error}.")


def _is_external(project: Tree, dep: Any) -> bool:
    """An address, or a path that leads out of the commit. One into another project's folder is the commit's."""
    return project.path_of(dep) is None and not project.is_of_tree(dep)


def _is_unknown(project: Tree, dep: Any, path: str) -> bool:
    """Whether it is a file or folder that is not here, with nothing that makes or tracks it or anything in it."""
    tracked = project.covering(path) is not None or any(out.startswith(f"{path}/") for out in project.outs)
    return not (isinstance(dep, ParamsDependency) or dep.exists or tracked) and project.whole(dep)


def _changed(project: Tree, dep: Any) -> Iterator[str]:
    path = project.path_of(dep)
    if not isinstance(dep, ParamsDependency) and dep.protocol == "local" and not project.whole(dep):
        return  # nobody has looked into it
    if path is None:
        # Code that projects of a repository share lies beside them, and a change of it is one of theirs.
        if project.in_tree(dep) and dep.workspace_status():
            yield str(dep.def_path)
        return
    source = project.covering(path)
    if dep.exists:
        # A folder with tracked files below it is not whole here, so that its hash would say nothing.
        if not any(out.startswith(f"{path}/") for out in project.outs) and dep.workspace_status():
            yield path
    elif source is not None and project.path_of(source) == path and _differ(dep, source):
        yield path


def _changed_params(dep: ParamsDependency, path: str) -> Iterator[tuple[str, bool]]:
    """What DVC takes for changed, and whether it is equal all the same: DVC compares what the file's reader gives with
    what dvc.lock can hold, where a tuple below a mapping is never the list it became, and a NaN never itself."""
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
    """As DVC compares, so that `1` is `1.0` and the order of keys is none, but for what dvc.lock can't tell apart."""
    left, right = params.plain(value), params.plain(recorded)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_alike(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_alike(one, other) for one, other in zip(left, right, strict=True))
    return bool(left == right or (left != left and right != right))


def _differ(dep: Any, source: Any) -> bool:
    return bool(source.hash_info and dep.hash_info and source.hash_info != dep.hash_info)
