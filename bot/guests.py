"""People who cannot write: they are answered, but not as often as they like."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from bot.commands import Registry
from bot.errors import Forbidden, NotFound, TryLater
from bot.events import CommentCreated
from bot.parsing import parse
from bot.ports import Permission, Ports
from experiments.experiment import Repository

A_MINUTE = 5  # commands of one person in one repository
AN_HOUR = 30

log = logging.getLogger(__name__)


class People(Protocol):
    """What is remembered of people; services.lanes does it."""

    def writes(self, repository: int, login: str) -> bool | None: ...
    def remember(self, repository: int, login: str, writes: bool) -> None: ...
    def turn(self, repository: int, login: str, asked: Sequence[str]) -> tuple[int, int]: ...


class Words(Protocol):
    """reports.replies_patience has them."""

    def too_often(self, author: str, an_hour: int) -> str: ...


def may_write(ports: Ports, people: People, repository: Repository, login: str) -> bool:
    """Whether somebody may write in a repository, remembered for up to a day. It decides who waits, never who is
    allowed."""
    known = people.writes(repository.id, login)
    if known is None:
        try:
            known = ports.github.permission(repository, login) >= Permission.WRITE
        except (Forbidden, NotFound):
            return True  # whoever answers meets the same, and says so
        people.remember(repository.id, login, known)
    return known


def has_turn(ports: Ports, people: People, registry: Registry, words: Words, event: CommentCreated, guid: str) -> bool:
    """Whether somebody who cannot write is answered now. TryLater after a handful a minute; after many an hour that is
    said once. What holds no command is nothing that is asked."""
    asked = [f"{guid}:{number}" for number, _ in enumerate(parse(event.body, registry))]
    if not asked:
        return True
    minute, hour = people.turn(event.repository.id, event.author, asked)
    if hour > AN_HOUR:
        log.warning("delivery %s: %s asks too often in %s", guid, event.author, event.repository.full_name)
        if hour - len(asked) <= AN_HOUR:
            with suppress(Forbidden, NotFound):
                ports.github.comment(event.repository, event.number, words.too_often(event.author, AN_HOUR))
        return False
    if minute > max(A_MINUTE, len(asked)):
        raise TryLater("somebody who cannot write asks often", 60)
    return True
