"""Runs as the overview and the commit status list them: one by one, those of a sweep together."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.experiment import Override
from experiments.judging.comparison import Comparison
from experiments.offering import Offer
from experiments.run import BEFORE, Run, State
from experiments.sweep import Sweep


@dataclass(frozen=True)
class Line:
    """One run, and what came of it."""

    run: Run
    comparison: Comparison | None  # with its own baseline; None where it made nothing
    failing: tuple[str, ...] = ()  # gates that do not hold
    offer: Offer = Offer.ALL  # how much of it the branch may get
    unheard: tuple[Override, ...] = ()  # parameters it set and no stage lists that ran

    @property
    def project(self) -> str:
        """Its folder."""
        return self.run.experiment.project


@dataclass(frozen=True)
class SweepLine:
    """All runs of a sweep, and what came of them."""

    sweep: Sweep
    result: str  # plain text; empty while it is not over
    table: int  # id of the comment that holds them all
    best: str = ""  # name of the best one
    failing: tuple[str, ...] = ()  # gates that do not hold for it

    @property
    def project(self) -> str:
        """Its folder."""
        return self.sweep.runs[0].experiment.project

    @property
    def lines(self) -> tuple[Line, ...]:
        """Each of its runs."""
        runs = self.sweep.runs
        return tuple(Line(run, None, self.failing if run.experiment.name == self.best else ()) for run in runs)


Lines = tuple[Line | SweepLine, ...]


def each_run(lines: Lines) -> list[Line]:
    """Those of sweeps, too."""
    return [one for line in lines for one in (line.lines if isinstance(line, SweepLine) else (line,))]


def counted(runs: Sequence[Run]) -> str:
    """`3 under way, 2 queued`; empty where all are over. What `/start` has to start is not waited for."""
    active = [run for run in runs if not run.state.ended and run.state is not State.HELD]
    queued = sum(run.state in BEFORE for run in active)
    numbers = ((len(active) - queued, "under way"), (queued, "queued"))
    return ", ".join(f"{number} {words}" for number, words in numbers if number)
