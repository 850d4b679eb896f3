"""Whether two sides were measured on the same data by the same code."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from experiments.sentences import RUN, Sides, quoted
from experiments.snapshot import Snapshot


def other_evaluation(before: Snapshot, after: Snapshot, metric_files: Iterable[str], sides: Sides = RUN) -> str:
    """A sentence that names the first dependency in which the evaluation differs; empty where none does.

    Looked at are the dependencies of the stages that write the metric files. What another stage makes (a model, say) is
    what is being compared, and parameters are listed by themselves: neither counts.
    """
    left, right = _measured_on(before, metric_files), _measured_on(after, metric_files)
    for path in sorted(left.keys() & right.keys()):
        if left[path] != right[path]:
            return f"The numbers were not measured alike: {quoted(path)} is another one than at {sides.before}."
    return ""


def _measured_on(snapshot: Snapshot, metric_files: Iterable[str]) -> dict[str, str]:
    """Path -> hash of the dependencies that decide what the metrics mean."""
    hashes = {file.path: file.md5 for file in snapshot.data}
    made = {out for stage in snapshot.stages for out in stage.outs}
    files = set(metric_files)
    deps = {dep for stage in snapshot.stages if any(_inside(files, out) for out in stage.outs) for dep in stage.deps}
    return {dep: hashes[dep] for dep in deps if dep in hashes and not _inside({dep}, *made)}


def _inside(paths: Iterable[str], *folders: str) -> bool:
    """Whether one of the paths is one of the folders or below it."""
    return any(PurePosixPath(path).is_relative_to(folder) for path in paths for folder in folders)
