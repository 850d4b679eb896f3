"""What is published about a sweep, before it is words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.hosts import Host
from experiments.judging.ranking import Measured, Ranking
from experiments.judging.repeats import Repeats
from experiments.settings.config import RepoConfig
from experiments.sweep import Sweep, configured
from reports.run.report import Picture


@dataclass(frozen=True)
class SweepReport:
    """A sweep, what its members made, and their order."""

    sweep: Sweep
    config: RepoConfig
    measured: Mapping[str, Measured]  # by name
    ranking: Ranking
    failed: Mapping[str, str] = field(default_factory=dict)  # name -> the last line of its log, or the reason
    doubts: tuple[str, ...] = ()  # about the baseline: sentences
    pictures: tuple[Picture, ...] = ()
    repeats: Repeats | None = None  # where its members are one experiment and its baseline with other seeds

    @property
    def host(self) -> Host:
        """Where it is told of."""
        return self.sweep.runs[0].experiment.repository.host

    @property
    def best(self) -> str:
        """Name of the one that is worth landing; of repeats that with the configured seed, never the luckiest."""
        if self.repeats:
            return configured(self.sweep)
        return self.ranking.best.name if self.ranking.best else ""

    def unfit(self, name: str) -> str:
        """Why no branch may get this experiment; empty where one may."""
        return next((run.unfit for run in self.sweep.runs if run.experiment.name == name), "")

    @property
    def failing(self) -> tuple[str, ...]:
        """Gates that do not hold for the best one: what is worse than it is nobody's choice."""
        if self.repeats:
            return self.repeats.comparison.failing
        return self.ranking.best.comparison.failing if self.ranking.best else ()
