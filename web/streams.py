"""Long bodies from agents and to them: sent a piece at a time while the attempt lives and keeps its place."""

from collections.abc import Callable, Iterator
from os import fstat
from time import monotonic
from typing import IO, Protocol

from flask import Response
from werkzeug.exceptions import Gone

from bot.errors import TryLater
from web.places import Places, TakenPlace

PIECE = 1024 * 1024  # bytes
LOOK = 5.0  # seconds between two looks at the attempt


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def pieces(
    stream: _Readable, place: TakenPlace | None, lives: Callable[[], bool], clock: Callable[[], float] = monotonic
) -> Iterator[bytes]:
    """Yield all of `stream` in pieces of at most PIECE bytes.

    Raise Gone where the attempt is over, and TryLater where the place has to make room for another request. `place` is
    None where the whole body has arrived already.
    """
    looked = clock()
    if place:
        place.begin()
    while piece := stream.read(PIECE):
        if place:
            place.passed(len(piece))
        if clock() - looked > LOOK:
            looked = clock()
            if not lives():
                raise Gone
        yield piece


def answer(file: IO[bytes], kind: str, places: Places, place: TakenPlace, lives: Callable[[], bool]) -> Response:
    """Return a response that sends a file, and gives the place back afterwards.

    Where the attempt ends or the place has to make room, the body ends before the length that its header promises.
    """

    def sent() -> Iterator[bytes]:
        try:
            yield from pieces(file, place, lives)
        except (Gone, TryLater):
            return
        finally:
            places.leave(place)

    answered = Response(sent(), mimetype=kind, headers={"Content-Length": str(fstat(file.fileno()).st_size)})
    answered.call_on_close(lambda: places.leave(place))
    answered.call_on_close(file.close)
    return answered
