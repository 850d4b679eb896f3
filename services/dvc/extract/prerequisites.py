"""Finds what training a commit needs that its tree does not hold: submodules, Git LFS files, data."""

import json
import os
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.stage import PipelineStage

from experiments.projects import rooted
from experiments.readiness.prerequisites import MissingFile, Prerequisites
from services.dvc.extract import git_files
from services.dvc.extract.project import Project
from services.dvc.extract.tree import Tree

MISSING = 200  # paths


def of_tree(tree: Path, root: Path, private: Path) -> Prerequisites:
    """Return the facts that need no open DVC project."""
    return Prerequisites(
        submodules=git_files.submodules(tree, root, _left_out(private)["submodules"]),
        pointers=git_files.pointers(tree, root),
        lfs_addresses=git_files.lfs_addresses(tree),
    )


def unseen(found: Prerequisites, project: str, private: Path) -> tuple[str, ...]:
    """Return paths, from the repository's root, that the commit has and its tree on disk lacks."""
    pointers = [posixpath.normpath(rooted(project, each.path)) for each in found.pointers]
    return (*(each.place for each in found.submodules), *pointers, *_left_out(private)["large"])


def missing(project: Tree) -> tuple[MissingFile, ...]:
    """Return what stages read that no stage makes and that is not in the tree."""
    if not isinstance(project, Project):
        return ()
    found: dict[str, MissingFile] = {}
    for stage in project.stages:
        if not isinstance(stage, PipelineStage) or stage.frozen:
            continue
        for dep in stage.deps:
            each = None if isinstance(dep, ParamsDependency) else _missing(project, dep)
            if each is not None and (each.path in found or len(found) < MISSING):
                before = found.get(each.path, each).stages
                found[each.path] = MissingFile(each.path, (*before, stage.addressing), each.tracked, each.remote)
    return tuple(found.values())


def remotes(project: Tree) -> tuple[str, ...]:
    """Return the names of the commit's remotes if none of them is the default; else nothing."""
    known = project.remotes if isinstance(project, Project) else {}
    return () if known.get("") else tuple(filter(None, known))


def _missing(project: Project, dep: Any) -> MissingFile | None:
    """Return one missing dependency.

    None where it is in the tree, a stage makes it, it has an address, or the commit has it in another way.
    """
    if dep.protocol != "local" or not project.whole(dep):
        return None
    place = posixpath.normpath(str(dep.fs_path))
    if not Path(place).is_relative_to(project.tree):
        return MissingFile(str(dep.def_path), ())
    path = project.path_of(dep)
    around = project.covering(path) if path else None
    below = [out for name, out in project.outs.items() if path and name.startswith(f"{path}/")]
    makers = [out for out in (around, *below) if out is not None]
    if not makers:
        return None if os.path.lexists(place) else MissingFile(path or str(dep.def_path), ())
    if any(out.stage.cmd or out.stage.deps or not out.use_cache for out in makers):
        return None  # a stage makes it, or it is imported: DVC gets it in another way than from the remote
    return MissingFile(path or str(dep.def_path), (), True, project.remotes.get(str(makers[0].remote or ""), ""))


def _left_out(private: Path) -> Mapping[str, Any]:
    """Return what the checkout left out; see bot.ports.LeftOut."""
    found: Mapping[str, Any] = json.loads((private / "left_out.json").read_bytes())
    return found
