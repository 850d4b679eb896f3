"""A forecast of which stages DVC will run for an experiment, made before anything starts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from experiments.experiment import Experiment
from experiments.judging.evaluation import is_inside
from experiments.parts.change import Override
from experiments.pipeline import downstream, looked_at, touches
from experiments.snapshot import COMPOSED, Param, Snapshot, Stage

_UNCOMPARED = frozenset(("size", "nfiles"))  # keys that DVC leaves out of a lock's hash at any level


@dataclass(frozen=True)
class Foretold:
    """What DVC will do with each stage. Stages are given by name, in the order of dvc.yaml."""

    run: tuple[str, ...]  # these run, or are restored where the same inputs were trained before
    skipped: tuple[str, ...]
    frozen: tuple[str, ...] = ()  # of `skipped`: dvc.yaml freezes them, whatever changes
    remade: tuple[str, ...] = ()  # of `run`: nothing they read changed, but nothing keeps their outputs
    unless_recorded: bool = False  # where dvc.lock has the values that are set, those in `run` are skipped
    following: tuple[str, ...] = ()  # of `run`: only where an output that is made again differs from the old one


def foretold(snapshot: Snapshot, experiment: Experiment) -> Foretold | None:
    """Return what DVC would do with each stage of an experiment on the commit of this snapshot. None where nobody can
    tell: a script of the project's own, Hydra, a template that may change any stage, a dvc.lock that can't be read, or
    a stage that reads from outside the repository."""
    if not _can_tell(snapshot, experiment):
        return None
    stages = looked_at(snapshot.stages, experiment.execution.targets, experiment.execution.flags)
    changing = _changing(snapshot, experiment, stages)
    remade = _remade(snapshot, stages, changing)
    going = _with_downstream(stages, changing | remade)
    outside = set(snapshot.external)
    if any(outside & {*stage.deps} for stage in stages if stage.name not in going and not stage.frozen):
        return None
    skipped = [stage for stage in stages if stage.name not in going]
    sure = remade | _with_downstream(stages, changing)
    return Foretold(
        tuple(stage.name for stage in stages if stage.name in going),
        tuple(stage.name for stage in skipped),
        tuple(stage.name for stage in skipped if stage.frozen),
        tuple(stage.name for stage in stages if stage.name in remade),
        _may_be_settled(snapshot, experiment, stages, changing),
        tuple(stage.name for stage in stages if stage.name in going - sure),
    )


def remakes(snapshot: Snapshot, experiment: Experiment) -> bool:
    """Return whether DVC has to make missing outputs again, and so has to run without `--allow-missing`. That is so
    where a stage that runs reads an output that neither Git nor a remote has, or where a stage that never ran would be
    skipped."""
    how = experiment.execution
    if not how.by_dvc or how.force or not (snapshot.absent or snapshot.never_run):
        return False
    stages = looked_at(snapshot.stages, how.targets, how.flags)
    if _can_tell(snapshot, experiment):
        return _lacks(snapshot, stages, _changing(snapshot, experiment, stages))
    return bool(_lost_and_read(snapshot, stages, stages) or _unbegun(snapshot, stages))


def _can_tell(snapshot: Snapshot, experiment: Experiment) -> bool:
    """Return whether it can be told which stages DVC will run."""
    if not experiment.execution.by_dvc or experiment.change.composed or not snapshot.stages or snapshot.unread_locks:
        return False
    return not any(
        _is_templated(each, snapshot) and not _readers(each, snapshot.stages) for each in _changed(experiment)
    )


def _changed(experiment: Experiment) -> list[Override]:
    return [each for each in experiment.change.overrides if each.value != each.before]


def _changing(snapshot: Snapshot, experiment: Experiment, stages: Sequence[Stage]) -> set[str]:
    """Return the names of the stages that run whatever the stages before them write."""
    changed = _changed(experiment)
    doubtful = [*snapshot.taken_for_changed, *(each.path for each in snapshot.unknown)]
    return {
        stage.name
        for stage in stages
        if not stage.frozen
        and (
            experiment.execution.force
            or stage.always
            or any(_reads(stage, each) for each in changed)
            or any(touches(stage.deps, each.path) for each in experiment.change.inputs)
            or stage.name in snapshot.never_run
            or stage.stale
            or any(_concerns(stage, entry) for entry in doubtful)
            or any(out in snapshot.altered for out in stage.outs)
        )
    }


def _with_downstream(stages: Sequence[Stage], names: Collection[str]) -> set[str]:
    """Return the names with those of all stages downstream of them."""
    going = more = {*names}
    while more := {stage.name for stage in downstream(stages, more) if not stage.frozen} - going:
        going = going | more
    return going


def _remade(snapshot: Snapshot, stages: Sequence[Stage], changing: Collection[str]) -> set[str]:
    """Return the names of the stages that run only because nothing keeps their outputs: DVC makes them all again unless
    it is told that outputs may be missing."""
    if not _lacks(snapshot, stages, changing):
        return set()
    going = _with_downstream(stages, changing)
    return {stage.name for stage in _lost(snapshot, stages) if stage.name not in going}


def _lacks(snapshot: Snapshot, stages: Sequence[Stage], changing: Collection[str]) -> bool:
    """Return whether a stage that runs reads an output that nothing keeps and whose stage may not run, or a stage that
    never ran would be skipped. A stage may not run where only one before it does: that may write what was there."""
    if _unbegun(snapshot, stages):
        return True
    going = _with_downstream(stages, changing)
    reading = [stage for stage in stages if stage.name in going]
    return any(stage.name not in changing for stage in _lost_and_read(snapshot, stages, reading))


def _unbegun(snapshot: Snapshot, stages: Sequence[Stage]) -> set[str]:
    """Return the stages that never ran and that `--allow-missing` takes for done, since nothing that they read is
    there."""
    found: set[str] = set()
    absent = {*snapshot.absent}
    new = [stage for stage in stages if stage.name in snapshot.never_run and not (stage.frozen or stage.params)]
    while more := [stage for stage in new if stage.name not in found and absent.issuperset(stage.deps)]:
        found |= {stage.name for stage in more}
        absent |= {out for stage in more for out in stage.outs}
    return found


def _lost_and_read(snapshot: Snapshot, stages: Sequence[Stage], reading: Sequence[Stage]) -> list[Stage]:
    """Return the stages whose outputs nothing keeps and one of `reading` reads."""
    read = {dep for stage in reading for dep in stage.deps}
    lost = [(stage, [out for out in stage.outs if out in snapshot.absent]) for stage in _lost(snapshot, stages)]
    return [stage for stage, outs in lost if any(touches(read, out) for out in outs)]


def _lost(snapshot: Snapshot, stages: Sequence[Stage]) -> list[Stage]:
    """Return the stages that DVC can run and of which nothing keeps all outputs."""
    return [stage for stage in stages if not stage.frozen and not {*stage.outs}.isdisjoint(snapshot.absent)]


def unread(snapshot: Snapshot, overrides: Iterable[Override]) -> tuple[Override, ...]:
    """Return the overrides that no stage lists and no template takes, and whose file is no stage's dependency."""
    return tuple(
        each
        for each in overrides
        if not (snapshot.hydra and each.file == COMPOSED)
        and not _is_templated(each, snapshot)
        and not _readers(each, [stage for stage in snapshot.stages if not stage.frozen])
    )


def passed_by(snapshot: Snapshot, experiment: Experiment) -> tuple[Override, ...]:
    """Return the overrides that only stages read which DVC would not look at for this experiment."""
    if not experiment.execution.by_dvc or experiment.change.composed:
        return ()
    active = [stage for stage in snapshot.stages if not stage.frozen]
    asked_for = looked_at(snapshot.stages, experiment.execution.targets, experiment.execution.flags)
    set_here = [each for each in experiment.change.overrides if not _is_templated(each, snapshot)]
    return tuple(each for each in set_here if _readers(each, active) and not _readers(each, asked_for))


def target_for(each: Override | Param, snapshot: Snapshot) -> str:
    """Return the dvc.yaml that a command has to name so that DVC looks at a stage that reads the parameter. Empty where
    DVC does so anyway, or no stage reads it."""
    readers = [stage.name for stage in snapshot.stages if _reads(stage, each)]
    by_itself = {stage.name for stage in looked_at(snapshot.stages, (), ())}
    if not readers or all_below(snapshot) or by_itself & {*readers}:
        return ""
    return readers[0].rpartition(":")[0]


def undeclared(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the declared results that are no output of a stage, so that restoring a stage does not bring them."""
    outs = [out for stage in snapshot.stages for out in stage.outs]
    files = [each.path for each in snapshot.metrics] + [file for plot in snapshot.plots for file in plot.files]
    files += snapshot.records
    kept = [each.path for each in snapshot.data if each.source]  # tracked by itself, no stage's business
    return tuple(dict.fromkeys(file for file in files if not is_inside(file, [*outs, *kept])))


def passed(snapshot: Snapshot, names: Iterable[str], experiment: Experiment | None = None) -> tuple[str, ...]:
    """Return those of these stages that DVC would not look at for the experiment. None: for a plain `/run`."""
    plain = ["--all-pipelines"] if all_below(snapshot) else []
    targets, flags = (experiment.execution.targets, experiment.execution.flags) if experiment else ((), plain)
    seen = {stage.name for stage in looked_at(snapshot.stages, targets, flags)}
    return tuple(stage.name for stage in snapshot.stages if stage.name in {*names} - seen and not stage.frozen)


def all_below(snapshot: Snapshot) -> bool:
    """Return whether no stage is in the project's folder, so that DVC finds some only with `--all-pipelines`."""
    return bool(snapshot.stages) and all(":" in stage.name for stage in snapshot.stages)


def checkpointed(snapshot: Snapshot, experiment: Experiment) -> tuple[str, ...]:
    """Return the outputs that stay between runs, without those whose path this experiment changes or may change."""
    moving = experiment.change.composed or any(_is_templated(each, snapshot) for each in _changed(experiment))
    return tuple(path for path in snapshot.persisted if not (moving and path in snapshot.persisted_by_template))


def confused(snapshot: Snapshot, overrides: Iterable[Override]) -> bool:
    """Return whether DVC's run cache may take the results of one value for those of another: it leaves parameters of
    some names out of the comparison."""
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
    """Return the names of the stages that list the parameter, depend on its whole file, or take it in their own
    template."""
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
    """Return whether one key is the other, or a group that holds it."""
    return left == right or left.startswith(f"{right}.") or right.startswith(f"{left}.")


def _may_be_settled(
    snapshot: Snapshot, experiment: Experiment, stages: Sequence[Stage], changing: Collection[str]
) -> bool:
    """Return whether a stale stage may become up to date with the values that are set, which dvc.lock may record. For
    that, all that is stale in the stage has to be set, and all that is set in it has to be stale."""
    changed = _changed(experiment)
    settled = {stage.name for stage in stages if stage.name in changing and _is_settled(snapshot, stage, changed)}
    sure = {
        stage.name
        for stage in stages
        if stage.name in changing
        and (
            stage.name not in settled
            or experiment.execution.force
            or stage.always
            or any(touches(stage.deps, each.path) for each in experiment.change.inputs)
            or any(out in snapshot.altered for out in stage.outs)
        )
    }
    return not settled <= _with_downstream(stages, sure)


def _is_settled(snapshot: Snapshot, stage: Stage, changed: Sequence[Override]) -> bool:
    def of(entry: str, override: Override) -> bool:
        is_command = entry == f"{stage.name} (command)" and _is_templated(override, snapshot)
        return is_command or (_related_entry(entry, override) and _reads(stage, override))

    read = [each for each in changed if _reads(stage, each)]
    doubtful = [*snapshot.taken_for_changed, *(each.path for each in snapshot.unknown)]
    return (
        bool(stage.stale)
        and all(any(of(entry, each) for each in changed) for entry in stage.stale)
        and all(any(of(entry, each) for entry in stage.stale) for each in read)
        and not any(_concerns(stage, entry) for entry in doubtful)
    )


def _related_entry(entry: str, override: Override) -> bool:
    """Return whether a stale entry, `file:key`, is what the override sets or a part of it."""
    file, colon, key = entry.partition(":")
    return bool(colon) and file == override.file and _related(key, override.key)


def _is_templated(override: Override, snapshot: Snapshot) -> bool:
    names = (name.replace("[", ".").replace("]", "") for name in snapshot.templated)
    return any(_related(name, override.key) for name in names)


def _concerns(stage: Stage, entry: str) -> bool:
    """Return whether the stage reads an entry: a path, or a parameter as `file:key`."""
    file, colon, _ = entry.partition(":")
    return entry in stage.deps or any(listed == file or (colon and listed == entry) for listed in stage.params)
