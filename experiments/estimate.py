"""When the runs that wait in a queue may be through, estimated from the durations of earlier runs."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Estimate:
    """An estimate in seconds; `starts` and `through` count from now."""

    each: float  # duration of a run: the median of earlier ones
    known: int  # number of earlier runs
    starts: tuple[float, ...]  # when each of the waiting runs may begin
    through: float  # when the last one may be through


def estimate(earlier: Sequence[float], running: Sequence[float], waiting: int, at_once: int) -> Estimate | None:
    """Return an estimate, or None where no earlier run is known.

    `earlier`: seconds that earlier runs took. `running`: seconds that runs under way have taken so far. `at_once`: how
    many train at the same time.
    """
    if not earlier or at_once < 1:
        return None
    each = median(earlier)
    left = sorted(max(0.0, each - taken) for taken in running)
    free = [0.0] * max(0, at_once - len(left)) + left
    heapq.heapify(free)
    starts = []
    for _ in range(waiting):
        start = heapq.heappop(free)
        starts.append(start)
        heapq.heappush(free, start + each)
    return Estimate(each, len(earlier), tuple(starts), max(free, default=0.0))
