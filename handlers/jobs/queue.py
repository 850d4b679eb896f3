"""The queue of a pull request: start the runs whose turn it is, and hold back hopeless ones."""

from collections.abc import Sequence
from dataclasses import replace

from bot.effects.budget_check import files_are_full
from bot.ports import Ports
from bot.ports.memos import MemoKind
from bot.ports.reading import ReadingPorts
from experiments.experiment import PullRef
from experiments.limits import RUN_FILES
from experiments.run import QueueMove, Run, observe
from experiments.run_state import RunState
from experiments.settings.repo_config import RepoConfig
from experiments.sweep import LOG, Sweep, how, sweeps
from handlers.jobs.sweep_memos import Hopeless, memos_of

_NO_ROOM = f"Waiting for room: the bot keeps {RUN_FILES // 2**20:,} MB of what runs of this repository sent"
_JOBS = MemoKind[int, PullRef]("jobs", int)


def feed(ports: Ports, where: PullRef, now: float) -> None:
    """Give the runs that are due to their runners.

    Doing it again, or twice at once, changes nothing: the order is always the same, and each run moves once.
    """
    for sweep in sweeps(ports.store.of_pull(where)):
        if _hopeless(ports, sweep):
            _hold_back(ports, sweep, now)
    due = turn(ports, where)
    why = _NO_ROOM if due and files_are_full(ports.files, where.repository) else ""
    for run_id in due:
        before = ports.store.relist(run_id)  # a version that knows no lists by age may have moved it
        if before is None:
            continue
        moved = ports.store.update(run_id, lambda seen: _turned(seen, why, now))
        if moved.state is RunState.QUEUED:
            ports.queue.train(moved)
        if moved != before or moved.state is RunState.QUEUED:
            ports.queue.announce(moved)


def _turned(run: Run, why: str, now: float) -> Run:
    """Return a run whose turn it is: queued, or with the reason why it goes on waiting."""
    if run.state is not RunState.WAITING:
        return run
    waiting = replace(run, attempt=replace(run.attempt, waits=why))
    return waiting if why else observe(waiting, QueueMove(RunState.QUEUED), now)


def turn(ports: ReadingPorts, where: PullRef) -> Sequence[str]:
    """Return the ids of the runs in this pull request's queue whose turn it is."""
    return ports.store.turn(where, jobs(ports, where) or RepoConfig.jobs)


def jobs(ports: ReadingPorts, where: PullRef) -> int:
    """Return how many runs of this pull request's queue train at once; 0 where nothing was started yet."""
    return ports.store.recall(_JOBS.of(where)) or 0


def set_jobs(ports: Ports, where: PullRef, wanted: int) -> None:
    """Set how many runs of this pull request's queue train at once from now on."""
    ports.store.remember(_JOBS.of(where), wanted)


def _hopeless(ports: Ports, sweep: Sweep) -> bool:
    memo = memos_of(sweep).trouble
    known = ports.store.recall(memo)
    if known:
        return known is Hopeless.HELD_BACK
    suspects = sweep.suspects()
    if not suspects or any(ports.files.is_cut(run) for run in suspects):  # nobody knows how the log went on
        return False
    if len({how(run, ports.files.log(run, LOG)) for run in suspects}) > 1:
        return False
    # Remembered before it is done: after a crash, the next job holds back the rest.
    ports.store.remember(memo, Hopeless.HELD_BACK)
    return True


def _hold_back(ports: Ports, sweep: Sweep, now: float) -> None:
    for run in sweep.runs:
        if run.state in (RunState.WAITING, RunState.QUEUED):
            ports.store.update(run.id, lambda seen: observe(seen, QueueMove(RunState.HELD), now))
