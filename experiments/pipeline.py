"""The graph of a project's stages, and which of them DVC asks whether they are up to date or looks for the data of."""

from collections.abc import Collection, Sequence

from experiments.judging.evaluation import is_inside
from experiments.snapshot import Snapshot, Stage
from experiments.targets import meant


def touches(deps: Collection[str], path: str) -> bool:
    """Whether one of these dependencies is the path, in it or around it."""
    return any(is_inside(path, [dep]) or is_inside(dep, [path]) for dep in deps)


def downstream(stages: Sequence[Stage], names: Collection[str]) -> list[Stage]:
    """Those that read what these write."""
    outs = [out for stage in stages if stage.name in names for out in stage.outs]
    return [stage for stage in stages if any(touches(stage.deps, out) for out in outs)]


def _upstream(stages: Sequence[Stage], names: Collection[str]) -> list[Stage]:
    """Those that write what these read; a frozen one asks for nothing."""
    deps = [dep for stage in stages if stage.name in names and not stage.frozen for dep in stage.deps]
    return [stage for stage in stages if any(touches(deps, out) for out in stage.outs)]


def looked_at(stages: Sequence[Stage], targets: Collection[str], flags: Collection[str]) -> list[Stage]:
    """As DVC chooses: of the targets, or of dvc.yaml at the project's root, and what they depend on."""
    if "--all-pipelines" in flags:
        return list(stages)
    named = meant(targets, stages) if targets else {stage.name for stage in stages if ":" not in stage.name}
    widen = downstream if "--downstream" in flags else _upstream
    more = set() if "--single-item" in flags else named
    while more := {stage.name for stage in widen(stages, more)} - named:
        named |= more
    return [stage for stage in stages if stage.name in named]


def unpulled(snapshot: Snapshot) -> tuple[str, ...]:
    """Data that `dvc exp run --pull` does not fetch: what stages read that run in a folder below, where it looks in the
    wrong place, and outputs of frozen stages whose command changed. Of what is
    outside of the repository the remote has nothing."""
    read = {dep for stage in snapshot.stages if stage.folder for dep in stage.deps}
    read |= sought(snapshot)
    return tuple(each.path for each in snapshot.data if touches(read, each.path) and each.path not in snapshot.external)


def sought(snapshot: Snapshot, all_frozen: bool = False) -> set[str]:
    """Outputs that DVC needs and does not make: of frozen stages whose command changed; `all_frozen`: of every frozen
    stage."""
    frozen = {stage.name for stage in snapshot.stages if stage.frozen and all_frozen} | {*snapshot.rechecked}
    return {out for stage in snapshot.stages if stage.name in frozen for out in stage.outs}


def readers(snapshot: Snapshot, path: str) -> tuple[str, ...]:
    """Names of the stages that depend on this file or folder, or on something in it."""
    return tuple(stage.name for stage in snapshot.stages if touches(stage.deps, path))
