"""Guests, people who cannot write: the bot answers them, but only so often."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from bot.commands import Registry
from bot.errors import Forbidden, NotFound, TryLater
from bot.events import CommentCreated, Event, OfPeople, PullChanged
from bot.parsing import parse
from bot.ports import Ports
from bot.ports.git_host import Permission
from experiments.experiment import Repository

A_MINUTE = 5  # commands of one person in one repository
AN_HOUR = 30
DELIVERIES = 100  # of one person in one repository that may wait within an hour; their bodies are kept meanwhile
CHANGES = 24  # of pull requests, of one person in one repository, that are looked at within an hour

log = logging.getLogger(__name__)


class People(Protocol):
    """What is remembered of people; services.redis.lanes implements it."""

    def writes(self, repository: int, login: str) -> bool | None: ...
    def remember(self, repository: int, login: str, writes: bool) -> None: ...
    def turn(self, repository: int, login: str, asked: Sequence[str]) -> tuple[int, int]: ...


class GuestWords(Protocol):
    """The sentences for guests; reports.messages.patience has them."""

    def too_often(self, author: str, an_hour: int) -> str: ...


def may_write(ports: Ports, people: People, repository: Repository, login: str) -> bool:
    """Return whether somebody may write in a repository, remembered for up to a day.

    The answer decides only who waits, never who is allowed something.
    """
    known = people.writes(repository.id, login)
    if known is None:
        try:
            known = ports.host.permission(repository, login) >= Permission.WRITE
        except (Forbidden, NotFound):
            return True  # whoever answers meets the same trouble, and reports it
        people.remember(repository.id, login, known)
    return known


def may_wait(people: People, event: Event, guid: str) -> bool:
    """Return whether a guest's delivery may wait for its lane; one too many in an hour is not looked at.

    A change of a pull request is seen all the same: whoever looks later, reads its present state.
    """
    if not isinstance(event, OfPeople):
        return True
    _, hour = people.turn(event.repository.id, f"deliveries of {event.author}", [guid])
    if hour > DELIVERIES:
        log.warning("delivery %s: %s sends too many in %s", guid, event.author, event.repository.full_name)
    return hour <= DELIVERIES


def admitted(
    ports: Ports, people: People, registry: Registry, words: GuestWords, event: Event, guid: str
) -> Event | None:
    """Return a guest's event as it is to be handled now; None where it is not. Raise TryLater to handle it later."""
    if isinstance(event, CommentCreated):
        return event if has_turn(ports, people, registry, words, event, guid) else None
    return unhurried(people, event, guid) if isinstance(event, PullChanged) else event


def unhurried(people: People, event: PullChanged, guid: str) -> PullChanged:
    """Return the event with the seconds to wait before its pull request is looked at.

    A pull request is looked at once a minute, and CHANGES changes of one person an hour; further ones later, all at
    once. Each look writes a comment and a status, and GitHub counts what the App writes.
    """
    _, of_pull = people.turn(event.repository.id, f"#{event.where.number}", [guid])
    _, of_person = people.turn(event.repository.id, f"changes of {event.author}", [guid])
    later = 3600.0 * ((of_person - 1) // CHANGES)
    return replace(event, wait=max(later, 60.0 if of_pull > 1 else 0.0))


def has_turn(
    ports: Ports, people: People, registry: Registry, words: GuestWords, event: CommentCreated, guid: str
) -> bool:
    """Return whether a guest is answered now; True for comments without commands.

    Raise TryLater above A_MINUTE commands a minute. Above AN_HOUR an hour, say so once and return False.
    """
    asked = [f"{guid}:{number}" for number, _ in enumerate(parse(event.body, registry))]
    if not asked:
        return True
    minute, hour = people.turn(event.repository.id, event.author, asked)
    if hour > AN_HOUR:
        log.warning("delivery %s: %s asks too often in %s", guid, event.author, event.repository.full_name)
        if hour - len(asked) <= AN_HOUR:
            with suppress(Forbidden, NotFound):
                ports.host.comment(event.where, words.too_often(event.author, AN_HOUR))
        return False
    if minute > max(A_MINUTE, len(asked)):
        raise TryLater("somebody who cannot write asks often", 60)
    return True
