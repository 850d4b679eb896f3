"""Which lane takes an event: what people wait for goes first, and within shares, so that nobody waits long."""

import logging
from typing import Protocol

from bot import events
from bot.errors import TryLater
from bot.guests import People, may_write
from bot.ports import Ports

log = logging.getLogger(__name__)


class Shares(People, Protocol):
    """The lanes by what is used up of the shares of repositories and people; services.redis.lanes implements it."""

    def of_person(self, repository: int, login: str, writes: bool) -> str: ...
    def of_work(self, repository: int) -> str: ...


def lane_of(ports: Ports, shares: Shares, event: events.Event, last_try: bool) -> str:
    """Return the name of the lane for an event; empty where it is handled wherever it is.

    Raise what the host raises when it does not say who may write, except on the last try.
    """
    if isinstance(event, events.DefaultPushed):
        return shares.of_work(event.repository.id)  # nobody waits for an answer, and the push may be large
    if not isinstance(event, events.OfPeople):
        return ""
    return shares.of_person(event.repository.id, event.author, _writes(ports, shares, event, last_try))


def _writes(ports: Ports, shares: Shares, event: events.OfPeople, last_try: bool) -> bool:
    if isinstance(event, events.Pressed | events.AllRerun) or (isinstance(event, events.PullChanged) and event.own):
        return True  # GitHub shows these buttons only to people who can write
    try:
        return may_write(ports, shares, event.repository, event.author)
    except TryLater:
        raise
    except Exception:
        if not last_try:
            raise
        log.exception("who may write in %s is not known", event.repository.full_name)
        return True  # whoever answers meets the same trouble, and reports it
