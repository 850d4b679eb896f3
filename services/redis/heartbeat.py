"""Signs of life: whoever works on something shows that it lives, so that what a killed one did is soon another's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from redis.exceptions import RedisError

BEAT = 5  # seconds between two signs of life
LIFE = 20  # seconds after the last one until what was being done is taken for abandoned


@contextmanager
def beating(beat: Callable[[], object]) -> Iterator[None]:
    """Call it every few seconds from a thread of its own, until the block ends. Redis may be away meanwhile."""
    over = Event()

    def signs() -> None:
        while not over.wait(BEAT):
            with suppress(RedisError):
                beat()

    thread = Thread(target=signs, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
