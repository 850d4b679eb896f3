"""Places for what keeps a thread of the web process for long, so that nobody with a token takes all of them."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from bot.errors import TryLater

BEAT = 1024 * 1024  # bytes of a body that is taken before anybody asks whose it is: more than a heartbeat has
MANY = 4  # of one kind
SHARE = 2  # of these for one repository
SETTLED = 20.0  # seconds after which it is known how fast a client is
FAST = 250_000  # bytes a second; who is faster makes room for nobody


class Place:
    """One that is taken."""

    def __init__(self, run: str, repository: int, clock: Callable[[], float]) -> None:
        self.run, self.repository = run, repository
        self.over = False  # another one wants it
        self._clock = clock
        self._began: float | None = None
        self._size = 0

    def begin(self) -> None:
        """From now on its client is waited for."""
        self._began = self._clock()

    def passed(self, size: int) -> None:
        """So many bytes more came or went. TryLater where it has to make room."""
        self._size += size
        if self.over:
            raise TryLater("this came too slowly while others waited", 5)

    @property
    def pace(self) -> float:
        """Bytes a second; without an end as long as that is not known, or not its client's affair."""
        took = self._clock() - self._began if self._began is not None else 0.0
        return self._size / took if took > SETTLED else float("inf")


class Places:
    """Those of one kind."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._taken: set[Place] = set()

    def take(self, run: str, repository: int) -> Place:
        """One for a run. TryLater where it has one, where its repository has its share, and where none is left: then
        the slowest ends."""
        with self._lock:
            if any(each.run == run for each in self._taken):
                raise TryLater("another such request of this run is on its way", 5)
            if sum(each.repository == repository for each in self._taken) >= SHARE:
                raise TryLater("other such requests of this repository are on their way", 5)
            if len(self._taken) >= MANY:
                self._make_room()
                raise TryLater("too much is on its way", 5)
            place = Place(run, repository, self._clock)
            self._taken.add(place)
            return place

    def leave(self, place: Place) -> None:
        """Give it back; twice does no harm."""
        with self._lock:
            self._taken.discard(place)

    def _make_room(self) -> None:
        if not any(each.over for each in self._taken):
            slowest = min(self._taken, key=lambda each: each.pace)
            slowest.over = slowest.pace < FAST
