"""The values that a sweep's report is made of, before they are put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.hosts import Host
from experiments.judging.ranking import Measured, Ranking
from experiments.judging.repeats import Repeats
from experiments.settings.repo_config import RepoConfig
from experiments.sweep import Sweep, configured
from reports.run.report import Picture


@dataclass(frozen=True)
class SweepReport:
    """A sweep, the results of its members, and their order."""

    sweep: Sweep
    config: RepoConfig
    measured: Mapping[str, Measured]  # by the member's name
    ranking: Ranking
    failed: Mapping[str, str] = field(default_factory=dict)  # name -> the last line of its log, or the reason
    doubts: tuple[str, ...] = ()  # sentences about the baseline
    pictures: tuple[Picture, ...] = ()
    repeats: Repeats | None = None  # set where the members are repeats of one experiment and of its baseline

    @property
    def host(self) -> Host:
        """The Git host where it is reported."""
        return self.sweep.runs[0].experiment.repository.host

    @property
    def best(self) -> str:
        """Name of the member that is worth landing. Of repeats it is the one with the configured seed, never the
        luckiest."""
        if self.repeats:
            return configured(self.sweep)
        return self.ranking.best.name if self.ranking.best else ""

    def unfit(self, name: str) -> str:
        """Return why no branch may get this member. Empty where one may."""
        return next((run.result.unfit for run in self.sweep.runs if run.experiment.name == name), "")

    @property
    def failing(self) -> tuple[str, ...]:
        """The gates that do not hold for the best member. Other members are not looked at."""
        if self.repeats:
            return self.repeats.comparison.failing
        return self.ranking.best.comparison.failing if self.ranking.best else ()
