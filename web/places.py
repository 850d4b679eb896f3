"""Places for requests that occupy a thread of the web process for long, so that no holder of a token takes them all."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from bot.errors import TryLater

BEAT = 1024 * 1024  # bytes of a body that is read without a place: more than a heartbeat has
MANY = 4  # places of one kind
SHARE = 2  # places of one kind that one repository may have
SETTLED = 20.0  # seconds after which a client's pace is known
FAST = 250_000  # bytes a second; a faster client never has to make room


class TakenPlace:
    """A place that one request of a run has taken."""

    def __init__(self, run: str, repository: int, clock: Callable[[], float]) -> None:
        self.run, self.repository = run, repository
        self.over = False  # whether it has to make room for another request
        self._clock = clock
        self._began: float | None = None
        self._size = 0

    def begin(self) -> None:
        """Start measuring the pace: from here on, the thread waits for the client."""
        self._began = self._clock()

    def passed(self, size: int) -> None:
        """Count `size` more bytes as transferred. Raise TryLater where this place has to make room."""
        self._size += size
        if self.over:
            raise TryLater("the request came too slowly while others waited", 5)

    @property
    def pace(self) -> float:
        """Bytes a second; infinite while that is not known, or while the thread does not wait for the client."""
        took = self._clock() - self._began if self._began is not None else 0.0
        return self._size / took if took > SETTLED else float("inf")


class Places:
    """The places of one kind of request."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._taken: set[TakenPlace] = set()

    def take(self, run: str, repository: int) -> TakenPlace:
        """Take a place for a run.

        Raise TryLater where the run has one already, where its repository has its share, or where none is left; in
        the last case, a slow one is told to make room.
        """
        with self._lock:
            if any(each.run == run for each in self._taken):
                raise TryLater("another such request of this run is on its way", 5)
            if sum(each.repository == repository for each in self._taken) >= SHARE:
                raise TryLater("other such requests of this repository are on their way", 5)
            if len(self._taken) >= MANY:
                self._make_room()
                raise TryLater("too many requests are on their way", 5)
            place = TakenPlace(run, repository, self._clock)
            self._taken.add(place)
            return place

    def leave(self, place: TakenPlace) -> None:
        """Give a place back; doing so twice is harmless."""
        with self._lock:
            self._taken.discard(place)

    def _make_room(self) -> None:
        if not any(each.over for each in self._taken):
            slowest = min(self._taken, key=lambda each: each.pace)
            slowest.over = slowest.pace < FAST
