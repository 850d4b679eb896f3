"""When each run came to each state: Redis tells of every change of a run, so that nobody asks again and again."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import time
from typing import Any

from redis import Redis

from bench.thread import GaveUp
from experiments.run_state import RunState
from services.redis.run_lists import run_key
from services.redis.store import RedisStore

EVENTS = "K$"  # Redis publishes each SET, on a channel named by its key
_CHANNEL = "__keyspace@*__:"
HELD = 0.2  # seconds from the end of the block to the end of the thread, at most


class Moments:
    """The first time at which each run was seen in each state, in seconds since the epoch."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self._seen: dict[tuple[str, RunState], float] = {}

    def at(self, run_id: str, state: RunState) -> float:
        """Return when a run was first seen in a state. Raises GaveUp where it was not: a look came too late."""
        if (run_id, state) not in self._seen:
            raise GaveUp(f"Run {run_id} was not seen while it was {state}: the machine is too busy to measure.")
        return self._seen[run_id, state]

    def note(self, message: dict[str, Any]) -> None:
        """Take in one message of Redis: look at the run whose key it names."""
        run_id = message["channel"].decode().partition(_CHANNEL[-3:])[2].removeprefix(run_key(""))
        run = self._store.get(run_id)
        if run is not None:
            self._seen.setdefault((run.id, run.state), time())


@contextmanager
def moments(redis: Redis, store: RedisStore) -> Iterator[Moments]:
    """Watch all runs inside the block."""
    redis.config_set("notify-keyspace-events", EVENTS)
    found = Moments(store)
    listening = redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]  # redis-py has no types
    listening.psubscribe(**{f"{_CHANNEL}{run_key('*')}": found.note})
    thread: Thread = listening.run_in_thread(sleep_time=HELD, daemon=True)
    try:
        yield found
    finally:
        thread.stop()  # type: ignore[attr-defined]  # redis-py's own kind of thread
        thread.join()
        listening.close()
