"""Which lane takes an event."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from bot.errors import TryLater
from bot.events import AccessChanged, CommentCreated, DefaultPushed, Event, Pressed, PullChanged
from bot.lanes import lane_of
from bot.ports import Ports
from bot.ports.git_host import Permission
from experiments.experiment import PullRef, Repository

HERE = Repository(7, "ada/digits", 1)
WHERE = PullRef(HERE, 3)
COMMENT = CommentCreated(WHERE, 40, "ada", "/run", 0.0)


@dataclass
class _Shares:
    known: dict[str, bool] = field(default_factory=dict)

    def writes(self, repository: int, login: str) -> bool | None:
        return self.known.get(login)

    def remember(self, repository: int, login: str, writes: bool) -> None:
        self.known[login] = writes

    def turn(self, repository: int, login: str, asked: Sequence[str]) -> tuple[int, int]:
        raise AssertionError

    def of_person(self, repository: int, login: str, writes: bool) -> str:
        return f"{login} {'writes' if writes else 'reads'}"

    def of_work(self, repository: int) -> str:
        return "work"


def lane(event: Event, says: Permission | Exception, last_try: bool = False) -> str:
    """Return the lane of an event where the host says this of whoever is asked about."""

    def permission(repository: Repository, login: str) -> Permission:
        if isinstance(says, Exception):
            raise says
        return says

    ports = cast(Ports, SimpleNamespace(host=SimpleNamespace(permission=permission)))
    return lane_of(ports, _Shares(), event, last_try)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (DefaultPushed(HERE, "main", "a" * 40, ""), "work"),
        (AccessChanged(1, "suspend"), ""),
        (COMMENT, "ada reads"),
        (PullChanged(WHERE, "ada", own=False), "ada reads"),
        (PullChanged(WHERE, "ada", own=True), "ada writes"),
        (Pressed(HERE, 1, "train", "a" * 40, "", "cancel", "ada", ()), "ada writes"),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
def test_a_lane_is_chosen_by_who_waits(event: Event, expected: str) -> None:
    assert lane(event, Permission.READ) == expected


def test_a_writer_is_known_by_the_host() -> None:
    assert lane(COMMENT, Permission.WRITE) == "ada writes"


def test_who_is_unknown_counts_as_a_writer_only_on_the_last_try() -> None:
    with pytest.raises(ValueError, match="x"):
        lane(COMMENT, ValueError("x"))
    assert lane(COMMENT, ValueError("x"), last_try=True) == "ada writes"
    with pytest.raises(TryLater):
        lane(COMMENT, TryLater("a limit", 60.0), last_try=True)
