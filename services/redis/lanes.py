"""Lanes for short jobs, and who has to take a slow one, so that nobody keeps the others waiting."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import cast

from redis import Redis

EVENTS = "events"  # what people ask for
REPORTS = "reports"  # what is made of it: reports, overviews, machines
SLOW = "slow"  # what is beyond a share
GUESTS = "guests"  # what people ask who cannot write, and what comes of it
LANES = (EVENTS, REPORTS, SLOW, GUESTS)
SLOWS = (SLOW, *(f"{SLOW}-{number}" for number in range(1, 16)))  # its queues; a repository fills only one
QUEUES = (EVENTS, REPORTS, *SLOWS, GUESTS)
ASIDE = (*SLOWS, GUESTS)

WINDOW = 600  # seconds in which a share is counted
OF_REPOSITORY = 240.0  # seconds of work for one repository in a window
OF_PERSON = 90.0  # seconds of work for what one person asks in one repository in a window
_WRITER = 24 * 3600  # seconds that somebody is remembered as one who may write
_NO_WRITER = 600  # seconds that somebody is remembered as one who may not


def slow_of(repository: int) -> str:
    """Return the queue of the slow lane for a repository, by its id."""
    return SLOWS[repository % len(SLOWS)]


def queues_of(lanes: Iterable[str]) -> tuple[str, ...]:
    """Return the queues of these lanes, in their order."""
    return tuple(queue for lane in lanes for queue in (SLOWS if lane == SLOW else (lane,)))


class Lanes:
    """Counts in Redis, shared by all processes."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def of_person(self, repository: int, login: str, writes: bool) -> str:
        """Return the queue for what somebody asks in a repository. `writes`: whether they may write in it."""
        if not writes:
            return GUESTS
        used_up = self._used(f"{repository}:{login}") > OF_PERSON or self._used(str(repository)) > OF_REPOSITORY
        return slow_of(repository) if used_up else EVENTS

    def of_work(self, repository: int) -> str:
        """Return the queue for what is made for a repository."""
        return slow_of(repository) if self._used(str(repository)) > OF_REPOSITORY else REPORTS

    @contextmanager
    def counted(self, repository: int, login: str = "") -> Iterator[None]:
        """Count the time of what is done inside for the repository, and for who asked for it."""
        began = monotonic()
        try:
            yield
        finally:
            for whose in (str(repository), *([f"{repository}:{login}"] if login else [])):
                with self._redis.pipeline() as pipe:
                    pipe.set(_share(whose), 0, ex=WINDOW, nx=True)
                    pipe.incrbyfloat(_share(whose), monotonic() - began)
                    pipe.execute()

    def writes(self, repository: int, login: str) -> bool | None:
        """Return whether somebody may write, as far as it is remembered; None where it is not."""
        known = cast("bytes | None", self._redis.get(_writer(repository, login)))
        return None if known is None else known == b"1"

    def remember(self, repository: int, login: str, writes: bool) -> None:
        """Remember whether somebody may write, for a while."""
        self._redis.set(_writer(repository, login), int(writes), ex=_WRITER if writes else _NO_WRITER)

    def turn(self, repository: int, login: str, asked: Sequence[str]) -> tuple[int, int]:
        """Count what a guest asks, each request by its name once. Return the counts of this minute and this hour."""
        counts = []
        for seconds in (60, 3600):
            key = f"guest:{seconds}:{repository}:{login}"
            with self._redis.pipeline() as pipe:
                pipe.sadd(key, *asked)
                pipe.scard(key)
                pipe.ttl(key)
                _, count, left = pipe.execute()
            if left < 0:
                self._redis.expire(key, seconds)
            counts.append(int(count))
        return counts[0], counts[1]

    def _used(self, whose: str) -> float:
        return float(cast("bytes | None", self._redis.get(_share(whose))) or 0)


def _share(whose: str) -> str:
    return f"share:{whose}"


def _writer(repository: int, login: str) -> str:
    return f"writer:{repository}:{login.lower()}"
