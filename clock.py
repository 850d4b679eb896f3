"""The clock process: starts what is due, and looks for what no other process would notice."""

import logging
import signal
import sys
from threading import Event
from time import time

from redis.exceptions import RedisError

from bot.effects.redelivery import ask_again
from bot.errors import Forbidden, NotFound, TryLater
from bot.settings import SettingsError
from experiments.liveness import SILENT
from handlers.jobs.look_after_runs import look_after
from handlers.jobs.old_files import clear_next
from services.github.errors import Unauthorized
from wiring import Wired, wired

EVERY = 10  # seconds between two ticks
LOOKING = 300  # seconds between two looks at GitHub's list of deliveries
STARTING = 10  # seconds until the first look: deliveries come at once, and the web process may still be starting
RESTARTED = 90  # seconds after the start in which no agent counts as silent: the bot itself may have been away

log = logging.getLogger("clock")


def tick(here: Wired, now: float, listening: float = 0.0) -> None:
    """Handle what is due of runs, and queue deliveries again that were not handled.

    `listening`: the time from which an agent's silence counts, in seconds since the epoch.
    """
    look_after(here.ports, now, listening)
    for guid in here.deliveries.forgotten(now - SILENT):
        here.queue.deliver(guid)


def look(here: Wired, now: float) -> None:
    """Remove commits of forks, snapshots and files of agents that nobody needs any more.

    Then ask GitHub again for deliveries that are unknown here.
    """
    here.ports.git.sweep()
    here.ports.snapshots.sweep(now)
    clear_next(here.ports, now)
    if asked := ask_again(here.github, here.deliveries, here.ports.store, now):
        log.info("asked GitHub for %s deliveries that had not come in", asked)


def main() -> int:
    """Run the clock until a signal stops it. Return the exit code; 2 where the settings are wrong."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    try:
        here = wired(late=True)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ticking, looking, listening = 0.0, time() + STARTING, time() + RESTARTED
    while not stop.wait(1):
        try:
            here.queue.keep_up(time())
            if time() >= ticking:
                tick(here, time(), listening)
                ticking = time() + EVERY
            if time() >= looking:
                looking = time() + LOOKING
                look(here, time())
        except OSError as trouble:  # the disk may have room again at the next look
            log.warning("what forks and agents brought is not looked through: %s", trouble)
        except RedisError as trouble:
            log.warning("Redis can't be reached: %s", trouble)
        except (TryLater, Unauthorized, Forbidden, NotFound) as trouble:
            log.warning("deliveries are not looked through, once more in %s seconds: %s", LOOKING, trouble)
    return 0


if __name__ == "__main__":
    sys.exit(main())
