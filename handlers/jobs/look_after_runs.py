"""Do what is due of runs and what no other job would notice. The clock calls this every few seconds."""

from bot.ports import Ports
from experiments.data.fetching import due as fetch_due
from experiments.liveness import SILENT, Due, due, unheard
from experiments.run import Run
from experiments.run_state import RunState
from handlers.jobs.push_data import push_again
from handlers.jobs.queue import feed


def look_after(ports: Ports, now: float, listening: float) -> None:
    """Restart or end silent runs, report ended ones, push and fetch data again, and let queues go on.

    `listening`: the time from which an agent's silence counts, in seconds since the epoch.
    """
    moving = ports.store.moving()
    for run in moving:
        match due(run, now, listening):
            case Due.REPORT:
                ports.queue.finish_again(run)
            case Due.TRAIN:
                ports.queue.train(run)
            case Due.GIVE_UP:
                _give_up(ports, run, now)
    for run in ports.store.unpushed():
        whole = ports.store.get(run.id) if run.push_due is not None and now >= run.push_due else None
        if whole:
            push_again(ports, whole, now)
    for run in ports.store.unfetched():
        if fetch_due(run) <= now:
            ports.queue.fetch(run)
    waiting = [run.experiment.pull_ref for run in moving if run.state is RunState.WAITING]
    for where in dict.fromkeys(waiting):
        feed(ports, where, now)
    if ports.runners.engines:
        ports.queue.watch()


def _give_up(ports: Ports, run: Run, now: float) -> None:
    """Restart or end a run whose agent is silent, unless it was heard meanwhile."""
    run = ports.store.update(run.id, lambda seen: unheard(seen, SILENT, now))
    if run.state.ended:
        ports.queue.finish(run)
    elif run.heartbeat is None:
        ports.queue.train(run)
        ports.queue.announce(run)
