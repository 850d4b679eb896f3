"""Which requests have a place in a thread of the web process, and for how long."""

import io
import socket
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from werkzeug.exceptions import Gone

from bot.errors import TryLater
from experiments.experiment import Repository
from runners.agent.client import LONGEST
from services.files.run_files import DataRunFiles
from tests.units.sample_run import RUN
from web.held import REMEMBERED, HeldBytes
from web.patience import BufferedBody
from web.places import EXPECTED, FAST, PLACES, SETTLED, SHARE, Places, TakenPlace
from web.streams import LOOK, PIECE, pieces


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def full(places: Places) -> list[TakenPlace]:
    return [places.take(f"r{number}", number // SHARE) for number in range(PLACES)]


def is_refused(places: Places, run: str, repository: int) -> bool:
    try:
        places.leave(places.take(run, repository))
    except TryLater:
        return True
    return False


def test_a_run_has_one_place_and_a_repository_its_share() -> None:
    places = Places()
    first = places.take("r1", 7)
    assert is_refused(places, "r1", 7)
    places.take("r2", 7)
    assert is_refused(places, "r3", 7)
    assert not is_refused(places, "r3", 8)
    places.leave(first)
    places.leave(first)
    assert not is_refused(places, "r3", 7)


def test_the_slowest_client_loses_its_place_where_none_is_free_and_no_fast_one_does() -> None:
    places = Places(clock := Clock())
    taken = full(places)
    for number, place in enumerate(taken[:-1]):  # nobody waits for the client of the last one
        place.begin()
        place.passed(round(SETTLED * (FAST + number - 1)))
    assert is_refused(places, "new", 99)
    assert not any(each.over for each in taken), "nobody knows yet how fast they are"
    clock.now = SETTLED + 0.001
    assert is_refused(places, "new", 99) and is_refused(places, "new", 99)
    assert [each.over for each in taken] == [True] + [False] * (PLACES - 1)
    with pytest.raises(TryLater):
        taken[0].passed(1)
    places.leave(taken[0])
    assert not is_refused(places, "new", 99)


def test_a_fast_client_keeps_its_place() -> None:
    places = Places(clock := Clock())
    taken = full(places)
    for place in taken:
        place.begin()
        place.passed(round(SETTLED * FAST * 2))
    clock.now = SETTLED + 1
    assert is_refused(places, "new", 99)
    assert not any(each.over for each in taken)


def test_the_longer_a_place_is_kept_the_faster_its_client_must_be() -> None:
    places = Places(clock := Clock())
    taken = full(places)
    taken[0].begin()
    taken[0].passed(round(SETTLED * FAST * 4))
    clock.now = SETTLED * 1.99
    assert is_refused(places, "new", 99) and not taken[0].over
    clock.now = SETTLED * 2.01
    assert is_refused(places, "new", 99) and taken[0].over


def test_as_many_places_are_freed_as_requests_wait() -> None:
    places = Places(clock := Clock())
    taken = full(places)
    for place in taken:
        place.begin()
    clock.now = SETTLED + 1
    assert is_refused(places, "more of one that has a place", 0)
    assert not any(each.over for each in taken)
    assert is_refused(places, "new", 98) and is_refused(places, "new", 98) and is_refused(places, "newer", 99)
    assert [each.over for each in taken].count(True) == 2


def test_a_refused_request_gets_the_next_place_and_newcomers_come_first() -> None:
    places = Places(clock := Clock())
    places.leave(places.take("before", 98))
    clock.now = 1
    taken = full(places)
    assert is_refused(places, "old", 98) and is_refused(places, "new", 99)
    places.leave(taken[0])
    assert is_refused(places, "r0", 0), "its turn was just now"
    assert is_refused(places, "old", 98)
    places.leave(places.take("new", 99))
    assert is_refused(places, "r0", 0) and is_refused(places, "new", 99)
    assert not is_refused(places, "old", 98)


def test_a_place_that_was_kept_for_nobody_counts_as_a_turn() -> None:
    assert EXPECTED > 2 * LONGEST, "an agent comes again in time, also where each other try reaches another process"
    places = Places(clock := Clock())
    taken = full(places)
    assert is_refused(places, "absent", 98)
    clock.now = EXPECTED - 1
    assert is_refused(places, "new", 99)
    places.leave(taken[0])
    clock.now = 2 * EXPECTED - 1
    assert is_refused(places, "new", 99), "kept for who was refused first"
    clock.now = 2 * EXPECTED
    assert not is_refused(places, "new", 99)


def test_the_size_on_the_disk_is_remembered_for_some_seconds(tmp_path: Path) -> None:
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


def test_files_of_a_repository_are_counted_by_one_thread_however_many_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, clock, own = DataRunFiles(tmp_path), Clock(), RUN.experiment.repository
    known, counts = HeldBytes(files, clock), list[Repository]()
    count = files.held

    def held(repository: Repository) -> int:
        counts.append(repository)
        if repository == own:
            with pytest.raises(TryLater):
                known.of(own)
            known.add(own, 7)  # admitted a moment before
            assert known.of(replace(own, id=own.id + 1)) == 0, "others do not wait for it"
        return count(repository)

    monkeypatch.setattr(files, "held", held)
    assert known.of(own) == 7
    assert [each.id for each in counts] == [own.id, own.id + 1]
    monkeypatch.setattr(files, "held", lambda _: 1 // 0)
    clock.now = REMEMBERED + 1
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            known.of(own)


def test_a_long_request_ends_soon_after_its_attempt() -> None:
    place, clock, living = Places().take("r1", 7), Clock(), [True]
    found = pieces(io.BytesIO(b"x" * 9 * PIECE), place, lambda: living[0], clock)
    assert len(next(found)) == PIECE
    living[0] = False
    assert next(found), "it is not asked for each piece"
    clock.now = LOOK + 1
    with pytest.raises(Gone):
        next(found)


def test_a_fast_beginning_does_not_allow_a_long_pause() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        kept = BufferedBody(SimpleNamespace(kept=io.BytesIO(), large=True, size=0, sock=ours), grace=0.2)  # type: ignore[arg-type]
        for _ in range(100):
            theirs.sendall(b"x" * 10_000)
            assert kept.chunk()
        with pytest.raises(TimeoutError):
            while kept.chunk():
                pass
