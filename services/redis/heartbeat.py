"""Heartbeats: a process shows that it lives, so that another soon takes over the work of a killed one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from redis.exceptions import RedisError

BEAT = 5  # seconds between two heartbeats
LIFE = 20  # seconds after the last heartbeat until work counts as abandoned


@contextmanager
def beating(beat: Callable[[], object]) -> Iterator[None]:
    """Call `beat` every BEAT seconds from a thread until the block ends. Redis may be away meanwhile."""
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
