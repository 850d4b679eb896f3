"""Whether two sides were measured on the same data by the same code."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from experiments.lineage import Lineage
from experiments.projects import rooted
from experiments.snapshot import Snapshot
from experiments.wording import RUN, Sides, quoted, some

PROSE = (".md", ".rst")
UNKNOWN = ("*",)  # in the place of paths: anything may have changed


def other_evaluation(before: Snapshot, after: Snapshot, metric_files: Iterable[str], sides: Sides = RUN) -> str:
    """A sentence that names the first dependency in which the evaluation differs; empty where none does.

    Looked at are the dependencies of the stages that write the metric files, and of test data that an earlier stage
    makes what that is made of. What another stage makes (a model, say) is what is being compared, and parameters are
    listed by themselves: neither counts.
    """
    left, right = _measured_on(before, metric_files), _measured_on(after, metric_files)
    for path in sorted(left.keys() & right.keys()):
        if left[path] != right[path]:
            return f"The numbers were not measured alike: {quoted(path)} is another one than at {sides.before}."
    return ""


def may_matter(paths: Iterable[str], project: str, results: Iterable[str] = ()) -> tuple[str, ...]:
    """Paths of the repository that a project's numbers may depend on, where no hash tells: all below its folder but its
    results, and prose for people."""
    made = [rooted(project, path) for path in results]
    own = (path for path in paths if not project or is_inside(path, [project]))
    return tuple(path for path in own if not is_inside(path, made) and not path.lower().endswith(PROSE))


def unmeasured(paths: Sequence[str], side: str) -> str:
    """A sentence about a side without DVC of which these paths changed after its numbers were made."""
    if paths == UNKNOWN:
        return (
            f"When the numbers of {side} were made, and what changed since then, is more than can be looked through, "
            "and without DVC nothing tells whether they still hold. `/run` measures them again."
        )
    named = some(map(quoted, paths), 3) + " files" * (len(paths) > 3)
    return (
        f"The numbers of {side} were made before {named} changed, and without DVC nothing tells whether they still "
        "hold. `/run` measures them again."
    )


def _measured_on(snapshot: Snapshot, metric_files: Iterable[str]) -> dict[str, str]:
    """Path -> hash of the dependencies that decide what the metrics mean."""
    hashes = {file.path: file.md5 for file in (*snapshot.data, *snapshot.unknown) if file.md5}
    made = {out for stage in snapshot.stages for out in stage.outs}
    files = set(metric_files)
    measuring = [stage for stage in snapshot.stages if any(is_inside(file, stage.outs) for file in files)]
    deps = {dep for stage in measuring for dep in stage.deps}
    deps |= _sources(snapshot, {dep for dep in deps if is_inside(dep, made)})
    return {dep: hashes[dep] for dep in deps if dep in hashes and not is_inside(dep, made)}


def _sources(snapshot: Snapshot, made: Collection[str]) -> set[str]:
    """What those of these paths are made of that are made by a stage behind another one of them: the rows that a model
    is measured on, which come from the same stage as those it was trained on."""
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
    """Whether the path is one of the folders or below it."""
    own = _plain(path)
    return any(own == folder or _below(own, folder) for folder in map(_plain, folders))


def _below(path: str, folder: str) -> bool:
    return not path.startswith("/") if folder == "." else path.startswith(f"{folder.rstrip('/')}/")


@lru_cache(maxsize=10_000)  # pipelines are asked for the same few paths, each beside each
def _plain(path: str) -> str:
    """As it is compared: `a/b` of `./a//b/`."""
    return str(PurePosixPath(path))
