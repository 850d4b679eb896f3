"""How long a property is tried, and how long it may think about one example."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, settings

MINUTES = float(os.environ.get("FUZZ_MINUTES", "0"))  # of each file of this folder; 0: a bounded number of examples
_ROUND = 100  # examples between two looks at the clock
_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]


class TooSlow(Exception):
    """One example took more of the processor than it may."""


def tried(examples: int) -> Callable[[Any], Any]:
    """Settings of a property: so many examples, always the same; with FUZZ_MINUTES a round of random ones."""
    if not MINUTES:
        # Nothing is explained of a failure here: that takes as long again, and `make fuzz` has the time for it.
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
    """One round at least, then others until the time is over."""
    ends = monotonic() + seconds
    yield
    while monotonic() < ends:
        yield


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What takes more than so much of the processor is stopped and fails, so that its example is found and kept.

    The processor's time, not the clock's: a machine that is busy with other things makes no example slow.
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
