"""Do what is due of runs and what no other job would notice. The clock calls this every few seconds."""

from bot.ports import Ports
from experiments.data.fetching import due as fetch_due
from experiments.liveness import SILENT, Due, due, unheard
from experiments.outline import moves
from experiments.run import Run
from handlers.jobs.apart import apart
from handlers.jobs.queue import turn

PAUSE = 60  # seconds between two looks whether there is room again; each counts what the repository's runs sent


def look_after(ports: Ports, now: float, listening: float) -> None:
    """Restart or end silent runs, report ended ones, push and fetch data again, and let queues go on.

    `listening`: the time from which an agent's silence counts, in seconds since the epoch.
    """
    for run in ports.store.moving():
        with apart(f"run {run.id}"):
            _look_after(ports, run, now, listening)
    for run in ports.store.unpushed():
        if run.push_due is not None and now >= run.push_due:
            with apart(f"run {run.id}"):
                _push(ports, run.id, now)
    for run in ports.store.unfetched():
        if fetch_due(run) <= now:
            ports.queue.fetch(run)
    for first in ports.store.first_waiting():
        where = first.experiment.pull_ref
        with apart(f"pull request {where.key}"):
            if turn(ports, where):  # whoever should have fed it died, or is being waited for
                ports.queue.feed(where, PAUSE if first.attempt.waits else 0.0)
    if ports.runners.engines:
        ports.queue.watch()


def _look_after(ports: Ports, run: Run, now: float, listening: float) -> None:
    if not moves(run):  # an older version that works at the same time lists it here and not where it waits
        ports.store.relist(run.id)
        return
    match due(run, now, listening):
        case Due.REPORT:
            ports.queue.finish_again(run)
        case Due.TRAIN:
            ports.queue.train(run)
        case Due.GIVE_UP:
            _give_up(ports, run.id, now)


def _push(ports: Ports, run_id: str, now: float) -> None:
    run = ports.store.relist(run_id)
    if run and run.push_due is not None and now >= run.push_due:
        # Imported here: it brings all that a report is written with, and most clocks never see such a push.
        from handlers.jobs.push_data import push_again

        push_again(ports, run, now)


def _give_up(ports: Ports, run_id: str, now: float) -> None:
    """Restart or end a run whose agent is silent, unless it was heard or ended meanwhile.

    A version that knows no outlines may have ended it, and it may be forgotten since.
    """
    if ports.store.relist(run_id) is None:
        return
    run = ports.store.update(run_id, lambda seen: unheard(seen, SILENT, now))
    if run.state.ended:
        ports.queue.finish_again(run)
    elif run.attempt.heartbeat is None:
        ports.queue.train(run)
        ports.queue.announce(run)
