"""One metric beside itself: the difference, and whether it is better."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from experiments.judging.metrics import direction, number
from experiments.settings.config import MetricRule
from experiments.snapshot import Made, Reading, Value
from experiments.wording import RUN, Sides, opening, quoted


class Verdict(StrEnum):
    """Of one metric, or (all of them) of the whole."""

    BETTER = "better"
    WORSE = "worse"
    MIXED = "mixed"  # the whole only
    WITHIN_NOISE = "within noise"
    UNCHANGED = "unchanged"
    NOT_COMPARABLE = "not comparable"
    NO_BASELINE = "no baseline"


@dataclass(frozen=True)
class Bar:
    """Why the numbers of a metric file can't be compared, whatever they are: sentences."""

    own: str  # of this file
    told: str  # of all files that it is true of; which they are, where it is not true of others


@dataclass(frozen=True)
class Delta:
    """One metric of both sides."""

    file: str
    name: str
    before: Value  # None where there is none
    after: Value
    difference: float | None  # after - before, where both are finite numbers
    better: str  # higher | lower | "" where the direction is not known
    verdict: Verdict
    noise: float = 0.0
    before_reading: Reading = Reading.READ
    after_reading: Reading = Reading.READ
    bookkeeping: bool = False  # a count of steps beside results: shown last, and neither counted nor judged
    made: Made = Made.UNKNOWN  # of the experiment's side
    bar: Bar | None = None

    @property
    def is_text(self) -> bool:
        """No side has a number: it can be equal, and nothing else."""
        return number(self.before) is None and number(self.after) is None

    @property
    def only_differs(self) -> bool:
        """It is another number, and nobody said which way is better."""
        return self.verdict is Verdict.NOT_COMPARABLE and bool(self.difference) and not (self.better or self.bar)

    @property
    def foreign(self) -> bool:
        """Nothing of the run made it: it is the baseline's number on both sides, which is never judged."""
        return self.made in (Made.SKIPPED, Made.NOTHING)


def weigh(
    file: str, name: str, values: tuple[Value, Value], readings: tuple[Reading, Reading], rule: MetricRule
) -> Delta:
    """The metric `name` of `file`: values and readings of baseline and experiment; None where a side has no value."""
    left, right = map(number, values)
    better = rule.better or direction(name)
    change = None
    if left is not None and right is not None and math.isfinite(right - left):
        change = right - left
    delta = Delta(file, name, *values, change, better, Verdict.UNCHANGED, rule.noise, *readings)
    return replace(delta, verdict=_verdict(delta))


def _verdict(delta: Delta) -> Verdict:
    """NaN and infinities have no place in an order: whatever stands beside them is not comparable."""
    if delta.after is None or delta.before_reading in (Reading.NOT_FETCHED, Reading.UNREADABLE):
        return Verdict.NOT_COMPARABLE
    if delta.before is None:
        return Verdict.NO_BASELINE
    if number(delta.before) is None or number(delta.after) is None:
        return Verdict.UNCHANGED if same(delta.before, delta.after) else Verdict.NOT_COMPARABLE
    if delta.difference is None:
        return Verdict.NOT_COMPARABLE
    if math.isclose(delta.before, delta.after, rel_tol=1e-12):
        return Verdict.UNCHANGED
    if abs(delta.difference) <= delta.noise or math.isclose(abs(delta.difference), delta.noise, rel_tol=1e-9):
        return Verdict.WITHIN_NOISE
    if not delta.better:
        return Verdict.NOT_COMPARABLE
    return Verdict.BETTER if (delta.difference > 0) == (delta.better == "higher") else Verdict.WORSE


def same(before: Value, after: Value) -> bool:
    """Equal as a file writes them: `1` and `1.0` are, `1` and `true` are not, and a NaN is like another."""
    if isinstance(before, bool) is not isinstance(after, bool):
        return False
    if isinstance(before, float) and isinstance(after, float) and math.isnan(before) and math.isnan(after):
        return True
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(same(before[key], after[key]) for key in before)
    return bool(before == after)


def doubt(delta: Delta, sides: Sides = RUN) -> str:
    """Why one metric is not comparable; empty where it is."""
    name = quoted(delta.name)
    if delta.made is Made.SKIPPED:
        return f"{name} was not made by {sides.after}: the stage that writes {quoted(delta.file)} was skipped."
    if delta.made is Made.NOTHING:
        return f"{name} was not made by {sides.after}: nothing that ran wrote {quoted(delta.file)}."
    if delta.verdict is not Verdict.NOT_COMPARABLE:
        return ""
    if delta.bar:
        return delta.bar.own
    for side, reading in ((sides.after, delta.after_reading), (sides.before, delta.before_reading)):
        if reading in (Reading.NOT_FETCHED, Reading.UNREADABLE):
            return f"{quoted(delta.file)} of {side}, which holds {name}, is {reading}."
    if delta.after is None:
        return f"{opening(sides.before)} has {name} and {sides.after} has not."
    for side, value in ((sides.after, number(delta.after)), (sides.before, number(delta.before))):
        if value is not None and not math.isfinite(value):
            return f"{name} of {side} is no finite number."
    if delta.difference is None:
        return f"{name} is text on one side or both: it can be equal, and not better."
    return f"Nobody said whether {name} is better higher or lower: `.github/studio.yml` can, under `metrics`."
