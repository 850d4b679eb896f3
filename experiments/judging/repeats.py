"""An experiment trained several times with other seeds, compared with its baseline at the same seeds, to tell it from
chance."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, stdev

from experiments.judging.comparability import barred, withheld
from experiments.judging.comparison import Comparison, arranged, beside, measured, param_changes, traced, whole
from experiments.judging.delta import Bar, Delta, Verdict, weigh
from experiments.judging.gates import failing
from experiments.judging.metrics import number
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Made, Reading, Snapshot
from experiments.wording import Sides

LEVEL = 0.95
MOST = 50  # most seeds of one request
SIDES = Sides("the baseline's repeats", "these repeats")


@dataclass(frozen=True)
class Repeated:
    """One metric over the same seeds on both sides. Its delta has the means, and the interval decides its verdict."""

    delta: Delta
    before: tuple[float, ...]  # values of the baseline, by seed; empty where it was not repeated
    after: tuple[float, ...]
    interval: tuple[float, float] | None = None  # of the mean difference; None of fewer than two pairs


@dataclass(frozen=True)
class Repeats:
    """All metrics over the seeds that both sides have. Where one side has none, over the seeds that were trained."""

    seeds: tuple[int, ...]
    metrics: tuple[Repeated, ...]  # in the order of the comparison's deltas
    comparison: Comparison
    before: Mapping[int, Snapshot] = field(default_factory=dict)  # of the baseline by seed, whether in a pair or not
    after: Mapping[int, Snapshot] = field(default_factory=dict)

    @property
    def primary(self) -> Repeated | None:
        return self.metrics[0] if self.metrics else None


def spread(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation, with n - 1 in the denominator. None of fewer than two values, or where one
    is not finite."""
    return stdev(values) if len(values) > 1 and all(map(math.isfinite, values)) else None


def paired_interval(before: Sequence[float], after: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of the mean paired difference, in the metric's unit.

    It is Student's t with n - 1 degrees of freedom: mean ± t(0.975, n - 1) · s / √n. None of fewer than two pairs,
    where a value is not finite, and where one side is the same for every seed: nothing is known of chance then.
    """
    differences = [right - left for left, right in zip(before, after, strict=True)]
    deviation = spread(differences)
    if deviation is None or not spread(before) or not spread(after):
        return None
    # Imported here: SciPy takes a third of a second to load, and only judging repeats needs it.
    from scipy.special import stdtrit

    count, mean = len(differences), fmean(differences)
    half = float(stdtrit(count - 1, (1 + LEVEL) / 2)) * deviation / math.sqrt(count)
    return mean - half, mean + half


def repeats(before: Mapping[int, Snapshot], after: Mapping[int, Snapshot], config: RepoConfig) -> Repeats:
    """Compare snapshots by seed. Where `before` and `after` share no seed there are only the means of `after`, or where
    that is empty, of `before`."""
    common = tuple(sorted(before.keys() & after.keys()))
    seeds = common or tuple(sorted(after or before))
    right = [(after or before)[seed] for seed in seeds]
    left = [before[seed] for seed in common]
    bars: dict[str, Bar] = {}
    for pair in zip(left, right, strict=bool(left)):
        bars = barred(*pair, SIDES) | bars
    metrics = {(each.delta.file, each.delta.name): each for each in _metrics(left, right, config, bars)}
    deltas = arranged([each.delta for each in metrics.values()], config)
    compared = _comparison(deltas, left, right, config, bars)
    return Repeats(seeds, tuple(metrics[delta.file, delta.name] for delta in deltas), compared, before, after)


def _metrics(
    left: Sequence[Snapshot], right: Sequence[Snapshot], config: RepoConfig, bars: Mapping[str, Bar]
) -> list[Repeated]:
    """Return every metric that is a number in all snapshots."""
    numbers = [{place: number(value) for place, value in measured(each).items()} for each in (*left, *right)]
    found = []
    sides_made = [each.origins for each in (*left, *right)]
    for file, name in numbers[0] if numbers else ():
        values = [each.get((file, name)) for each in numbers]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            continue
        sides = tuple(known[: len(left)]), tuple(known[len(left) :])
        kinds = [made.get(file, Made.UNKNOWN) for made in sides_made]
        made = next((kind for kind in (Made.NOTHING, Made.SKIPPED) if kind in kinds), kinds[0])
        repeated = _repeated(file, name, *sides, config)
        found.append(replace(repeated, delta=withheld(traced(repeated.delta, made), bars)))
    return found


def _repeated(
    file: str, name: str, before: tuple[float, ...], after: tuple[float, ...], config: RepoConfig
) -> Repeated:
    means = fmean(before) if before else None, fmean(after)
    delta = weigh(file, name, means, (Reading.READ, Reading.READ), config.rule(file, name))
    interval = paired_interval(before, after) if before else None
    differs = interval is not None and (interval[0] > 0 or interval[1] < 0)
    if delta.verdict in (Verdict.BETTER, Verdict.WORSE) and not differs:
        delta = replace(delta, verdict=Verdict.WITHIN_NOISE)
    return Repeated(delta, before, after, interval)


def _comparison(
    deltas: tuple[Delta, ...],
    left: Sequence[Snapshot],
    right: Sequence[Snapshot],
    config: RepoConfig,
    bars: Mapping[str, Bar],
) -> Comparison:
    """Return the comparison of both sides. A metric is not comparable where it is not in one of the pairs."""
    if not right:
        return Comparison((), (), Verdict.NOT_COMPARABLE, "None of them measured anything.")
    verdict, reason = whole(deltas, config, SIDES)
    params = param_changes(left[0], right[0]) if left else ()
    return Comparison(
        deltas, params, verdict, reason, beside(bars, reason), failing(config.gate, deltas, right[0], SIDES)
    )
