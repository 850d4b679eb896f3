"""Runs in the form in which the overview and the commit status list them: one by one, or a sweep together."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.judging.comparison import Comparison
from experiments.offering import Offer
from experiments.parts.change import Override
from experiments.run import Run
from experiments.run_state import BEFORE, RunState
from experiments.sweep import Sweep


@dataclass(frozen=True)
class RunRow:
    """One run and its outcome."""

    run: Run
    comparison: Comparison | None  # with its own baseline; None where it made no commit
    failing: tuple[str, ...] = ()  # gates that do not hold
    offer: Offer = Offer.ALL  # how much of it the branch may get
    unheard: tuple[Override, ...] = ()  # parameters that it set and that no stage which ran lists

    @property
    def project(self) -> str:
        """Folder of its project."""
        return self.run.experiment.project


@dataclass(frozen=True)
class SweepLine:
    """All runs of a sweep and their outcome."""

    sweep: Sweep
    result: str  # plain text; empty until it is over
    table: int  # id of the comment with the table of its members
    best: str = ""  # name of the best member
    failing: tuple[str, ...] = ()  # gates that do not hold for the best member

    @property
    def project(self) -> str:
        """Folder of its project."""
        return self.sweep.runs[0].experiment.project

    @property
    def lines(self) -> tuple[RunRow, ...]:
        """A line for each of its runs."""
        runs = self.sweep.runs
        return tuple(RunRow(run, None, self.failing if run.experiment.name == self.best else ()) for run in runs)


Lines = tuple[RunRow | SweepLine, ...]


def each_run(lines: Lines) -> list[RunRow]:
    """Return a line for each run, also for those of sweeps."""
    return [one for line in lines for one in (line.lines if isinstance(line, SweepLine) else (line,))]


def counted(runs: Sequence[Run]) -> str:
    """Return the numbers of active runs: `3 under way, 2 queued`. Empty where all are over. Runs that wait for `/start`
    do not count."""
    active = [run for run in runs if not run.state.ended and run.state is not RunState.HELD]
    queued = sum(run.state in BEFORE for run in active)
    numbers = ((len(active) - queued, "under way"), (queued, "queued"))
    return ", ".join(f"{number} {words}" for number, words in numbers if number)
