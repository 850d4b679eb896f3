"""How often something may be asked for, counted in one web process."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from math import ceil
from threading import Lock
from time import monotonic


class TooOften(Exception):
    """Says that something was asked for too often. It may be asked for again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"this was asked for too often; again in {seconds} s")
        self.seconds = seconds


class Quota:
    """How often each of many askers may ask within a time, which begins when one first asks."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._lock = Lock()
        self._asked: dict[Hashable, tuple[float, int]] = {}  # asker -> when the time is over, how often they asked

    @contextmanager
    def counting(self, asker: Hashable) -> Iterator[None]:
        """Count one more request at its end, unless it fails. Raise TooOften at its beginning where the asker has none
        left."""
        with self._lock:
            now = self._clock()
            until, asked = self._known(asker, now)
            if asked >= self._most:
                raise TooOften(ceil(until - now))
        yield
        with self._lock:
            until, asked = self._known(asker, self._clock())
            self._asked[asker] = until, asked + 1

    def _known(self, asker: Hashable, now: float) -> tuple[float, int]:
        self._asked = {each: known for each, known in self._asked.items() if known[0] > now}
        return self._asked.get(asker, (now + self._seconds, 0))
