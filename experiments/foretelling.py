"""Which stages DVC would run for an experiment, and what it can't know: told before anything starts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from experiments.evaluation import is_inside
from experiments.experiment import Experiment, Override
from experiments.snapshot import COMPOSED, Param, Snapshot, Stage
from experiments.targets import meant

_UNCOMPARED = frozenset(("size", "nfiles"))  # keys that DVC leaves out of a lock's hash, wherever they stand in it


@dataclass(frozen=True)
class Foretold:
    """Stages by name, in the order of dvc.yaml."""

    run: tuple[str, ...]  # or restored, where the same inputs were trained before
    skipped: tuple[str, ...]
    frozen: tuple[str, ...] = ()  # of those that are skipped: dvc.yaml freezes them, whatever changes
    unless_recorded: bool = False  # those that run would be skipped where dvc.lock has the values that are set


def foretold(snapshot: Snapshot, experiment: Experiment) -> Foretold | None:
    """What DVC would do with each stage of an experiment on the commit of this snapshot.

    None where nobody can tell: a script of the project's own, Hydra, a stage that templates may change, a dvc.lock
    that can't be read, or a stage that reads from outside of the repository."""
    changed = [each for each in experiment.overrides if each.value != each.before]
    if experiment.script or not experiment.has_dvc or experiment.composed or not snapshot.stages:
        return None
    if snapshot.unread_locks:
        return None
    if any(_is_templated(each, snapshot) and not _readers(each, snapshot.stages) for each in changed):
        return None
    looked_at = _looked_at(snapshot.stages, experiment.targets, experiment.flags)
    doubtful = [*snapshot.stale, *snapshot.taken_for_changed, *(each.path for each in snapshot.unknown)]
    going = {
        stage.name
        for stage in looked_at
        if not stage.frozen
        and (
            experiment.force
            or stage.always
            or any(_reads(stage, each) for each in changed)
            or any(_touches(stage.deps, each.path) for each in experiment.inputs)
            or stage.name in snapshot.never_run
            or any(concerns(stage, entry) for entry in doubtful)
            or any(out in snapshot.altered for out in stage.outs)
        )
    }
    more = going
    while more := {stage.name for stage in _downstream(looked_at, more) if not stage.frozen} - going:
        going |= more
    outside = set(snapshot.external)
    if any(outside & {*stage.deps} for stage in looked_at if stage.name not in going and not stage.frozen):
        return None
    skipped = [stage for stage in looked_at if stage.name not in going]
    return Foretold(
        tuple(stage.name for stage in looked_at if stage.name in going),
        tuple(stage.name for stage in skipped),
        tuple(stage.name for stage in skipped if stage.frozen),
        not experiment.force and any(_may_settle(each, snapshot) for each in changed),
    )


def unread(snapshot: Snapshot, overrides: Iterable[Override]) -> tuple[Override, ...]:
    """Those of which DVC does not know that any stage reads them: no stage lists them, nor is their file a dependency,
    nor does a template take them."""
    return tuple(
        each
        for each in overrides
        if not (snapshot.hydra and each.file == COMPOSED)
        and not _is_templated(each, snapshot)
        and not _readers(each, [stage for stage in snapshot.stages if not stage.frozen])
    )


def passed_by(snapshot: Snapshot, experiment: Experiment) -> tuple[Override, ...]:
    """Those that only stages read at which DVC would not look for this experiment."""
    if experiment.script or not experiment.has_dvc or experiment.composed:
        return ()
    active = [stage for stage in snapshot.stages if not stage.frozen]
    looked_at = _looked_at(snapshot.stages, experiment.targets, experiment.flags)
    set_here = [each for each in experiment.overrides if not _is_templated(each, snapshot)]
    return tuple(each for each in set_here if _readers(each, active) and not _readers(each, looked_at))


def whereabouts(each: Override | Param, snapshot: Snapshot) -> str:
    """The dvc.yaml to name in a command, so that DVC looks at a stage that reads the parameter; empty where it does by
    itself, or none does."""
    readers = [stage.name for stage in snapshot.stages if _reads(stage, each)]
    by_itself = {stage.name for stage in _looked_at(snapshot.stages, (), ())}
    if not readers or all_below(snapshot) or by_itself & {*readers}:
        return ""
    return readers[0].rpartition(":")[0]


def untrained_below(snapshot: Snapshot) -> bool:
    """Whether what is to be trained is only where DVC looks when it is asked for every dvc.yaml."""
    stages = [each for each in snapshot.stages if not each.frozen]
    due = {
        each.name
        for each in stages
        if each.name in snapshot.never_run or any(concerns(each, entry) for entry in snapshot.stale)
    }
    return bool(due) and not all_below(snapshot) and not due & {each.name for each in _looked_at(stages, (), ())}


def undeclared(snapshot: Snapshot) -> tuple[str, ...]:
    """Declared results that are no output of a stage: what restores a stage does not bring them."""
    outs = [out for stage in snapshot.stages for out in stage.outs]
    files = [each.path for each in snapshot.metrics] + [file for plot in snapshot.plots for file in plot.files]
    files += snapshot.records
    kept = [each.path for each in snapshot.data if each.source]  # tracked by itself, no stage's business
    return tuple(dict.fromkeys(file for file in files if not is_inside(file, [*outs, *kept])))


def all_below(snapshot: Snapshot) -> bool:
    """Whether DVC would find no stage unless it is asked for those of all dvc.yaml: none is in the project's folder."""
    return bool(snapshot.stages) and all(":" in stage.name for stage in snapshot.stages)


def unpulled(snapshot: Snapshot) -> tuple[str, ...]:
    """Data that `dvc exp run --pull` looks for in the wrong place: what stages read that run in a folder below."""
    read = {dep for stage in snapshot.stages if stage.folder for dep in stage.deps}
    return tuple(each.path for each in snapshot.data if _touches(read, each.path))


def readers(snapshot: Snapshot, path: str) -> tuple[str, ...]:
    """Names of the stages that depend on this file or folder, or on something in it."""
    return tuple(stage.name for stage in snapshot.stages if _touches(stage.deps, path))


def confused(snapshot: Snapshot, overrides: Iterable[Override]) -> bool:
    """Whether DVC's run cache takes the results of one value for those of another: it leaves parameters of some names
    out of what it compares."""
    known = {(each.file, each.key) for each in snapshot.params} | {(each.file, each.key) for each in overrides}
    for stage in snapshot.stages:
        for listed in stage.params:
            file, _, key = listed.partition(":")
            start = f"{key}." if key else ""
            below = [name.removeprefix(start) for of, name in known if of == file and name.startswith(start)]
            if key in _UNCOMPARED or any(_UNCOMPARED & set(name.split(".")) for name in below):
                return True
    return False


def _readers(override: Override, stages: Iterable[Stage]) -> list[Stage]:
    return [stage for stage in stages if _reads(stage, override)]


def reading(param: Override | Param, snapshot: Snapshot) -> tuple[str, ...]:
    """Names of the stages that list the parameter, depend on its whole file, or take it in a template of their own."""
    return tuple(stage.name for stage in snapshot.stages if _reads(stage, param))


def _reads(stage: Stage, override: Override | Param) -> bool:
    if is_inside(override.file, stage.deps):
        return True
    for listed in stage.params:
        file, colon, key = listed.partition(":")
        if file == override.file and (not colon or _related(key, override.key)):
            return True
    return False


def _related(left: str, right: str) -> bool:
    """One is the other, or a group that holds it."""
    return left == right or left.startswith(f"{right}.") or right.startswith(f"{left}.")


def _may_settle(override: Override, snapshot: Snapshot) -> bool:
    """Whether it sets what is stale, so that a stage may be up to date with it: the value in dvc.lock is not known."""
    commands = any(entry.endswith(" (command)") for entry in snapshot.stale)
    return (commands and _is_templated(override, snapshot)) or any(
        _related_entry(entry, override) for entry in snapshot.stale
    )


def _related_entry(entry: str, override: Override) -> bool:
    """Whether what is stale, `file:key`, is what is set or part of it."""
    file, colon, key = entry.partition(":")
    return bool(colon) and file == override.file and _related(key, override.key)


def _is_templated(override: Override, snapshot: Snapshot) -> bool:
    names = (name.replace("[", ".").replace("]", "") for name in snapshot.templated)
    return any(_related(name, override.key) for name in names)


def concerns(stage: Stage, entry: str) -> bool:
    """Whether what is stale (a path, `file:key`, `train (command)`) is this stage's."""
    file, colon, key = entry.partition(":")
    by_param = any(listed == file or (colon and listed == f"{file}:{key}") for listed in stage.params)
    return entry == f"{stage.name} (command)" or entry in stage.deps or bool(by_param)


def _touches(deps: Collection[str], path: str) -> bool:
    return any(is_inside(path, [dep]) or is_inside(dep, [path]) for dep in deps)


def _downstream(stages: Sequence[Stage], names: Collection[str]) -> list[Stage]:
    """Those that read what these write."""
    outs = [out for stage in stages if stage.name in names for out in stage.outs]
    return [stage for stage in stages if any(_touches(stage.deps, out) for out in outs)]


def _upstream(stages: Sequence[Stage], names: Collection[str]) -> list[Stage]:
    """Those that write what these read; a frozen one asks for nothing."""
    deps = [dep for stage in stages if stage.name in names and not stage.frozen for dep in stage.deps]
    return [stage for stage in stages if any(_touches(deps, out) for out in stage.outs)]


def _looked_at(stages: Sequence[Stage], targets: Collection[str], flags: Collection[str]) -> list[Stage]:
    """As DVC chooses: of the targets, or of dvc.yaml at the project's root, and what they depend on."""
    if "--all-pipelines" in flags:
        return list(stages)
    named = meant(targets, stages) if targets else {stage.name for stage in stages if ":" not in stage.name}
    widen = _downstream if "--downstream" in flags else _upstream
    more = set() if "--single-item" in flags else named
    while more := {stage.name for stage in widen(stages, more)} - named:
        named |= more
    return [stage for stage in stages if stage.name in named]
