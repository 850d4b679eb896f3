"""When what waits in a queue may be through, from how long earlier runs took."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Estimate:
    """Seconds from now on."""

    each: float  # what a run takes: the median of earlier ones
    known: int  # how many earlier ones
    starts: tuple[float, ...]  # when each of those that wait may begin
    through: float  # when the last one may be through


def estimate(earlier: Sequence[float], running: Sequence[float], waiting: int, at_once: int) -> Estimate | None:
    """None where nothing is known of earlier runs. `running`: seconds that those under way have taken already;
    `at_once`: how many train at the same time."""
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
