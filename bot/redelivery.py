"""Which webhook deliveries to ask GitHub for again: those that it sent and that are unknown here."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

LISTED = 3 * 24 * 3600.0  # seconds for which GitHub keeps deliveries
AT_ONCE = 100  # deliveries that one look asks for; the others follow with the next look
ATTEMPTS = 10  # attempts of one delivery, with GitHub's own first one; the last comes after about a day
_SECOND = 300.0  # seconds from the second attempt to the third; the distance doubles with each
_LISTED = 600.0  # seconds after which GitHub certainly lists an attempt


@dataclass(frozen=True)
class DeliveryAttempt:
    """One attempt of GitHub to send a delivery. All attempts of a delivery have the same guid."""

    id: int
    guid: str
    at: float  # seconds since the epoch
    answered: int = 0  # HTTP status of the answer; 0 where nobody answered
    again: bool = False  # whether it was asked for, and is not GitHub's own first one


@dataclass(frozen=True)
class Look:
    """What to do after a look at GitHub's list."""

    ask: tuple[int, ...]  # ids of attempts to send again, oldest first
    since: float  # seconds since the epoch; the next look may begin here


def decide(attempts: Sequence[DeliveryAttempt], known: Set[str], now: float) -> Look:
    """Return which attempts to send again, and where the next look begins.

    `known`: guids that came in here. GitHub's record does not count: an answer can get lost, and so can our memory of
    a delivery that was answered.
    """
    unknown: dict[str, list[DeliveryAttempt]] = {}
    for attempt in sorted(attempts, key=lambda each: each.at):
        if attempt.guid not in known:
            unknown.setdefault(attempt.guid, []).append(attempt)
    # Without its first attempt in the list, a delivery was given up: its attempts can't be counted any more.
    open_ones = [each for each in unknown.values() if len(each) < ATTEMPTS and not each[0].again]
    due = [each[-1].id for each in open_ones if now - each[-1].at >= _distance(len(each))]
    oldest = min((each[0].at for each in open_ones), default=now)
    return Look(tuple(due[:AT_ONCE]), min(oldest, now - _LISTED))


def _distance(tries: int) -> float:
    """Return the seconds between attempt number `tries` and the next."""
    return 0.0 if tries == 1 else _SECOND * 2 ** (tries - 2)
