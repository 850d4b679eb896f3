"""The clock process: what is due, and what nobody else would notice."""

import logging
import signal
import sys
from threading import Event
from time import time

from redis.exceptions import RedisError

from bot.errors import Forbidden, NotFound, Rejected, TryLater
from bot.redelivery import KEPT, decide
from bot.settings import SettingsError
from experiments.data.fetching import due
from experiments.liveness import unheard
from experiments.run import State
from handlers.jobs.push_data import push_again
from handlers.jobs.queue import feed
from services.github.http import Unauthorized
from wiring import Wired, wired

EVERY = 10  # seconds between two ticks
LOOKING = 300  # seconds between two looks at what GitHub has sent
STARTING = 10  # seconds until the first one: what is asked for comes at once, and the web may be starting, too
SILENT = 90  # seconds without a heartbeat after which an agent is taken for lost
RESTARTED = 90  # seconds after its own start in which none is: the whole bot may have been away, and agents wait for it

log = logging.getLogger("clock")


def tick(here: Wired, now: float, listening: float = 0.0) -> None:
    """Silent runs begin again, or have vanished; what ended is reported; data that is in no remote is pushed once more,
    and what could not be fetched is tried again; deliveries not done are done. `listening`: since when silence means
    something."""
    for run in here.ports.store.active():
        if run.state.ended or run.state is State.FINISHING:
            if now - (run.ended or run.heartbeat or now) > SILENT:
                here.queue.finish_again(run)
        elif run.state is State.QUEUED and run.heartbeat is None and now - run.created > SILENT:
            here.queue.train(run)  # nobody has taken it: its job may be lost
        elif run.heartbeat is not None and now - run.heartbeat > SILENT and now >= listening:
            run = here.ports.store.update(run.id, lambda seen: unheard(seen, SILENT, now))
            if run.state.ended:
                here.queue.finish(run)
            elif run.heartbeat is None:
                here.queue.train(run)
                here.queue.announce(run)
    for run in here.ports.store.unpushed():
        if run.push_due is not None and now >= run.push_due:
            push_again(here.ports, run, now)
    for run in here.ports.store.unfetched():
        if due(run) <= now:
            here.queue.fetch(run)
    waiting = [run for run in here.ports.store.active() if run.state is State.WAITING]
    for where in dict.fromkeys(run.experiment.pull_ref for run in waiting):
        feed(here.ports, where, now)
    if here.ports.runners.engines:
        here.queue.watch()
    for guid in here.deliveries.forgotten(now - SILENT):
        here.queue.deliver(guid)


def look(here: Wired, now: float) -> None:
    """What forks brought and nobody reads is taken away; what GitHub has sent and nobody here knows of is asked for
    again."""
    here.ports.git.sweep()
    since = float(here.ports.store.recall("deliveries-since") or 0)
    sent = here.github.attempts(max(since, now - KEPT))
    found = decide(sent, here.deliveries.known({attempt.guid for attempt in sent}), now)
    for attempt in found.ask:
        try:
            here.github.send_again(attempt)
        except (NotFound, Rejected) as gone:  # one that GitHub will not send must not stand in the way of the others
            log.warning("a delivery is not sent again: %s", gone)
    if found.ask:
        log.info("asked GitHub for %s deliveries that had not come in", len(found.ask))
    here.ports.store.remember("deliveries-since", str(found.since))


def main() -> int:
    """Until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    try:
        here = wired()
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
        except OSError as trouble:  # the next look may find room again
            log.warning("what forks brought is not looked through: %s", trouble)
        except RedisError as trouble:
            log.warning("Redis is away: %s", trouble)
        except (TryLater, Unauthorized, Forbidden, NotFound) as trouble:
            log.warning("deliveries are not looked through, once more in %s seconds: %s", LOOKING, trouble)
    return 0


if __name__ == "__main__":
    sys.exit(main())
