"""Finds records: parameter files that training writes of what it was given, as DVCLive's `log_params` does."""

import posixpath
from collections.abc import Iterator, Sequence

from dvc.stage import PipelineStage

from experiments import dvclive
from experiments.judging.evaluation import is_inside
from services.dvc.extract.results.plot_definitions import Definition
from services.dvc.extract.tree import Tree


def records(project: Tree, metric_paths: Sequence[str], plots: Sequence[Definition]) -> tuple[str, ...]:
    """Return the parameter files that are records.

    A record is named under `params:` at the top of a dvc.yaml, no stage reads it, and it is an output of a stage or
    lies in a folder of results. A folder with a pipeline does not count as one, nor does the project's own: people
    write a `params.yaml` beside `metrics.json`.
    """
    results = [*metric_paths, *(path for each in plots for path in each.declared)]
    read, pipelines = set(_read(project)), _pipelines(project)

    def written(path: str) -> bool:
        out, folder = project.covering(path), posixpath.dirname(path)
        if out is not None and out.stage.cmd:
            return True
        of_results = any(is_inside(each, [folder]) for each in results)
        return of_results and not any(not folder or is_inside(each, [folder]) for each in pipelines)

    named = (project.inside(posixpath.join(folder, name)) for folder, name in project.loaded.params)
    found = (path for path in named if path and project.dvcyamls and not is_inside(path, read))
    return tuple(dict.fromkeys(path for path in found if written(path)))


def _read(project: Tree) -> Iterator[str]:
    """Yield the paths that stages depend on, including files whose values their templates use."""
    yield from project.loaded.drawn_on
    for stage in project.stages:
        if not isinstance(stage, PipelineStage):
            continue
        yield from filter(None, map(project.path_of, stage.deps))
        yield from filter(None, map(project.inside, stage.tracked_vars))


def reports(project: Tree) -> tuple[str, ...]:
    """Return the files that DVCLive may write beside the `metrics.json` that it declared."""
    pipelines = _pipelines(project)
    named = (project.inside(posixpath.join(folder, name)) for folder, name in project.loaded.metrics)
    places = [posixpath.split(path) for path in named if path and project.dvcyamls]
    folders = dict.fromkeys(folder for folder, name in places if name == "metrics.json" and folder not in pipelines)
    return tuple(path for folder in folders for path in dvclive.reports(folder))


def _pipelines(project: Tree) -> set[str]:
    """Return the folders of dvc.yaml files that have stages, and the project's own."""
    pipelines = [stage for stage in project.stages if isinstance(stage, PipelineStage)]
    paths = (project.inside(str(stage.path)) for stage in pipelines)
    return {"", *(posixpath.dirname(path) for path in paths if path)}
