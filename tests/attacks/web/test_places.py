"""Who has a place in a thread of the web process, and for how long."""

import io
import socket
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from werkzeug.exceptions import Gone

from bot.errors import TryLater
from services.files.run_files import DataRunFiles
from tests.units.sample_run import RUN
from web.held import REMEMBERED, HeldBytes
from web.patience import BufferedBody
from web.places import FAST, MANY, SETTLED, SHARE, Places, TakenPlace
from web.streams import LOOK, PIECE, pieces


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def full(places: Places) -> list[TakenPlace]:
    return [places.take(f"r{number}", number // SHARE) for number in range(MANY)]


def is_refused(places: Places, run: str, repository: int) -> bool:
    try:
        places.leave(places.take(run, repository))
    except TryLater:
        return True
    return False


def test_a_run_has_one_and_a_repository_its_share() -> None:
    places = Places()
    first = places.take("r1", 7)
    assert is_refused(places, "r1", 7)
    places.take("r2", 7)
    assert is_refused(places, "r3", 7)
    assert not is_refused(places, "r3", 8)
    places.leave(first)
    places.leave(first)
    assert not is_refused(places, "r3", 7)


def test_the_slowest_ends_where_none_is_left_and_nobody_who_is_fast() -> None:
    places = Places(clock := Clock())
    taken = full(places)
    for number, place in enumerate(taken[:-1]):  # of the last one nobody waits for its client
        place.begin()
        place.passed(round(SETTLED * (FAST + number - 1)))
    assert is_refused(places, "new", 99)
    assert not any(each.over for each in taken), "nobody knows yet how fast they are"
    clock.now = SETTLED + 0.001
    assert is_refused(places, "new", 99) and is_refused(places, "new", 99)
    assert [each.over for each in taken] == [True] + [False] * (MANY - 1)
    with pytest.raises(TryLater):
        taken[0].passed(1)
    places.leave(taken[0])
    assert not is_refused(places, "new", 99)


def test_who_is_fast_makes_room_for_nobody() -> None:
    places = Places(clock := Clock())
    taken = full(places)
    for place in taken:
        place.begin()
        place.passed(round(SETTLED * FAST * 2))
    clock.now = SETTLED + 1
    assert is_refused(places, "new", 99)
    assert not any(each.over for each in taken)


def test_how_much_is_here_is_known_for_some_seconds(tmp_path: Path) -> None:
    files, clock, own = DataRunFiles(tmp_path), Clock(), RUN.experiment.repository
    run = replace(RUN, id="a0a01edf4c3b75eb")
    known = HeldBytes(files, clock)
    assert known.of(own) == 0
    files.path(run, "bundle").write_bytes(b"x" * 100)
    known.add(own, 7)
    clock.now = REMEMBERED
    assert known.of(own) == 7, "what was let in since counts"
    clock.now = REMEMBERED + 1
    assert known.of(own) == 100


def test_what_is_long_ends_soon_after_its_attempt() -> None:
    place, clock, living = Places().take("r1", 7), Clock(), [True]
    found = pieces(io.BytesIO(b"x" * 9 * PIECE), place, lambda: living[0], clock)
    assert len(next(found)) == PIECE
    living[0] = False
    assert next(found), "it is not asked for each piece"
    clock.now = LOOK + 1
    with pytest.raises(Gone):
        next(found)


def test_what_came_fast_buys_no_time_to_stop() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        kept = BufferedBody(SimpleNamespace(kept=io.BytesIO(), large=True, size=0, sock=ours), grace=0.2)  # type: ignore[arg-type]
        for _ in range(100):
            theirs.sendall(b"x" * 10_000)
            assert kept.chunk()
        with pytest.raises(TimeoutError):
            while kept.chunk():
                pass
