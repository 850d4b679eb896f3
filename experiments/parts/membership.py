"""Which sweep an experiment is of, and what it repeats there."""

from dataclasses import dataclass

THIS, BASELINE = "this", "baseline"  # what a repeat trains again


@dataclass(frozen=True)
class Membership:
    """A place in a sweep. As it is by default, it is of none."""

    name: str = ""  # of the sweep: `slow` of `slow-1`, `slow-2`
    number: int = 0  # in its sweep, from 1
    repeats: str = ""  # THIS or BASELINE: what it repeats with another seed; empty: it is no repeat
    seed: int = 0  # seed of a repeat
