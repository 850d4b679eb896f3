"""The worker's door: the functions RQ calls. No decisions."""

import hashlib
import json
import logging
import secrets
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from time import time
from typing import Any

from rq import get_current_job

from bot import events
from bot.asked import Asked
from bot.dispatch import Dispatcher
from bot.errors import Forbidden, NotFound, Rejected, TryLater
from bot.settings import SettingsError
from experiments.experiment import Repository
from experiments.run import Ended, Run, State, lost, observe
from handlers import ASKED, REGISTRY
from handlers import EVENTS as HANDLERS
from handlers.announcement import announce as announce_run
from handlers.checkpoints import tell
from handlers.ending import abandon, shut_out
from handlers.ending import finish as finish_run
from handlers.overview import admit_trouble
from handlers.overview import refresh as refresh_overview
from handlers.sweeping import admit_trouble as admit_sweep_trouble
from handlers.sweeping import show as show_sweep
from reports import replies
from services.deaths import Deadly
from services.workers import KINDS, work
from wiring import wired

log = logging.getLogger(__name__)


def _patient(job: Callable[[str], None]) -> Callable[[str], None]:
    """A limit of GitHub, or another worker at the same thing, uses up no try: the job is done as soon as they allow,
    and reads then what is true then."""

    @wraps(job)
    def patiently(key: str) -> None:
        queue, function = wired().queue, f"jobs.{job.__name__}"
        queue.takes_up(function, key)
        try:
            job(key)
        except TryLater as later:
            log.info("%s %s: put off, %s", function, key, later)
            queue.put_off(function, key, max(1.0, later.seconds))

    return patiently


@_patient
def deliver(guid: str) -> None:
    """A stored webhook delivery."""
    here = wired()
    kept = here.deliveries.load(guid)
    settings = here.settings
    event = events.parse(kept[0], json.loads(kept[1]), settings.github_url, settings.github_app_id) if kept else None
    if type(event) in ASKED:
        for asked in ASKED[type(event)](here.ports, event):
            _answer(asked, guid)
    elif event is not None:
        _handle(event, guid)
    here.deliveries.finish(guid)


def _handle(event: events.Event, guid: str) -> None:
    here = wired()
    try:
        with here.deaths.counted(f"delivery:{guid}"):
            HANDLERS[type(event)](here.ports, event, time())
    except Deadly:
        log.exception("delivery %s is given up", guid)  # nobody waits for an answer to it


def _answer(asked: Asked, guid: str) -> None:
    dispatcher = Dispatcher(wired().ports, REGISTRY, replies)
    try:
        with wired().deaths.counted(asked.key):
            _alone(asked.key, lambda: dispatcher.handle(asked, time()))
    except TryLater:
        raise
    except Forbidden as refused:
        log.warning("delivery %s: GitHub takes no answer to it: %s", guid, refused)
    except Exception as error:
        if not _last_try() and not isinstance(error, Deadly):
            raise
        reference = secrets.token_hex(4)
        log.exception("reference %s: delivery %s", reference, guid)
        dispatcher.admit_trouble(asked, reference)


@_patient
def announce(run_id: str) -> None:
    """A run's check run, brought up to date."""
    try:
        _alone(f"check:{run_id}", lambda: announce_run(wired().ports, run_id))
    except Forbidden as refused:
        log.warning("run %s: GitHub takes no check run of it: %s", run_id, refused)


@_patient
def checkpoint(run_id: str) -> None:
    """A ref that tells of a run's newest checkpoint."""
    try:
        tell(wired().ports, run_id)
    except (Forbidden, NotFound, Rejected) as refused:
        log.warning("run %s: GitHub takes no ref of its checkpoint: %s", run_id, refused)


@_patient
def finish(run_id: str) -> None:
    """What an agent returned, or how its run ended."""
    here = wired()
    try:
        with here.deaths.counted(f"finish:{run_id}"):
            _alone(f"finish:{run_id}", lambda: _finish(run_id))
    except TryLater:
        raise
    except (Forbidden, NotFound) as refused:
        log.warning("run %s ended, and GitHub refuses what its report needs: %s", run_id, refused, exc_info=True)
        shut_out(here.ports, run_id, str(refused), time())
    except Exception as error:
        if not _last_try() and not isinstance(error, Deadly):
            raise
        reference = secrets.token_hex(4)
        log.exception("reference %s: run %s", reference, run_id)
        abandon(here.ports, run_id, reference, time())


def _finish(run_id: str) -> None:
    for refused in finish_run(wired().ports, run_id, time()):
        log.warning("run %s: GitHub takes not all of its report: %s", run_id, refused)


def refresh(where: dict[str, Any], number: int, key: str) -> None:
    """A pull request's overview, made anew from what is there now."""
    here, repository = wired(), Repository(**where)
    _anew(
        key,
        f"overview:{repository.id}:{number}",
        lambda: refresh_overview(here.ports, repository, number, time()),
        lambda seconds: here.queue.refresh(repository, number, seconds),
        lambda reference: admit_trouble(here.ports, repository, number, reference),
    )


def show(where: dict[str, Any], number: int, sweep: str, key: str) -> None:
    """A sweep's table, made anew from what is there now."""
    here, repository = wired(), Repository(**where)
    _anew(
        key,
        f"sweep:{repository.id}:{number}:{sweep}",
        lambda: show_sweep(here.ports, repository, number, sweep, time()),
        lambda seconds: here.queue.show(repository, number, sweep, seconds),
        lambda reference: admit_sweep_trouble(here.ports, repository, number, sweep, reference),
    )


def train(run_id: str, attempt: int) -> None:
    """One attempt of a run, here on this machine, until its agent is through."""
    here = wired()
    store = here.ports.store
    if store.get(run_id) is None:
        return
    token = secrets.token_urlsafe(32)
    hashed = hashlib.sha256(token.encode()).hexdigest()
    said, code = "Its agent could not be started.", -1

    def take(run: Run) -> Run:
        free = run.state is State.QUEUED and run.attempt == attempt and not run.token_hash
        return replace(run, token_hash=hashed, heartbeat=time()) if free else run

    def leave(run: Run) -> Run:
        ours = run.token_hash == hashed and run.state is not State.FINISHING
        if not ours:
            return run
        return lost(run, said, time()) if run.checkpoints else observe(run, Ended(State.VANISHED, said), time())

    run = store.update(run_id, take)
    if run.token_hash != hashed:
        return  # it was cancelled, or another runner was faster
    try:
        code = here.runner.run(run_id, attempt, token, run.experiment.timeout)
        said = f"The agent left with exit code {code} and said nothing more."
    finally:
        run = store.update(run_id, leave)
        if run.attempt > attempt:
            here.queue.train(run)  # it goes on from its checkpoint
        heard = code == 0 and run.state is not State.VANISHED
        if not heard and (run.state.ended or run.state is State.FINISHING):
            here.queue.finish(run)  # a web that was killed while it heard the last word may not have asked for it


def _anew(
    key: str, lock: str, work: Callable[[], None], again: Callable[[float], None], admit: Callable[[str], None]
) -> None:
    """Made anew by one process at a time; asked for again where a limit keeps it from being said."""
    wired().queue.begins(key)
    try:
        with wired().ports.store.alone(lock):
            work()
    except TryLater as later:
        # Not a try that is used up: it is asked for until GitHub takes it, and then says what is true by then.
        again(max(1.0, later.seconds))
    except Forbidden as refused:
        log.warning("GitHub takes nothing of %s: %s", lock, refused)
    except Exception:
        if not _last_try():
            raise
        reference = secrets.token_hex(4)
        log.exception("reference %s: %s", reference, lock)
        admit(reference)


def _alone(key: str, work: Callable[[], None]) -> None:
    """Nobody else works on `key` meanwhile. TryLater."""
    with wired().ports.store.alone(key):
        work()


def _last_try() -> bool:
    job = get_current_job()
    return job is None or not job.retries_left


def main(kind: str) -> int:
    """`worker` (short jobs) or `runner` (training), until it is told to stop."""
    if kind not in KINDS:
        sys.stderr.write("python -m jobs worker, or python -m jobs runner\n")
        return 2
    try:
        here = wired()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    work(kind, here.redis)
    return 0


if __name__ == "__main__":
    # RQ imports this module as `jobs`; as `__main__` it would be wired twice.
    from jobs import main as run_main

    sys.exit(run_main("".join(sys.argv[1:2])))
