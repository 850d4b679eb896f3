"""What training a commit needs that its tree does not hold: submodules, Git LFS, data."""

import json
import os
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.stage import PipelineStage

from experiments.projects import rooted
from experiments.readiness.prerequisites import Missing, Prerequisites
from services.dvc.extract import git_files
from services.dvc.extract.project import Project
from services.dvc.extract.tree import Tree

MISSING = 200  # paths


def of_tree(tree: Path, root: Path, private: Path) -> Prerequisites:
    """Facts for which no project has to be open."""
    return Prerequisites(
        submodules=git_files.submodules(tree, root, _left_out(private)["submodules"]),
        pointers=git_files.pointers(tree, root),
        lfs_addresses=git_files.lfs_addresses(tree),
    )


def unseen(found: Prerequisites, project: str, private: Path) -> tuple[str, ...]:
    """Paths, from the repository's root, of what the commit has and its tree here has not."""
    pointers = [posixpath.normpath(rooted(project, each.path)) for each in found.pointers]
    return (*(each.place for each in found.submodules), *pointers, *_left_out(private)["large"])


def missing(project: Tree) -> tuple[Missing, ...]:
    """What stages read that no stage makes and that is not here."""
    if not isinstance(project, Project):
        return ()
    found: dict[str, Missing] = {}
    for stage in project.stages:
        if not isinstance(stage, PipelineStage) or stage.frozen:
            continue
        for dep in stage.deps:
            each = None if isinstance(dep, ParamsDependency) else _missing(project, dep)
            if each is not None and (each.path in found or len(found) < MISSING):
                before = found.get(each.path, each).stages
                found[each.path] = Missing(each.path, (*before, stage.addressing), each.tracked, each.remote)
    return tuple(found.values())


def remotes(project: Tree) -> tuple[str, ...]:
    """Names of those that the commit has where it makes none the default; else none."""
    known = project.remotes if isinstance(project, Project) else {}
    return () if known.get("") else tuple(filter(None, known))


def _missing(project: Project, dep: Any) -> Missing | None:
    """None where it is here, a stage makes it, it comes from an address, or the commit has it in another way."""
    if dep.protocol != "local" or not project.whole(dep):
        return None
    place = posixpath.normpath(str(dep.fs_path))
    if not Path(place).is_relative_to(project.tree):
        return Missing(str(dep.def_path), ())
    path = project.path_of(dep)
    around = project.covering(path) if path else None
    below = [out for name, out in project.outs.items() if path and name.startswith(f"{path}/")]
    makers = [out for out in (around, *below) if out is not None]
    if not makers:
        return None if os.path.lexists(place) else Missing(path or str(dep.def_path), ())
    if any(out.stage.cmd or out.stage.deps or not out.use_cache for out in makers):
        return None  # made by a stage, or imported: DVC knows another way to it than the remote
    return Missing(path or str(dep.def_path), (), True, project.remotes.get(str(makers[0].remote or ""), ""))


def _left_out(private: Path) -> Mapping[str, Any]:
    """What the checkout left out; see bot.ports.LeftOut."""
    found: Mapping[str, Any] = json.loads((private / "left_out.json").read_bytes())
    return found
