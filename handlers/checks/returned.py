"""Checks of what an agent returned, from its word that nothing ran to the values in its result.

Each reads only as much as it needs, so what one of them finds keeps the rest from being read.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from bot.errors import UserError
from bot.ports.git import Bundle
from bot.ports.reading import ReadingPorts
from experiments.readiness.foretelling import passed_by, unread
from experiments.run import Ended, Run
from experiments.run_state import RunState
from experiments.snapshot import Snapshot
from handlers.checks import dvclive_entries
from handlers.checks.result import Result, read, refusal
from reports.messages import run_reasons


class Returned:
    """What the agent of a run returned. Each part is read when a check first asks for it."""

    def __init__(self, ports: ReadingPorts, run: Run) -> None:
        self.ports, self.run, self.experiment = ports, run, run.experiment

    @cached_property
    def before(self) -> Snapshot:
        """The snapshot of the baseline."""
        how = self.experiment.execution
        return self.ports.snapshots.take(
            self.experiment.repository, self.experiment.baseline, self.experiment.project, how.declared
        )

    @cached_property
    def path(self) -> Path:
        """The file of the bundle. An agent sends none where nothing is new."""
        return self.ports.files.path(self.run, "bundle")

    @cached_property
    def bundle(self) -> Bundle:
        """The verified bundle. Raise UserError where it has what no result of this run may have."""
        allowed = dvclive_entries.may_change(self.before, self.experiment.project, self.experiment)
        return self.ports.git.verify(
            self.experiment.repository, self.path, self.experiment.ref, self.experiment.baseline, allowed
        )

    @cached_property
    def taken(self) -> dvclive_entries.Taken:
        """What of the bundle's changes is kept."""
        return dvclive_entries.taken(
            self.ports.git,
            self.experiment.repository,
            self.experiment.project,
            self.experiment.baseline,
            self.bundle,
            self.experiment.execution.has_dvc,
        )

    @cached_property
    def result(self) -> Result:
        """The result. Raise UnreadResult where it could not be read this time."""
        return read(self.ports, self.run, self.before, self.bundle, self.taken)


def looked_at(ports: ReadingPorts, run: Run) -> Result | Ended:
    """Return the result of a run whose agent has ended, or how the run ends where there is none that may be kept.

    Raise UnreadResult where it could not be read this time, and RuntimeError where Hydra could not compose it for the
    comparison.
    """
    returned = Returned(ports, run)
    ended = next(filter(None, (check(returned) for check in CHECKS)), None)
    return ended or returned.result


def nothing_ran(returned: Returned) -> Ended | None:
    """End a run of which DVC skipped every stage."""
    run, provenance = returned.run, returned.run.outcome.provenance
    if not provenance or not provenance.idle:
        return None
    unheard = (*unread(returned.before, run.ignored), *passed_by(returned.before, run.experiment))
    return Ended(RunState.REUSED, run_reasons.nothing_ran(run.ignored, unheard))


def nothing_new(returned: Returned) -> Ended | None:
    """End a run whose agent sent no bundle."""
    return None if returned.path.exists() else Ended(RunState.REUSED)


def unverified(returned: Returned) -> Ended | None:
    """Refuse a bundle that has what no result may have."""
    try:
        dangerous = returned.bundle.dangerous
    except UserError as error:
        return Ended(RunState.REFUSED, error.message)
    return Ended(RunState.REFUSED, run_reasons.refused_paths(dangerous)) if dangerous else None


def unchanged(returned: Returned) -> Ended | None:
    """End a run of whose changes none is kept."""
    return None if returned.taken.changed else Ended(RunState.REUSED)


def unfit(returned: Returned) -> Ended | None:
    """Refuse a result that is not what was asked for."""
    why = refusal(returned.ports, returned.result)
    return Ended(RunState.REFUSED, why) if why else None


# Each returns how the run ends, or None. The first that ends it counts, and those after it are not asked.
CHECKS: Sequence[Callable[[Returned], Ended | None]] = (nothing_ran, nothing_new, unverified, unchanged, unfit)
