"""Makes a Snapshot of a tree. Each part is read by itself, so that a broken one hides nothing else."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from experiments import projects
from experiments.readiness.prerequisites import Prerequisites
from experiments.settings.declared import Declared
from experiments.snapshot import Param, Snapshot, Stage
from services.dvc.extract import installed, params, pipeline, prerequisites, staleness
from services.dvc.extract.documents import reason
from services.dvc.extract.problems import ProblemList
from services.dvc.extract.project import Project, dvc_folders
from services.dvc.extract.results import metrics, plot_definitions, plots, records, returned
from services.dvc.extract.results.plot_definitions import Definition
from services.dvc.extract.tree import Tree

FOUND = 50  # DVC projects that are named at most

BOTH = (
    "This is a DVC project, so dvc.yaml says which files are parameters, metrics and plots; those named in "
    "`.github/studio.yml` are not looked at."
)

T = TypeVar("T")


def load_libraries() -> None:
    """Import what DVC and Pillow import late, while this process may still open all files."""
    import dvc.cachemgr
    import dvc.repo.stage
    import dvc.stage.cache  # noqa: F401 - for its effect
    from PIL import Image

    Image.preinit()


def extract(tree: Path, folder: str, declared: Declared, private: Path, sha: str, tar: Path | None) -> Snapshot:
    """Read the project in a folder of the tree and return its snapshot.

    Reading changes the tree. `private` is a folder that may be written. `declared` counts only where the project does
    not use DVC. `tar` holds files that training returned.
    """
    root = tree / folder
    problems = ProblemList(root, tree)
    asked = installed.asked(tree, root)
    has_dvc = (root / ".dvc").is_dir()
    if not root.is_dir() or (not has_dvc and declared == Declared()):
        below = () if folder else _projects(tree)
        problems.add(_no_project(root, folder, below))
        return Snapshot(
            sha,
            folder,
            has_dvc=False,
            elsewhere=below,
            requires=asked.path,
            problems=problems.told,
        )
    if has_dvc and declared != Declared():
        problems.add(BOTH)
    os.chdir(root)  # DVC gives the places of stages from here
    try:
        project = Project(tree, root, private, problems) if has_dvc else Tree(tree, root, problems, declared)
    except Exception as error:  # a tree may make DVC's start raise anything
        problems.add(f"DVC could not open this project: {reason(error)}.")
        return Snapshot(sha, folder, requires=asked.path, problems=problems.told)

    def part(name: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except Exception as error:  # a broken part must not hide the others
            problems.add(f"The {name} of this commit could not be read: {reason(error)}.")
            return otherwise

    facts = part("files", lambda: prerequisites.of_tree(tree, root, private), Prerequisites())
    project.unseen = prerequisites.unseen(facts, folder, private)
    no_paths: list[str] = []
    nowhere: tuple[str, ...] = ()
    no_plots: list[Definition] = []
    no_records: tuple[str, ...] = ()
    nothing: tuple[tuple[Param, ...], tuple[str, ...]] = ((), ())
    metric_paths = part("metrics", lambda: metrics.declared(project), no_paths)
    # These are read before files are added that the commit itself lacks.
    lost = part("outputs", lambda: pipeline.lost(project), nowhere)
    unshared = part("outputs", lambda: pipeline.unshared(project), nowhere)
    doubly_kept = part("outputs", lambda: pipeline.doubly_kept(project), nowhere)
    # A folder's files are known only when they exist: files that came back are unpacked between these two readings.
    wanted = part("plots", lambda: plot_definitions.definitions(project), no_plots)
    if tar is not None:
        returned.unpack(project, tar, [*metric_paths, *(path for each in wanted for path in each.declared)])
        wanted = part("plots", lambda: plot_definitions.definitions(project), no_plots)
    kept = part("records", lambda: records.records(project, metric_paths, wanted), no_records)
    found, files = part("parameters", lambda: params.read(project, kept), nothing)
    stands = part("dependencies", lambda: staleness.standing(project), staleness.StageStanding())
    bare = tuple(Stage(name, "", stale=entries) for name, entries in stands.stale.items())
    reader = plots.PlotReader(project)
    return Snapshot(
        sha,
        folder,
        params=found,
        param_files=files,
        records=kept,
        metrics=part("metrics", lambda: metrics.read(project, metric_paths), ()),
        plots=part("plots", lambda: tuple(reader.read(definition) for definition in wanted), ()),
        stages=part("stages", lambda: pipeline.stages(project, stands.stale), bare),
        data=part("data", lambda: pipeline.data(project), ()),
        persisted=part("outputs", lambda: pipeline.persisted(project), ()),
        persisted_by_template=part("outputs", lambda: pipeline.persisted_by_template(project), nowhere),
        outputs=part(
            "outputs", lambda: (*pipeline.outputs(project, metric_paths, wanted), *kept, *records.reports(project)), ()
        ),
        unknown=stands.unknown,
        external=stands.external,
        taken_for_changed=stands.taken_for_changed,
        never_run=stands.never_run,
        altered=stands.altered,
        lost=lost,
        unshared=unshared,
        doubly_kept=doubly_kept,
        rechecked=part("stages", lambda: pipeline.rechecked(project), nowhere),
        unread_locks=tuple(project.loaded.unread_locks),
        has_dvc=has_dvc,
        elsewhere=() if folder or project.dvcyamls or not has_dvc else _projects(tree),
        hydra=project.hydra,
        requires=asked.path,
        prerequisites=replace(
            facts,
            missing=part("dependencies", lambda: prerequisites.missing(project), ()),
            conflicts=tuple(problems.conflicts),
            refused=project.refused,
            installs=asked,
            remotes=part("remotes", lambda: prerequisites.remotes(project), nowhere),
        ),
        problems=problems.told,
        templated=part("templates", lambda: pipeline.templated(project), ()),
    )


def _no_project(root: Path, folder: str, below: tuple[str, ...]) -> str:
    if not folder:
        problem = "This repository has no .dvc folder at its root: it is no DVC project."
        return problem if below else f"{problem} `dvc init` makes it one."
    if not root.is_dir():
        return f"`.github/studio.yml` names the project {folder}, and this commit has no such folder."
    return f"{folder} has no .dvc folder: it is no DVC project. `dvc init --subdir` makes it one."


def _projects(tree: Path) -> tuple[str, ...]:
    """Return the folders below the root that are DVC projects and that the configuration could name."""
    found: list[str] = []
    for path in islice(dvc_folders(tree), FOUND):
        with suppress(ValueError):
            found.append(projects.folder(path))
    return tuple(filter(None, found))
