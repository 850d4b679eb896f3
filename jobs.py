"""The entry points of the workers: the functions that RQ calls.

This module decides only what happens after a job failed.

`python -m jobs [LANE …]` works on these lanes, or on all of them.
"""

import json
import logging
import secrets
import sys
from collections.abc import Callable
from contextlib import nullcontext
from time import time
from typing import Any

from rq import get_current_job
from rq.timeouts import JobTimeoutException

from bot import events
from bot.dispatch import Dispatcher
from bot.errors import Forbidden, NotFound, Rejected, TryLater
from bot.guests import admitted, may_wait
from bot.lanes import lane_of
from bot.ports import keys
from bot.ports.keys import Key
from bot.request import Request
from bot.settings import SettingsError
from experiments.experiment import PullRef
from handlers.checks.result import UnreadResult
from handlers.jobs import overview
from handlers.jobs import sweep as sweep_jobs
from handlers.jobs.checkpoints import tell
from handlers.jobs.fetch_results import again as fetch_again
from handlers.jobs.finish_run import fail_forbidden, fail_internal, put_off
from handlers.jobs.finish_run import finish as finish_run
from handlers.jobs.launch_machine import launch as launch_machine
from handlers.jobs.queue import feed as feed_queue
from handlers.jobs.reconcile_machines import watch as watch_machines
from handlers.lists import EVENTS as HANDLERS
from handlers.lists import REGISTRY, REQUESTS
from handlers.publishing.check_runs import announce as announce_run
from reports.messages import general, patience
from services.redis.crash_counts import Deadly
from services.redis.lanes import GUESTS, LANES, queues_of
from services.redis.queue import REPOSITORY, checkpoint_key, fetch_key
from services.redis.turns import counted, in_turn, is_elsewhere, patient
from services.redis.workers import ShortWorker, work
from wiring import wired

log = logging.getLogger(__name__)


_patient, _in_turn = patient(wired), in_turn(wired)


@_patient
def deliver(guid: str) -> None:
    """Handle a stored webhook delivery, or move it to its lane where this worker should not handle it."""
    here = wired()
    kept = here.deliveries.load(guid)
    settings = here.settings
    event = events.parse(kept[0], json.loads(kept[1]), settings.github_url, settings.github_app_id) if kept else None
    lane = lane_of(here.ports, here.lanes, event, _last_try()) if event else ""
    if is_elsewhere(lane):
        if event is None or lane != GUESTS or may_wait(here.lanes, event, guid):
            here.queue.deliver_aside(guid, lane)
        else:
            here.deliveries.finish(guid)
        return
    if event is not None and lane == GUESTS:
        event = admitted(here.ports, here.lanes, REGISTRY, patience, event, guid)
    if event is not None:
        _attend(event, guid)
    here.deliveries.finish(guid)


def _attend(event: events.Event, guid: str) -> None:
    here = wired()
    if type(event) in REQUESTS:
        for request in REQUESTS[type(event)](here.ports, event):
            with counted(here.lanes, request.where.repository, request.author):
                _answer(request, guid)
        return
    share = counted(here.lanes, event.repository) if isinstance(event, events.DefaultPushed) else nullcontext()
    try:
        with share, here.deaths.counted(keys.DELIVERY.of(guid)):
            HANDLERS[type(event)](here.ports, event, time())
    except (Deadly, JobTimeoutException):
        log.exception("delivery %s is given up", guid)  # nobody waits for an answer to such an event


def _answer(request: Request, guid: str) -> None:
    dispatcher = Dispatcher(wired().ports, REGISTRY, general)
    try:
        with wired().deaths.counted(request.key):
            _alone(request.key, lambda: dispatcher.handle(request, time()))
    except TryLater:
        raise
    except Forbidden as refused:
        log.warning("delivery %s: GitHub takes no answer to it: %s", guid, refused)
    except JobTimeoutException:
        log.warning("delivery %s took too long and is not tried again as it was", guid)
        dispatcher.give_up(request, patience.too_slow())
    except Exception as error:
        if not _last_try() and not isinstance(error, Deadly):
            raise
        reference = secrets.token_hex(4)
        log.exception("reference %s: delivery %s", reference, guid)
        dispatcher.admit_trouble(request, reference)


@_patient
@_in_turn
def announce(run_id: str) -> None:
    """Bring a run's check run up to date."""
    try:
        _alone(keys.CHECK_RUN.of(run_id), lambda: announce_run(wired().ports, run_id))
    except Forbidden as refused:
        log.warning("run %s: GitHub takes no check run of it: %s", run_id, refused)


@_patient
@_in_turn
def checkpoint(run_id: str) -> None:
    """Push the ref that names a run's newest checkpoint."""
    here = wired()
    here.queue.begins(checkpoint_key(run_id))
    try:
        tell(here.ports, run_id)
    except (Forbidden, NotFound, Rejected) as refused:
        log.warning("run %s: GitHub takes no ref of its checkpoint: %s", run_id, refused)


@_patient
@_in_turn
def finish(run_id: str) -> None:
    """Take in what a run's agent returned, and report how the run ended."""
    here = wired()
    try:
        with here.deaths.counted(keys.FINISH.of(run_id)):
            _alone(keys.FINISH.of(run_id), lambda: _finish(run_id))
    except TryLater:
        raise
    except (Forbidden, NotFound) as refused:
        log.warning("run %s ended, and GitHub refuses what its report needs: %s", run_id, refused, exc_info=True)
        fail_forbidden(here.ports, run_id, str(refused), time())
    except Exception as error:
        if not _last_try() and not isinstance(error, Deadly):
            raise
        if isinstance(error, UnreadResult) and put_off(here.ports, run_id, time()):
            log.warning("run %s: tried again in some minutes: %s", run_id, error)
            return
        reference = secrets.token_hex(4)
        log.exception("reference %s: run %s", reference, run_id)
        fail_internal(here.ports, run_id, reference, time())


def _finish(run_id: str) -> None:
    for refused in finish_run(wired().ports, run_id, time()):
        log.warning("run %s: GitHub takes not all of its report: %s", run_id, refused)


@_patient
@_in_turn
def fetch(run_id: str) -> None:
    """Fetch again files that only the DVC remote has."""
    wired().queue.begins(fetch_key(run_id))
    fetch_again(wired().ports, run_id)


@_patient
@_in_turn
def launch(run_id: str) -> None:
    """Launch a machine for a run's present attempt, one at a time for each runner so that its bounds hold."""
    here = wired()
    run = here.ports.store.relist(run_id)  # the clock may have found it by an outline that nobody has kept up
    if run is not None:
        runner = run.experiment.execution.place.runner
        _alone(keys.LAUNCH.of(runner), lambda: launch_machine(here.ports, run_id, time()))


@_patient
def watch(key: str) -> None:
    """Compare all machines that were launched with the runs that need them."""
    wired().queue.begins(key)
    _alone(keys.MACHINES.of(), lambda: watch_machines(wired().ports, time()))


@_in_turn
def refresh(repository: dict[str, Any], number: int, key: str) -> None:
    """Write a pull request's overview anew, from the present state."""
    here, where = wired(), PullRef(REPOSITORY.validate_python(repository), number)
    _anew(
        key,
        keys.OVERVIEW.of(where),
        lambda: overview.refresh(here.ports, where, time()),
        lambda seconds: here.queue.refresh(where, seconds),
        lambda reference: overview.admit_trouble(here.ports, where, reference),
    )


@_in_turn
def show(repository: dict[str, Any], number: int, sweep: str, key: str) -> None:
    """Write a sweep's table anew, from the present state."""
    here, where = wired(), PullRef(REPOSITORY.validate_python(repository), number)
    _anew(
        key,
        keys.SWEEP.of(where, sweep),
        lambda: sweep_jobs.show(here.ports, where, sweep, time()),
        lambda seconds: here.queue.show(where, sweep, seconds),
        lambda reference: sweep_jobs.admit_trouble(here.ports, where, sweep, reference),
    )


@_in_turn
def feed(repository: dict[str, Any], number: int, key: str) -> None:
    """Give the runs of a pull request's queue whose turn it is to their runners."""
    here, where = wired(), PullRef(REPOSITORY.validate_python(repository), number)
    here.queue.begins(key)
    try:
        feed_queue(here.ports, where, time())
    except TryLater as later:  # this uses up no try
        here.queue.feed(where, max(1.0, later.seconds))


def _anew(
    key: str, lock: Key, work: Callable[[], None], again: Callable[[float], None], admit: Callable[[str], None]
) -> None:
    """Do `work` under a lock. Call `again` with the seconds to wait on TryLater, and `admit` when no try is left."""
    wired().queue.begins(key)
    try:
        with wired().ports.store.alone(lock):
            work()
    except TryLater as later:
        # This uses up no try: it is repeated until GitHub takes it, and then says what is true by then.
        again(max(1.0, later.seconds))
    except Forbidden as refused:
        log.warning("GitHub takes nothing of %s: %s", lock, refused)
    except Exception as error:
        if not _last_try() and not isinstance(error, JobTimeoutException):
            raise
        reference = secrets.token_hex(4)
        log.exception("reference %s: %s", reference, lock)
        admit(reference)


def _alone(key: Key, work: Callable[[], None]) -> None:
    """Do `work` while nobody else works on `key`. Raise TryLater where somebody does."""
    with wired().ports.store.alone(key):
        work()


def _last_try() -> bool:
    job = get_current_job()
    return job is None or not job.retries_left


def main(*lanes: str) -> int:
    """Work on short jobs of these lanes, or of all, until told to stop. Return the exit code; 2: wrong arguments."""
    if unknown := set(lanes) - set(LANES):
        sys.stderr.write(f"No lane is called {', '.join(sorted(unknown))}: there are {', '.join(LANES)}.\n")
        return 2
    try:
        here = wired()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    with here.ports.snapshots.ready():
        work(ShortWorker, queues_of(lanes or LANES), here.redis)
    return 0


if __name__ == "__main__":
    # RQ imports this module as `jobs`; as `__main__` it would be wired twice.
    from jobs import main as run_main

    sys.exit(run_main(*sys.argv[1:]))
