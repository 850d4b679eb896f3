"""The figures of a row of the bench, each beside its counterpart and its goal.

A row that needs no running bot is a module with `figures(rounds: int) -> tuple[Figure, ...]`, and can be
measured alone: `python -m bench.webhook`.
"""

from dataclasses import dataclass
from statistics import median
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """A bound of the median: of the ratio (ours divided by the counterpart's), or of our own figure in its unit."""

    bound: float
    of: Literal["ratio", "ours"] = "ratio"
    side: Literal["at most", "at least"] = "at most"

    def holds(self, value: float) -> bool:
        """Return whether a value is within the bound."""
        return value <= self.bound if self.side == "at most" else value >= self.bound


@dataclass(frozen=True)
class Figure:
    """One line of the table. A row may have several, such as a rate and the 99th percentile of the same requests."""

    row: str  # as ONLY= takes it: sweep, webhook …
    what: str  # is measured, in words: `comment to report`
    unit: str  # s, ms, /s, MB
    ours: tuple[float, ...]  # one value a round
    theirs: tuple[float, ...] = ()  # the counterpart's, of the same rounds; empty: there is none, or it is missing
    counterpart: str = ""  # what people would use instead; empty: nothing
    missing: str = ""  # why the counterpart was not measured, such as `npm cannot install it: …`
    goals: tuple[Goal, ...] = ()

    def __post_init__(self) -> None:
        if not self.ours or (self.theirs and len(self.theirs) != len(self.ours)):
            raise ValueError(f"{self.row}: {len(self.ours)} rounds of ours, {len(self.theirs)} of the counterpart.")
        if self.counterpart and not (self.theirs or self.missing):
            raise ValueError(f"{self.row}: say why {self.counterpart} was not measured.")

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours divided by the counterpart's, for each round; empty without a counterpart."""
        return tuple(one / other for one, other in zip(self.ours, self.theirs, strict=False))

    @property
    def met(self) -> bool | None:
        """Whether every goal is met. None: there is none. What could not be compared is not met."""
        if not self.goals:
            return None
        if self.missing:
            return False
        values = {"ours": self.ours, "ratio": self.ratios}
        return all(bool(values[one.of]) and one.holds(median(values[one.of])) for one in self.goals)
