"""Which experiment of a sweep is best, and by what."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from experiments.comparison import Comparison, Delta, is_primary
from experiments.config import RepoConfig
from experiments.evaluation import other_evaluation
from experiments.metrics import number
from experiments.sentences import Sides, quoted
from experiments.snapshot import Snapshot


@dataclass(frozen=True)
class Measured:
    """One member of a sweep that has numbers."""

    name: str
    after: Snapshot
    comparison: Comparison  # with the baseline

    def delta(self, file: str, name: str) -> Delta | None:
        """One metric of it."""
        return next((each for each in self.comparison.deltas if (each.file, each.name) == (file, name)), None)

    def value(self, file: str, name: str) -> float:
        """Of one metric; NaN where it has none."""
        delta = self.delta(file, name)
        found = number(delta.after) if delta else None
        return math.nan if found is None else found


@dataclass(frozen=True)
class Ranking:
    """Members by their primary metric, the best first."""

    file: str = ""
    metric: str = ""
    better: str = ""  # higher | lower
    order: tuple[Measured, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)  # name -> why it has no place: a sentence
    reason: str = ""  # why there is no order at all: a sentence

    @property
    def best(self) -> Measured | None:
        return self.order[0] if self.order else None


def rank(members: Sequence[Measured], config: RepoConfig) -> Ranking:
    """The order of these members. Stale ones and those measured on other data or by other code have no place in it."""
    leading = [delta for each in members if (delta := each.comparison.primary) and delta.after is not None]
    named = [delta for delta in leading if is_primary(delta, config)]
    known = named if config.primary else [delta for delta in leading if delta.better]
    if not members:
        return Ranking(reason="None of them measured anything.")
    if not known and config.primary:
        return Ranking(reason=f"None of them measured {quoted(config.primary)}, the configured primary metric.")
    if not known or not known[0].better:
        what = f"whether {quoted(leading[0].name)}" if leading else "of any metric whether it"
        return Ranking(
            reason=f"Nobody said {what} is better higher or lower: `.github/studio.yml` can, under `metrics`."
        )
    file, metric, better = known[0].file, known[0].name, known[0].better
    placed: list[tuple[float, Measured]] = []
    left_out: dict[str, str] = {}
    for each in members:
        value = each.value(file, metric)
        doubt = _doubt(placed[0][1] if placed else None, each, file)
        if not math.isfinite(value):
            left_out[each.name] = f"It has no finite {quoted(metric)}."
        elif doubt:
            left_out[each.name] = doubt
        else:
            placed.append((value, each))
    placed.sort(key=lambda pair: pair[0], reverse=better == "higher")
    return Ranking(file, metric, better, tuple(each for _, each in placed), left_out)


def _doubt(first: Measured | None, each: Measured, file: str) -> str:
    if each.after.stale:
        return f"Its commit is stale: {quoted(each.after.stale[0])} changed after its numbers were made."
    if first is None:
        return ""
    sides = Sides(quoted(first.name), quoted(each.name))
    return other_evaluation(first.after, each.after, {file}, sides)
