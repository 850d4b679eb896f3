"""One metric of two sides: the difference, and whether it is better."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from experiments.judging.metrics import direction, number
from experiments.settings.repo_config import MetricRule
from experiments.snapshot import Made, Reading, Value
from experiments.wording import RUN, Sides, opening, quoted


class Verdict(StrEnum):
    """The verdict on one metric, or on all of them together, the whole."""

    BETTER = "better"
    WORSE = "worse"
    MIXED = "mixed"  # of the whole only
    WITHIN_NOISE = "within noise"
    UNCHANGED = "unchanged"
    NOT_COMPARABLE = "not comparable"
    NO_BASELINE = "no baseline"


@dataclass(frozen=True)
class Bar:
    """Why the numbers of a metric file can't be compared, as sentences."""

    own: str  # about this file
    sentence: str  # about all files for which it is true, with their names where it is not true of others


@dataclass(frozen=True)
class Delta:
    """One metric of both sides, with its difference and verdict."""

    file: str
    name: str
    before: Value  # None where that side has no value
    after: Value
    difference: float | None  # after - before, where both are finite numbers
    better: str  # higher | lower | "" where the direction is not known
    verdict: Verdict
    noise: float = 0.0
    before_reading: Reading = Reading.READ
    after_reading: Reading = Reading.READ
    bookkeeping: bool = False  # a count of steps beside results: shown last, never judged
    made: Made = Made.UNKNOWN  # what made it on the experiment's side
    bar: Bar | None = None

    @property
    def is_text(self) -> bool:
        """Whether no side has a number. Text can be equal, but not better or worse."""
        return number(self.before) is None and number(self.after) is None

    @property
    def only_differs(self) -> bool:
        """Whether the number differs and its direction is not known."""
        return self.verdict is Verdict.NOT_COMPARABLE and bool(self.difference) and not (self.better or self.bar)

    @property
    def foreign(self) -> bool:
        """Whether nothing of the run made it. It is then the baseline's number on both sides, which is never judged."""
        return self.made in (Made.SKIPPED, Made.NOTHING)


def weigh(
    file: str, name: str, values: tuple[Value, Value], readings: tuple[Reading, Reading], rule: MetricRule
) -> Delta:
    """Judge the metric `name` of `file`. `values` and `readings` are those of baseline and experiment; a value is None
    where that side has none."""
    left, right = map(number, values)
    better = rule.better or direction(name)
    change = None
    if left is not None and right is not None and math.isfinite(right - left):
        change = right - left
    delta = Delta(file, name, *values, change, better, Verdict.UNCHANGED, rule.noise, *readings)
    return replace(delta, verdict=_verdict(delta))


def _verdict(delta: Delta) -> Verdict:
    """Return the verdict on one metric. NaN and infinities have no order, so they are not comparable."""
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
    """Return whether two values are equal as a file writes them: `1` equals `1.0`, `1` does not equal `true`, and NaN
    equals NaN."""
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
    """Return why one metric is not comparable: a sentence, empty where it is."""
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
        return f"{name} is text on one side or both: it can be equal, but not better."
    return (
        f"Nothing says whether {name} is better when higher or when lower: `.github/studio.yml` can, under `metrics`."
    )
