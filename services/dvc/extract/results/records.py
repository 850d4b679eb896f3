"""Parameter files that training writes: a record of what it was given, as DVCLive's `log_params` leaves one."""

import posixpath
from collections.abc import Iterator, Sequence

from dvc.stage import PipelineStage

from experiments import dvclive
from experiments.judging.evaluation import is_inside
from services.dvc.extract.results.plot_definitions import Definition
from services.dvc.extract.tree import Tree


def records(project: Tree, metric_paths: Sequence[str], plots: Sequence[Definition]) -> tuple[str, ...]:
    """Those named under `params:` at the top of a dvc.yaml that no stage reads, and that are an output of a stage or
    lie in a folder of results. A folder with a pipeline, and the project's own, is none: `params.yaml` beside
    `metrics.json` is written by people."""
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
    """Paths that stages depend on, those whose values their templates take among them."""
    yield from project.loaded.drawn_on
    for stage in project.stages:
        if not isinstance(stage, PipelineStage):
            continue
        yield from filter(None, map(project.path_of, stage.deps))
        yield from filter(None, map(project.inside, stage.tracked_vars))


def reports(project: Tree) -> tuple[str, ...]:
    """Files that DVCLive may write beside the `metrics.json` that it declared."""
    pipelines = _pipelines(project)
    named = (project.inside(posixpath.join(folder, name)) for folder, name in project.loaded.metrics)
    places = [posixpath.split(path) for path in named if path and project.dvcyamls]
    folders = dict.fromkeys(folder for folder, name in places if name == "metrics.json" and folder not in pipelines)
    return tuple(path for folder in folders for path in dvclive.reports(folder))


def _pipelines(project: Tree) -> set[str]:
    """Folders of the dvc.yaml files that have stages, and the project's own."""
    pipelines = [stage for stage in project.stages if isinstance(stage, PipelineStage)]
    paths = (project.inside(str(stage.path)) for stage in pipelines)
    return {"", *(posixpath.dirname(path) for path in paths if path)}
