"""A tree becomes a Snapshot: each part read by itself, so that what is broken hides nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from experiments.snapshot import Param, Snapshot
from services.extract import metrics, params, pipeline, plot_definitions, plots, returned, staleness
from services.extract.documents import reason
from services.extract.plot_definitions import Definition
from services.extract.problems import Problems
from services.extract.project import Project

REQUIREMENTS = 100_000  # bytes

T = TypeVar("T")


def load_libraries() -> None:
    """Import what DVC imports late, while the file system is still open to us."""
    import dvc.cachemgr
    import dvc.repo.stage
    import dvc.stage.cache  # noqa: F401 - for its effect


def extract(root: Path, private: Path, sha: str, tar: Path | None) -> Snapshot:
    """Read the tree at `root`, which is changed on the way; `private` is ours to write."""
    problems = Problems(root)
    requires = _requires(root, problems)
    if not (root / ".dvc").is_dir():
        problems.add("This repository has no .dvc folder at its root: it is no DVC project. `dvc init` makes it one.")
        return Snapshot(sha, has_dvc=False, requires=requires, problems=problems.told)
    try:
        project = Project(root, private, problems)
    except Exception as error:  # whatever a tree can do to DVC's start
        problems.add(f"DVC could not open this project: {reason(error)}.")
        return Snapshot(sha, requires=requires, problems=problems.told)

    def part(name: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except Exception as error:  # one part must not take the others with it
            problems.add(f"The {name} of this commit could not be read: {reason(error)}.")
            return otherwise

    no_paths: list[str] = []
    no_plots: list[Definition] = []
    nothing: tuple[tuple[Param, ...], tuple[str, ...]] = ((), ())
    metric_paths = part("metrics", lambda: metrics.declared(project), no_paths)
    # A folder's files are known only when they are here: what came back is unpacked between these two.
    wanted = part("plots", lambda: plot_definitions.definitions(project), no_plots)
    if tar is not None:
        declared = [*metric_paths, *(path for definition in wanted for path in definition.declared)]
        returned.unpack(project, tar, declared)
        wanted = part("plots", lambda: plot_definitions.definitions(project), no_plots)
    found, files = part("parameters", lambda: params.read(project), nothing)
    reader = plots.Plots(project)
    return Snapshot(
        sha,
        params=found,
        param_files=files,
        metrics=part("metrics", lambda: metrics.read(project, metric_paths), ()),
        plots=part("plots", lambda: tuple(reader.read(definition) for definition in wanted), ()),
        stages=part("stages", lambda: pipeline.stages(project), ()),
        data=part("data", lambda: pipeline.data(project), ()),
        outputs=part("outputs", lambda: pipeline.outputs(project, metric_paths, wanted), ()),
        stale=part("dependencies", lambda: staleness.stale(project), ()),
        hydra=project.hydra,
        requires=requires,
        problems=problems.told,
    )


def _requires(root: Path, problems: Problems) -> str:
    file = root / "requirements.txt"
    if not file.is_file():
        return ""
    if file.stat().st_size > REQUIREMENTS:
        problems.add(f"requirements.txt has more than {REQUIREMENTS:,} bytes and was not read.")
        return ""
    return file.read_text("utf-8", errors="replace")
