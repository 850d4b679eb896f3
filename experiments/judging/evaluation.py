"""Whether two sides were evaluated on the same data by the same code."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from experiments.lineage import Lineage
from experiments.projects import rooted
from experiments.snapshot import Snapshot
from experiments.wording import RUN, Sides, quoted, some

PROSE = (".md", ".rst")
UNKNOWN = ("*",)  # in the place of paths: any file may have changed


def other_evaluation(before: Snapshot, after: Snapshot, metric_files: Iterable[str], sides: Sides = RUN) -> str:
    """Return a sentence that names the first dependency in which the evaluation differs. Empty where none does.

    Compared are the dependencies of the stages that write the metric files. For test data that an earlier stage makes,
    the dependencies of that stage are compared. Not compared are outputs of other stages (a model, say), which are what
    the experiment changes, and parameters, which are listed by themselves.
    """
    left, right = _measured_on(before, metric_files), _measured_on(after, metric_files)
    for path in sorted(left.keys() & right.keys()):
        if left[path] != right[path]:
            return f"The numbers were not measured alike: {quoted(path)} differs from that of {sides.before}."
    return ""


def may_matter(paths: Iterable[str], project: str, results: Iterable[str] = ()) -> tuple[str, ...]:
    """Return those paths of the repository that a project's numbers may depend on where no hash tells: all files in its
    folder except its results and prose for people."""
    made = [rooted(project, path) for path in results]
    own = (path for path in paths if not project or is_inside(path, [project]))
    return tuple(path for path in own if not is_inside(path, made) and not path.lower().endswith(PROSE))


def unmeasured(paths: Sequence[str], side: str) -> str:
    """Return a sentence about a side without DVC, where these paths changed after its numbers were made."""
    if paths == UNKNOWN:
        return (
            f"When the numbers of {side} were made, and what changed since then, is more than can be looked through, "
            "and without DVC nothing shows whether they still hold. `/run` measures them again."
        )
    named = some(map(quoted, paths), 3) + " files" * (len(paths) > 3)
    return (
        f"The numbers of {side} were made before {named} changed, and without DVC nothing shows whether they still "
        "hold. `/run` measures them again."
    )


def _measured_on(snapshot: Snapshot, metric_files: Iterable[str]) -> dict[str, str]:
    """Return path -> hash of the dependencies that decide what the metrics mean."""
    hashes = {file.path: file.md5 for file in (*snapshot.data, *snapshot.unknown) if file.md5}
    made = {out for stage in snapshot.stages for out in stage.outs}
    files = set(metric_files)
    measuring = [stage for stage in snapshot.stages if any(is_inside(file, stage.outs) for file in files)]
    deps = {dep for stage in measuring for dep in stage.deps}
    deps |= _sources(snapshot, {dep for dep in deps if is_inside(dep, made)})
    return {dep: hashes[dep] for dep in deps if dep in hashes and not is_inside(dep, made)}


def _sources(snapshot: Snapshot, made: Collection[str]) -> set[str]:
    """Return what those of these paths are made from that come from a stage behind another one of them.

    An example is test data that the same stage makes as the training data.
    """
    lineage = Lineage(snapshot.stages)
    behind = {path: lineage.behind([path]) for path in made}
    shared = [
        path
        for path in made
        if any(lineage.declared(path) <= behind[other] - lineage.declared(other) for other in made if other != path)
    ]
    stages = {name for path in shared for name in behind[path]}
    return {dep for stage in snapshot.stages if stage.name in stages for dep in stage.deps}


def is_inside(path: str, folders: Iterable[str]) -> bool:
    """Return whether the path is one of the folders or below it."""
    own = _plain(path)
    return any(own == folder or _below(own, folder) for folder in map(_plain, folders))


def _below(path: str, folder: str) -> bool:
    return not path.startswith("/") if folder == "." else path.startswith(f"{folder.rstrip('/')}/")


@lru_cache(maxsize=10_000)  # a pipeline asks for the same few paths again and again
def _plain(path: str) -> str:
    """Return a path in the form in which paths are compared: `a/b` for `./a//b/`."""
    return str(PurePosixPath(path))
