"""Limit how long a property is tried, and how long it may take for one example."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, settings

MINUTES = float(os.environ.get("FUZZ_MINUTES", "0"))  # of each file of this folder; 0: a fixed number of examples
_ROUND = 100  # examples between two looks at the clock
_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]


class TooSlow(Exception):
    """One example took more processor time than it may."""


def tried(examples: int) -> Callable[[Any], Any]:
    """Return the settings of a property: a fixed number of examples, always the same; with FUZZ_MINUTES a round of
    random ones.
    """
    if not MINUTES:
        # No failure is explained here: that takes as long again, and `make fuzz` has the time for it.
        phases = (Phase.explicit, Phase.generate, Phase.shrink)
        return settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            phases=phases,
            suppress_health_check=_SLOW,
        )
    return settings(max_examples=_ROUND, deadline=None, derandomize=False, print_blob=True, suppress_health_check=_SLOW)


def rounds(seconds: float) -> Iterator[None]:
    """Yield one round at least, then others until the time is over."""
    ends = monotonic() + seconds
    yield
    while monotonic() < ends:
        yield


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop what takes more than so many seconds of the processor; it fails, so that its example is found and kept.

    The processor's time counts, not the clock's: a machine that is busy with other work makes no example slow.
    """

    def over(_: int, frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
