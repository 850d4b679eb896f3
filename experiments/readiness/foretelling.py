"""Which stages DVC would run for an experiment, and what it can't know: told before anything starts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from experiments.experiment import Experiment, Override
from experiments.judging.evaluation import is_inside
from experiments.pipeline import downstream, looked_at, touches
from experiments.snapshot import COMPOSED, Param, Snapshot, Stage

_UNCOMPARED = frozenset(("size", "nfiles"))  # keys that DVC leaves out of a lock's hash, wherever they stand in it


@dataclass(frozen=True)
class Foretold:
    """Stages by name, in the order of dvc.yaml."""

    run: tuple[str, ...]  # or restored, where the same inputs were trained before
    skipped: tuple[str, ...]
    frozen: tuple[str, ...] = ()  # of those that are skipped: dvc.yaml freezes them, whatever changes
    remade: tuple[str, ...] = ()  # of those that run: nothing they read changed, and nothing keeps what they made
    unless_recorded: bool = False  # those that run would be skipped where dvc.lock has the values that are set
    following: tuple[str, ...] = ()  # of those that run: only if what is made again of what they read is another


def foretold(snapshot: Snapshot, experiment: Experiment) -> Foretold | None:
    """What DVC would do with each stage of an experiment on the commit of this snapshot.

    None where nobody can tell: a script of the project's own, Hydra, a stage that templates may change, a dvc.lock
    that can't be read, or a stage that reads from outside of the repository."""
    if not _can_tell(snapshot, experiment):
        return None
    stages = looked_at(snapshot.stages, experiment.targets, experiment.flags)
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
    """Whether DVC has to make missing outputs again, so that it runs without `--allow-missing`: a stage that runs reads
    one that is in neither Git nor a remote, or a stage that never ran would be skipped."""
    if experiment.script or not experiment.has_dvc or experiment.force or not (snapshot.absent or snapshot.never_run):
        return False
    stages = looked_at(snapshot.stages, experiment.targets, experiment.flags)
    if _can_tell(snapshot, experiment):
        return _lacks(snapshot, stages, _changing(snapshot, experiment, stages))
    return bool(_lost_and_read(snapshot, stages, stages) or _unbegun(snapshot, stages))


def _can_tell(snapshot: Snapshot, experiment: Experiment) -> bool:
    """Whether it can be told which stages DVC will run."""
    if experiment.script or not experiment.has_dvc or experiment.composed or not snapshot.stages:
        return False
    if snapshot.unread_locks:
        return False
    return not any(
        _is_templated(each, snapshot) and not _readers(each, snapshot.stages) for each in _changed(experiment)
    )


def _changed(experiment: Experiment) -> list[Override]:
    return [each for each in experiment.overrides if each.value != each.before]


def _changing(snapshot: Snapshot, experiment: Experiment, stages: Sequence[Stage]) -> set[str]:
    """Names of those that run, whatever those before them write."""
    changed = _changed(experiment)
    doubtful = [*snapshot.taken_for_changed, *(each.path for each in snapshot.unknown)]
    return {
        stage.name
        for stage in stages
        if not stage.frozen
        and (
            experiment.force
            or stage.always
            or any(_reads(stage, each) for each in changed)
            or any(touches(stage.deps, each.path) for each in experiment.inputs)
            or stage.name in snapshot.never_run
            or stage.stale
            or any(_concerns(stage, entry) for entry in doubtful)
            or any(out in snapshot.altered for out in stage.outs)
        )
    }


def _with_downstream(stages: Sequence[Stage], names: Collection[str]) -> set[str]:
    """With all that read what these write."""
    going = more = {*names}
    while more := {stage.name for stage in downstream(stages, more) if not stage.frozen} - going:
        going = going | more
    return going


def _remade(snapshot: Snapshot, stages: Sequence[Stage], changing: Collection[str]) -> set[str]:
    """Names of those that run only because nothing keeps what they made: all of them, for so DVC does where it is not
    told that outputs may be missing."""
    if not _lacks(snapshot, stages, changing):
        return set()
    going = _with_downstream(stages, changing)
    return {stage.name for stage in _lost(snapshot, stages) if stage.name not in going}


def _lacks(snapshot: Snapshot, stages: Sequence[Stage], changing: Collection[str]) -> bool:
    """Whether a stage that runs reads an output that is kept nowhere and whose own stage does not surely run, or a
    stage that never ran would be skipped. Not sure is a stage that runs only since one before it does: that may write
    what was there."""
    if _unbegun(snapshot, stages):
        return True
    going = _with_downstream(stages, changing)
    reading = [stage for stage in stages if stage.name in going]
    return any(stage.name not in changing for stage in _lost_and_read(snapshot, stages, reading))


def _unbegun(snapshot: Snapshot, stages: Sequence[Stage]) -> set[str]:
    """Stages that never ran and that `--allow-missing` takes for done, since nothing they read is there."""
    found: set[str] = set()
    absent = {*snapshot.absent}
    new = [stage for stage in stages if stage.name in snapshot.never_run and not (stage.frozen or stage.params)]
    while more := [stage for stage in new if stage.name not in found and absent.issuperset(stage.deps)]:
        found |= {stage.name for stage in more}
        absent |= {out for stage in more for out in stage.outs}
    return found


def _lost_and_read(snapshot: Snapshot, stages: Sequence[Stage], reading: Sequence[Stage]) -> list[Stage]:
    """Those that made what nothing keeps and what one of these reads."""
    read = {dep for stage in reading for dep in stage.deps}
    lost = [(stage, [out for out in stage.outs if out in snapshot.absent]) for stage in _lost(snapshot, stages)]
    return [stage for stage, outs in lost if any(touches(read, out) for out in outs)]


def _lost(snapshot: Snapshot, stages: Sequence[Stage]) -> list[Stage]:
    """Those that DVC can run and whose outputs nothing keeps, or not all."""
    return [stage for stage in stages if not stage.frozen and not {*stage.outs}.isdisjoint(snapshot.absent)]


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
    asked_for = looked_at(snapshot.stages, experiment.targets, experiment.flags)
    set_here = [each for each in experiment.overrides if not _is_templated(each, snapshot)]
    return tuple(each for each in set_here if _readers(each, active) and not _readers(each, asked_for))


def whereabouts(each: Override | Param, snapshot: Snapshot) -> str:
    """The dvc.yaml to name in a command, so that DVC looks at a stage that reads the parameter; empty where it does by
    itself, or none does."""
    readers = [stage.name for stage in snapshot.stages if _reads(stage, each)]
    by_itself = {stage.name for stage in looked_at(snapshot.stages, (), ())}
    if not readers or all_below(snapshot) or by_itself & {*readers}:
        return ""
    return readers[0].rpartition(":")[0]


def undeclared(snapshot: Snapshot) -> tuple[str, ...]:
    """Declared results that are no output of a stage: what restores a stage does not bring them."""
    outs = [out for stage in snapshot.stages for out in stage.outs]
    files = [each.path for each in snapshot.metrics] + [file for plot in snapshot.plots for file in plot.files]
    files += snapshot.records
    kept = [each.path for each in snapshot.data if each.source]  # tracked by itself, no stage's business
    return tuple(dict.fromkeys(file for file in files if not is_inside(file, [*outs, *kept])))


def passed(snapshot: Snapshot, names: Iterable[str], experiment: Experiment | None = None) -> tuple[str, ...]:
    """Those of these stages at which DVC would not look for the experiment; None: for nothing but `/run`."""
    plain = ["--all-pipelines"] if all_below(snapshot) else []
    targets, flags = (experiment.targets, experiment.flags) if experiment else ((), plain)
    seen = {stage.name for stage in looked_at(snapshot.stages, targets, flags)}
    return tuple(stage.name for stage in snapshot.stages if stage.name in {*names} - seen and not stage.frozen)


def all_below(snapshot: Snapshot) -> bool:
    """Whether DVC would find no stage unless it is asked for those of all dvc.yaml: none is in the project's folder."""
    return bool(snapshot.stages) and all(":" in stage.name for stage in snapshot.stages)


def checkpointed(snapshot: Snapshot, experiment: Experiment) -> tuple[str, ...]:
    """Outputs that stay between runs, without those that have another path in this experiment, or may have."""
    moving = experiment.composed or any(_is_templated(each, snapshot) for each in _changed(experiment))
    return tuple(path for path in snapshot.persisted if not (moving and path in snapshot.persisted_by_template))


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


def _may_be_settled(
    snapshot: Snapshot, experiment: Experiment, stages: Sequence[Stage], changing: Collection[str]
) -> bool:
    """Whether a stage that is stale may be up to date with what is set, which dvc.lock may have: all that is stale of
    it is set, and all that is set of it is stale."""
    changed = _changed(experiment)
    settled = {stage.name for stage in stages if stage.name in changing and _is_settled(snapshot, stage, changed)}
    sure = {
        stage.name
        for stage in stages
        if stage.name in changing
        and (
            stage.name not in settled
            or experiment.force
            or stage.always
            or any(touches(stage.deps, each.path) for each in experiment.inputs)
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
    """Whether what is stale, `file:key`, is what is set or part of it."""
    file, colon, key = entry.partition(":")
    return bool(colon) and file == override.file and _related(key, override.key)


def _is_templated(override: Override, snapshot: Snapshot) -> bool:
    names = (name.replace("[", ".").replace("]", "") for name in snapshot.templated)
    return any(_related(name, override.key) for name in names)


def _concerns(stage: Stage, entry: str) -> bool:
    """Whether the stage reads it: a path, or a parameter as `file:key`."""
    file, colon, _ = entry.partition(":")
    return entry in stage.deps or any(listed == file or (colon and listed == entry) for listed in stage.params)
