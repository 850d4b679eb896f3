"""Runs of a few repositories that take places again and again, while another repository's agent asks as ours does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

import pytest

from bot.errors import TryLater
from runners.agent.client import LONGEST
from tests.attacks.web.test_places import Clock
from web.places import EXPECTED, SHARE, Places, TakenPlace

TICK = 0.5  # seconds: the attackers come again at once
PATIENCE = 600.0  # seconds after which an agent gives up
MB = 1024 * 1024
PROCESSES = 2  # each with places of its own; a request reaches one or the other
Turn = Callable[[TakenPlace], Iterator[None]]


def sends(size: float, pace: float) -> Turn:
    """Return a body of so many bytes, sent at so many a second. A thread reads a megabyte at a time, for at most 20
    s.
    """

    def turn(place: TakenPlace) -> Iterator[None]:
        place.begin()
        left, read = size, 0.0
        while left > 0:
            yield
            left, read = left - pace * TICK, read + pace * TICK
            if read >= MB or left <= 0:
                place.passed(round(read))
                read = 0.0

    return turn


def works(seconds: float) -> Turn:
    """Return work that takes the bot itself so long: the thread waits for no client."""

    def turn(place: TakenPlace) -> Iterator[None]:
        for _ in range(round(seconds / TICK)):
            yield

    return turn


@dataclass
class Sender:
    """Make one run's requests to one process: the next begins as soon as the one before ends."""

    places: Places
    run: str
    repository: int
    turn: Turn
    pause: float = 0.0  # seconds between two requests
    asked: float = -1e9
    place: TakenPlace | None = None
    at_work: Iterator[None] = field(default_factory=lambda: iter(()))

    def goes_on(self, now: float) -> bool:
        """Tell whether its request ended just now, as it should."""
        if self.place is None:
            if now - self.asked >= self.pause:
                self._asks(now)
            return False
        try:
            next(self.at_work)
        except (StopIteration, TryLater) as ended:
            self.places.leave(self.place)
            self.place = None
            if now - self.asked >= self.pause:
                self._asks(now)  # before anybody else can
            return isinstance(ended, StopIteration)
        return False

    def _asks(self, now: float) -> None:
        self.asked = now
        try:
            self.place = self.places.take(self.run, self.repository)
        except TryLater:
            return
        self.at_work = self.turn(self.place)


def delivered(attack: Turn, repositories: int, own: Turn, way: str, pause: float) -> float:
    """Return when an agent's request that begins during the attack is answered; infinite where the agent gives up.

    `way`: the processes that its tries reach, one after the other, in a cycle.
    """
    clock = Clock()
    processes = [Places(clock) for _ in range(PROCESSES)]
    attackers = [
        Sender(places, f"r{repository}.{run}", repository, attack, pause)
        for places in processes
        for repository in range(repositories)
        for run in range(SHARE)
    ]
    begins, delay, due, reached = 60.0, 0.5, 60.0, cycle(map(int, way))
    ada: Sender | None = None
    while clock.now < begins + PATIENCE:
        clock.now += TICK
        for attacker in attackers:
            attacker.goes_on(clock.now)
        if clock.now >= due and (ada is None or ada.place is None):
            ada = Sender(processes[next(reached)], "ada", 99, own, PATIENCE)
            due, delay = clock.now + delay, min(2 * delay, LONGEST)
            ada.goes_on(clock.now)
        elif ada and ada.place and ada.goes_on(clock.now):
            return clock.now - begins
    return float("inf")


@pytest.mark.parametrize("repositories", [2, 5, 10])
@pytest.mark.parametrize(
    ("attack", "pause"),
    [
        pytest.param(sends(1.1 * MB, MB * 1.1 / 19), 0.0, id="bodies that end before a pace is known"),
        pytest.param(sends(1.1 * MB, MB * 1.1 / 19), EXPECTED - 1, id="the same, asking just before its turn lapses"),
        pytest.param(sends(100 * MB, 260_000), 0.0, id="bodies just fast enough then"),
        pytest.param(sends(4096 * MB, 1_000_000), 0.0, id="bodies four times as fast, of 4 GB"),
        pytest.param(works(15), 0.0, id="work of the bot"),
    ],
)
def test_a_few_repositories_keep_nobody_out(attack: Turn, pause: float, repositories: int) -> None:
    own = sends(20 * MB, 2_000_000)
    took = [delivered(attack, repositories, own, way, pause) for way in ("0", "01", "0011", "01101")]
    assert max(took) < PATIENCE * 2 / 3, took
