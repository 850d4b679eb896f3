"""`.github/studio.yml` of a repository's base branch: how its experiments run and how its numbers are judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MetricRule:
    """How one metric is judged."""

    better: str = ""  # higher | lower | "" (from the usual names)
    noise: float = 0.0  # differences up to this, in the metric's own unit, are noise


@dataclass(frozen=True)
class RepoConfig:
    """The repository's own settings. Every field has a default: a repository without the file works."""

    primary: str = ""  # name of the metric the verdict leads with; empty: the first one
    metrics: Mapping[str, MetricRule] = field(default_factory=dict)
    script: str = ""  # what trains; empty: dvc exp run
    timeout: int = 7200  # seconds a run may take
    problems: tuple[str, ...] = ()  # sentences about what the file gets wrong
