"""Places for requests that occupy a thread of the web process for long, in turns, so that nobody takes them all."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from bot.errors import TryLater

SMALL = 1024 * 1024  # bytes of a body that arrives whole before a thread has it: more than a heartbeat has
PLACES = 4  # places of one kind
SHARE = 2  # places of one kind that one repository may have
SETTLED = 20.0  # seconds after which a client's pace is known
FAST = 250_000  # bytes a second that a client has to reach by then, where others wait
EXPECTED = 75.0  # seconds for which somebody refused is expected: an agent asks every 30, here or in another process
LATELY = 600.0  # seconds after which it makes no difference that a repository had a place


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
        """Return the pace as a part of what is demanded: below 1, it has to make room for those who wait.

        Demanded is FAST after SETTLED seconds, twice that after twice the time, and so on: so the longer somebody
        keeps a place, the more it takes to do so. Infinite while the pace is not known, or while the thread does not
        wait for the client.
        """
        took = self._clock() - self._began if self._began is not None else 0.0
        return self._size / took / (FAST * took / SETTLED) if took > SETTLED else float("inf")


class Places:
    """The places of one kind of request in one process.

    Repositories that were refused and have no place take turns: the next free place is kept for the one whose last
    place is the longest ago.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._taken: set[TakenPlace] = set()
        self._waiting: dict[int, float] = {}  # repository -> when it was refused last; the first refused first
        self._kept: dict[int, float] = {}  # repository -> until when a free place is kept for it
        self._had: dict[int, float] = {}  # repository -> when it last gave a place back

    def take(self, run: str, repository: int) -> TakenPlace:
        """Take a place for a run.

        Raise TryLater where the run has one already, where its repository has its share, or where all are taken or
        kept for others; in the last case, slow ones are told to make room.
        """
        with self._lock:
            if any(each.run == run for each in self._taken):
                raise TryLater("another such request of this run is on its way", 5)
            own = sum(each.repository == repository for each in self._taken)
            if own >= SHARE:
                raise TryLater("other such requests of this repository are on their way", 5)
            self._pass_on()
            if self._kept.pop(repository, None) is None and self._is_full():
                if not own:
                    self._waiting[repository] = self._clock()
                self._take_back()
                raise TryLater("too many requests are on their way", 5)
            place = TakenPlace(run, repository, self._clock)
            self._taken.add(place)
            return place

    def leave(self, place: TakenPlace) -> None:
        """Give a place back; doing so twice is harmless."""
        with self._lock:
            if place in self._taken:
                self._taken.remove(place)
                self._had[place.repository] = self._clock()
                self._pass_on()

    def _is_full(self) -> bool:
        return len(self._taken) + len(self._kept) >= PLACES

    def _pass_on(self) -> None:
        """Keep what is free for those who wait. A place that nobody came for was that repository's turn, too."""
        now = self._clock()
        self._had |= {repository: until for repository, until in self._kept.items() if until < now}
        self._had = {repository: when for repository, when in self._had.items() if now - when < LATELY}
        self._kept = {repository: until for repository, until in self._kept.items() if until >= now}
        self._waiting = {repository: when for repository, when in self._waiting.items() if now - when <= EXPECTED}
        while self._waiting and not self._is_full():
            following = min(self._waiting, key=lambda repository: self._had.get(repository, float("-inf")))
            del self._waiting[following]
            self._kept[following] = now + EXPECTED

    def _take_back(self) -> None:
        """Tell as many to make room as others wait, the slowest first."""
        for each in sorted(self._taken, key=lambda each: each.pace):
            if sum(each.over for each in self._taken) < len(self._waiting):
                each.over = each.over or each.pace < 1
