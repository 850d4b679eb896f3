"""The graph of a project's stages, and what DVC looks at in it: which stages it checks, and which data it looks for."""

from collections.abc import Collection, Sequence

from experiments.judging.evaluation import is_inside
from experiments.snapshot import Snapshot, Stage
from experiments.targets import meant


def touches(deps: Collection[str], path: str) -> bool:
    """Return whether a dependency is the path, is inside it, or holds it."""
    return any(is_inside(path, [dep]) or is_inside(dep, [path]) for dep in deps)


def downstream(stages: Sequence[Stage], names: Collection[str]) -> list[Stage]:
    """Return the stages that read an output of these."""
    outs = [out for stage in stages if stage.name in names for out in stage.outs]
    return [stage for stage in stages if any(touches(stage.deps, out) for out in outs)]


def _upstream(stages: Sequence[Stage], names: Collection[str]) -> list[Stage]:
    """Return the stages that write what these read. A frozen stage needs none."""
    deps = [dep for stage in stages if stage.name in names and not stage.frozen for dep in stage.deps]
    return [stage for stage in stages if any(touches(deps, out) for out in stage.outs)]


def looked_at(stages: Sequence[Stage], targets: Collection[str], flags: Collection[str]) -> list[Stage]:
    """Return the stages that DVC checks: those of the targets, or of the dvc.yaml at the project's root, and all
    upstream of them. `flags` may widen or narrow that."""
    if "--all-pipelines" in flags:
        return list(stages)
    named = meant(targets, stages) if targets else {stage.name for stage in stages if ":" not in stage.name}
    widen = downstream if "--downstream" in flags else _upstream
    more = set() if "--single-item" in flags else named
    while more := {stage.name for stage in widen(stages, more)} - named:
        named |= more
    return [stage for stage in stages if stage.name in named]


def unpulled(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the data that `dvc exp run --pull` does not fetch.

    That is what stages read that run in a folder below, where DVC looks in the wrong place, and outputs of frozen
    stages whose command changed. Data outside the repository is left out, since the remote has none of it.
    """
    read = {dep for stage in snapshot.stages if stage.folder for dep in stage.deps}
    read |= sought(snapshot)
    return tuple(each.path for each in snapshot.data if touches(read, each.path) and each.path not in snapshot.external)


def sought(snapshot: Snapshot, all_frozen: bool = False) -> set[str]:
    """Return the outputs that DVC needs and does not make: those of frozen stages whose command changed. `all_frozen`:
    those of all frozen stages."""
    frozen = {stage.name for stage in snapshot.stages if stage.frozen and all_frozen} | {*snapshot.rechecked}
    return {out for stage in snapshot.stages if stage.name in frozen for out in stage.outs}


def readers(snapshot: Snapshot, path: str) -> tuple[str, ...]:
    """Return the names of the stages that depend on this file or folder, or on something inside it."""
    return tuple(stage.name for stage in snapshot.stages if touches(stage.deps, path))
