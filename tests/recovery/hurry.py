"""`python -m tests.recovery.hurry clock`: a door of the bot that waits for seconds where it else waits for minutes."""

import sys
from collections.abc import Callable

from bot import redelivery
from services.redis import heartbeat

heartbeat.BEAT, heartbeat.LIFE = 1, 6
redelivery._SECOND = 3

from services.redis import queue  # noqa: E402 - takes over what was set above; so do those below

queue.TRIES = [1] * 8  # one and the same job is killed again and again

import clock  # noqa: E402
import jobs  # noqa: E402
import trainer  # noqa: E402
from app import create_app  # noqa: E402

clock.EVERY, clock.LOOKING, clock.STARTING, clock.RESTARTED = 1, 3, 2, 3

__all__ = ["create_app"]

DOORS = {"clock": clock.main, "worker": jobs.main, "runner": lambda: trainer.main("")}

if __name__ == "__main__":
    door: Callable[[], int] = DOORS[sys.argv[1]]
    sys.exit(door())
