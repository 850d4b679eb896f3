"""How an experiment's numbers stand against its baseline's: deltas and a verdict."""

from dataclasses import dataclass
from enum import StrEnum

from experiments.snapshot import Reading, Value


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


@dataclass(frozen=True)
class ParamChange:
    """One parameter that differs."""

    file: str
    key: str
    before: Value
    after: Value


@dataclass(frozen=True)
class Comparison:
    """Baseline against experiment."""

    deltas: tuple[Delta, ...]  # the primary metric first
    params: tuple[ParamChange, ...]
    verdict: Verdict
    reason: str = ""  # why it is not comparable: a sentence
    stale: tuple[str, ...] = ()

    @property
    def primary(self) -> Delta | None:
        return self.deltas[0] if self.deltas else None
