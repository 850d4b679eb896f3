"""The provenance of a run's results: a stage that was executed or restored, the script, or nothing of the run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from experiments.experiment import Experiment
from experiments.judging.evaluation import is_inside
from experiments.limits import fitting
from experiments.parts.change import Override
from experiments.readiness.foretelling import reading, unread
from experiments.snapshot import Made, Snapshot

MOST = 2000  # stages, and files, of one run
LONGEST = 500  # characters of a name
ALL = 500_000  # bytes of all names
KEPT_NAMES = 50_000  # bytes of names of files, of those that are kept with a run once its result is compared


@dataclass(frozen=True)
class Provenance:
    """What the agent learned from DVC itself and saw at the files. Stages have the names that DVC gives them."""

    known: bool = False  # False: DVC tells nothing, and nothing is guessed
    executed: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()  # stages whose outputs came from the run cache: an earlier run had the same inputs
    skipped: tuple[str, ...] = ()  # stages whose inputs did not change
    failed: tuple[str, ...] = ()  # stages whose command failed, or what DVC does before and after it
    written: Mapping[str, str] = field(default_factory=dict)  # declared file -> the stage that wrote it; "": the script
    origins: Mapping[str, Made] = field(default_factory=dict)  # declared files that the run did not make

    @property
    def idle(self) -> bool:
        """Whether DVC skipped every stage and nothing else wrote a result."""
        return self.known and bool(self.skipped) and not (self.executed or self.restored or self.written)

    @property
    def only_restored(self) -> bool:
        """Whether stages were restored, none was executed, and the script wrote nothing."""
        return self.known and bool(self.restored) and not (self.executed or self.written)


def heard(statement: Any) -> Provenance | None:
    """Return the provenance in an agent's last message, which may be anything. None where it has none; unknown where it
    is invalid."""
    if statement is None:
        return None
    try:
        executed, restored, skipped = (tuple(statement[kind]) for kind in ("executed", "restored", "skipped"))
        written = dict(statement["written"])
        failed = tuple(statement.get("failed", ()))  # agents of an older version list failed stages as executed
        names = [*executed, *restored, *skipped, *failed, *written, *written.values()]
        fits = len(names) <= 3 * MOST and all(isinstance(name, str) and len(name) <= LONGEST for name in names)
        fits = fits and sum(len(name.encode("utf-8", "replace")) for name in names) <= ALL
        return (
            Provenance(statement["known"] is True, executed, restored, skipped, failed, written)
            if fits
            else Provenance()
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return Provenance()


def origins(before: Snapshot, after: Snapshot, provenance: Provenance) -> Mapping[str, Made]:
    """Return what made each declared metric and plot file of `after`.

    `NOTHING` is said only of a file with the baseline's numbers. Where they differ something made them, which nobody
    saw.
    """
    if not provenance.known:
        return {}
    numbers = {each.path: each.values for each in before.metrics}
    rows = {each.id: each.rows for each in before.plots}
    declared = [(each.path, each.values == numbers.get(each.path)) for each in after.metrics]
    declared += [(path, each.rows == rows.get(each.id)) for each in after.plots for path in each.files]
    found = {path: _made(path, after, provenance) for path, _ in declared}
    otherwise = {path for path, is_same in declared if not is_same and found[path] in (Made.NOTHING, Made.SKIPPED)}
    return found | dict.fromkeys(otherwise, Made.UNKNOWN)


def remembered(provenance: Provenance, origins: Mapping[str, Made]) -> Provenance:
    """Return what is kept with a run: its provenance, and of `origins` the files that the run did not make.

    Where the names of these are too long it is unknown, since a part of them would call the others made.
    """
    found = {path: made for path, made in origins.items() if made in (Made.NOTHING, Made.SKIPPED)}
    return replace(provenance, origins=found) if len(fitting(found, KEPT_NAMES)) == len(found) else Provenance()


def left_by(snapshot: Snapshot, provenance: Provenance | None) -> Snapshot:
    """Return the snapshot of a run's commit with what made its files."""
    return replace(snapshot, origins=provenance.origins) if provenance else snapshot


def own(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot without metrics that nothing of its run made: those are its baseline's."""
    return replace(snapshot, metrics=tuple(each for each in snapshot.metrics if each.path not in snapshot.unmade))


def lost(after: Snapshot, provenance: Provenance | None) -> tuple[str, ...]:
    """Return the outputs of the run that nothing keeps. Those of stages that did not run are left out."""
    if provenance is None or not provenance.known:
        return after.lost
    ran = {*provenance.executed, *provenance.restored}
    made = {out for stage in after.stages if stage.name in ran for out in stage.outs}
    return tuple(path for path in after.lost if path in made)


def unheard(before: Snapshot, experiment: Experiment, provenance: Provenance | None) -> tuple[Override, ...]:
    """Return the overrides that change a value and that no stage which ran lists, so that DVC ran nothing for them.
    `before`: the baseline's snapshot."""
    changed = [each for each in experiment.change.overrides if each.value != each.before]
    if not experiment.execution.by_dvc or experiment.change.composed or not before.stages:
        return ()
    blind = unread(before, changed)
    if provenance is None or not provenance.known:
        return blind
    ran = {*provenance.executed, *provenance.restored}

    def passed_by(each: Override) -> bool:
        readers = {*reading(each, before)}
        return bool(readers) and not readers & ran

    return tuple(each for each in changed if each in blind or passed_by(each))


def _made(path: str, after: Snapshot, provenance: Provenance) -> Made:
    for file, writer in provenance.written.items():
        if is_inside(path, [file]) or is_inside(file, [path]):
            return Made.EXECUTED if writer else Made.SCRIPT
    stage = next((each for each in after.stages if is_inside(path, each.outs)), None)
    if stage is None:
        return Made.NOTHING
    if stage.name in provenance.executed:
        # DVC removes an output before it runs its stage, unless that is to stay.
        return Made.NOTHING if is_inside(path, after.persisted) else Made.EXECUTED
    if stage.name in provenance.restored:
        return Made.RESTORED
    return Made.SKIPPED if stage.name in provenance.skipped else Made.NOTHING
