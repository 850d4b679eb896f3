"""Which webhook deliveries GitHub is asked for again: those it sent that are unknown here."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

KEPT = 3 * 24 * 3600.0  # seconds GitHub keeps deliveries
AT_ONCE = 100  # that are asked for in one look; the others' turn comes with the next
ATTEMPTS = 10  # of one delivery, GitHub's own first included; the last is asked for after about a day
_SECOND = 300.0  # seconds from the second attempt to the third; the distance doubles with each
_LISTED = 600.0  # seconds until GitHub lists an attempt for certain


@dataclass(frozen=True)
class Attempt:
    """GitHub sent a delivery. Sent again, it keeps its guid."""

    id: int
    guid: str
    at: float  # seconds since the epoch
    answered: int = 0  # the status it got; 0 where nobody answered
    again: bool = False  # it was asked for, and is not GitHub's own first


@dataclass(frozen=True)
class Look:
    """What follows from a look at GitHub's list."""

    ask: tuple[int, ...]  # ids of attempts to send again, oldest first
    since: float  # nothing sent before needs to be looked at any more


def decide(attempts: Sequence[Attempt], known: Set[str], now: float) -> Look:
    """`known`: guids that came in here, whatever GitHub heard of it: an answer can get lost, and so can our memory
    of a delivery that was answered."""
    unknown: dict[str, list[Attempt]] = {}
    for attempt in sorted(attempts, key=lambda each: each.at):
        if attempt.guid not in known:
            unknown.setdefault(attempt.guid, []).append(attempt)
    # One whose first attempt is not listed any more was given up: counted from here it would begin anew, without end.
    open_ones = [each for each in unknown.values() if len(each) < ATTEMPTS and not each[0].again]
    due = [each[-1].id for each in open_ones if now - each[-1].at >= _distance(len(each))]
    oldest = min((each[0].at for each in open_ones), default=now)
    return Look(tuple(due[:AT_ONCE]), min(oldest, now - _LISTED))


def _distance(tries: int) -> float:
    """Seconds between this attempt and the next."""
    return 0.0 if tries == 1 else _SECOND * 2 ** (tries - 2)
