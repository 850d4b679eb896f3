"""Reads a project's stages, the data that DVC tracks for them, and every path that a run of them may change."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.stage import PipelineStage

from experiments.judging.evaluation import is_inside
from experiments.snapshot import COMPOSED, DataFile, Stage
from services.dvc.extract.commands import named
from services.dvc.extract.external import version
from services.dvc.extract.presence import is_file
from services.dvc.extract.results.plot_definitions import Definition
from services.dvc.extract.tree import Tree

_NAME = re.compile(r"\$\{([^{}]{1,200})\}")
_LEGACY = "md5-dos2unix"  # DVC 2 hashed text without carriage returns


def stages(project: Tree, stale: Mapping[str, tuple[str, ...]]) -> tuple[Stage, ...]:
    """Return the pipeline's stages, with templates, foreach and matrix resolved. `stale` maps a stage's name to why."""
    return tuple(
        Stage(
            name=stage.addressing,
            cmd=_command(stage.cmd),
            deps=tuple(_shown(project, dep) for dep in stage.deps if not isinstance(dep, ParamsDependency)),
            outs=tuple(_shown(project, out) for out in stage.outs),
            params=_params(project, stage),
            frozen=bool(stage.frozen),
            always=bool(stage.always_changed or stage.is_callback),
            folder=project.inside(str(stage.wdir)) or "",
            unlisted=_unlisted(project, stage),
            stale=stale.get(stage.addressing, ()),
        )
        for stage in project.stages
        if isinstance(stage, PipelineStage)
    )


def _unlisted(project: Tree, stage: PipelineStage) -> tuple[str, ...]:
    """Return the files of the commit that the stage's command names and that DVC does not know of.

    They are neither dependencies nor outputs, and DVC does not track them. Paths are from the project's folder and may
    lead out of it.
    """
    listed = [str(dep.fs_path) for dep in (*stage.deps, *stage.outs) if dep.protocol == "local"]
    found: dict[str, None] = {}
    for place in named(stage.cmd, str(stage.wdir)):
        path = posixpath.relpath(place, str(project.root))
        inside = Path(place).is_relative_to(project.tree) and not is_inside(place, listed)
        if inside and project.covering(path) is None and is_file(Path(place)) and not Path(place).is_symlink():
            found[path] = None
    return tuple(found)


def templated(project: Tree) -> tuple[str, ...]:
    """Return the names in `${}` of every dvc.yaml. They are read as text: in `foreach`, DVC names no stage for them."""
    return tuple(dict.fromkeys(name.strip() for text in _texts(project) for name in _NAME.findall(text)))


def _texts(project: Tree) -> list[str]:
    """Return the text of each dvc.yaml that is still there: broken ones were removed."""
    places = [project.root / path for path in project.dvcyamls]
    return [place.read_text("utf-8", "replace") for place in places if place.is_file()]


def _params(project: Tree, stage: PipelineStage) -> tuple[str, ...]:
    """Return the parameters of a stage's `params:`, and those whose values its templates use."""
    found: list[str] = []
    for dep in stage.deps:
        if isinstance(dep, ParamsDependency):
            path = _shown(project, dep)
            found += [f"{path}:{key}" for key in dep.params] or [path]
    for source, values in stage.tracked_vars.items():
        path = project.inside(source) or source
        found += [f"{path}:{key}" for key in values]
    return tuple(dict.fromkeys(found))


def data(project: Tree) -> tuple[DataFile, ...]:
    """Return dependencies and outputs that DVC tracks, each path once.

    An output's record goes before a dependency's.
    """
    found: dict[str, DataFile] = {}
    for stage in project.stages:
        for out in stage.outs:
            if out.use_cache and out.hash_info:
                path = _shown(project, out)
                source = "" if stage.cmd else project.inside(str(stage.path)) or ""
                found[path] = _file(out, path, bool(stage.cmd), source)
    for stage in project.stages:
        for dep in stage.deps:
            path = _shown(project, dep)
            recorded = version(dep)
            if path in found or isinstance(dep, ParamsDependency) or not recorded:
                continue
            inside = project.path_of(dep)
            out = project.covering(inside) if inside else None
            # Outside, or below a tracked folder: Git has it in neither case, unless in another folder of the commit.
            if (inside is None and not project.in_tree(dep)) or (out is not None and out.use_cache):
                is_output = bool(out is not None and out.stage.cmd)
                is_legacy = bool(dep.hash_info and dep.hash_info.name == _LEGACY)
                found[path] = DataFile(path, recorded, dep.meta.size, is_output, "", is_legacy)
    return tuple(found.values())


def _file(out: Any, path: str, is_output: bool, source: str = "") -> DataFile:
    """Convert one of DVC's outputs or dependencies."""
    hashed = out.hash_info
    return DataFile(path, str(hashed.value), out.meta.size, is_output, source, hashed.name == _LEGACY)


def persisted(project: Tree) -> tuple[str, ...]:
    """Return the outputs of stages that DVC does not remove before it runs them (`persist: true`)."""
    outs = [out for stage in project.stages if stage.cmd for out in stage.outs if out.persist]
    return tuple(filter(None, map(project.path_of, outs)))


def persisted_by_template(project: Tree) -> tuple[str, ...]:
    """Return those persistent outputs whose paths no dvc.yaml contains letter by letter."""
    texts = _texts(project)
    outs = [out for stage in project.stages if stage.cmd for out in stage.outs if out.persist]
    drawn = [out for out in outs if not any(str(out.def_path) in text for text in texts)]
    return tuple(filter(None, map(project.path_of, drawn)))


def lost(project: Tree) -> tuple[str, ...]:
    """Return outputs, of stages that ran or are frozen, that are missing and that DVC's cache does not keep."""
    return tuple(
        path
        for out, path in _outs(project)
        if (out.hash_info or out.stage.frozen) and not (out.exists or (out.use_cache and out.hash_info))
    )


def unshared(project: Tree) -> tuple[str, ...]:
    """Return outputs, of stages that ran, that DVC keeps and for which the commit names no remote.

    Only whoever made them has them.
    """
    return tuple(
        path
        for out, path in _outs(project)
        if out.use_cache and out.hash_info and not out.exists and not project.remotes.get(str(out.remote or ""))
    )


def doubly_kept(project: Tree) -> tuple[str, ...]:
    """Return outputs of stages that DVC should keep, but of which Git has content, too."""
    return tuple(path for out, path in _outs(project) if out.use_cache and out.exists)


def rechecked(project: Tree) -> tuple[str, ...]:
    """Return frozen stages whose command differs from dvc.lock's. DVC treats one that never ran as done."""
    return tuple(
        stage.addressing
        for stage in project.stages
        if isinstance(stage, PipelineStage) and stage.frozen and stage.cmd_changed
    )


def _outs(project: Tree) -> Iterator[tuple[Any, str]]:
    """Yield (output, its path in the project) of pipeline stages whose dvc.lock could be read."""
    for stage in project.stages:
        if isinstance(stage, PipelineStage) and stage.addressing not in project.loaded.unread:
            for out in stage.outs:
                path = project.path_of(out)
                if path is not None and project.whole(out):
                    yield out, path


def outputs(project: Tree, metric_paths: list[str], plots: list[Definition]) -> tuple[str, ...]:
    """Return the paths that a run may change.

    These are outputs, declared metrics and plots, dvc.lock and .gitignore files beside them, and a composed
    params.yaml.
    """
    paths: dict[str, None] = {}
    for stage in project.stages:
        if not stage.cmd:
            continue  # data that `dvc add` tracks: a run only reads it
        for out in stage.outs:
            path = project.path_of(out)
            if path is None:
                continue
            paths[path] = None
            if out.use_cache:
                paths[posixpath.join(posixpath.dirname(path), ".gitignore")] = None
    paths.update(dict.fromkeys(metric_paths))
    paths.update(dict.fromkeys(path for definition in plots for path in definition.declared))
    if project.hydra:
        paths[COMPOSED] = None
    for path in project.dvcyamls:
        paths[posixpath.join(posixpath.dirname(path), "dvc.lock")] = None
    return tuple(paths)


def _command(cmd: Any) -> str:
    return "\n".join(str(line) for line in cmd) if isinstance(cmd, list) else str(cmd or "")


def _shown(project: Tree, out: Any) -> str:
    """Return the path from the root, or the path as it was written where it leads out of the project."""
    return project.path_of(out) or str(out.def_path)
