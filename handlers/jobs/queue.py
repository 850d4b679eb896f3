"""The queue of a pull request: start the runs whose turn it is, and hold back hopeless ones."""

from bot.ports import Ports
from bot.ports.reading import ReadingPorts
from experiments.experiment import PullRef
from experiments.run import QueueMove, observe
from experiments.run_state import RunState
from experiments.settings.config import RepoConfig
from experiments.sweep import LOG, Sweep, due, how, sweeps

HELD_BACK, GONE_ON = "held back", "gone on"  # what was done with a sweep whose first members failed in the same way


def feed(ports: Ports, where: PullRef, now: float) -> None:
    """Give the runs that are due to their runners.

    Doing it again, or twice at once, changes nothing: the order is always the same, and each run moves once.
    """
    runs = ports.store.of_pull(where)
    hopeless = [sweep for sweep in sweeps(runs) if _hopeless(ports, sweep)]
    if hopeless:
        for sweep in hopeless:
            _hold_back(ports, sweep, now)
        runs = ports.store.of_pull(where)
    for run in due(runs, jobs(ports, where) or RepoConfig.jobs):
        moved = ports.store.update(run.id, lambda seen: observe(seen, QueueMove(RunState.QUEUED), now))
        if moved.state is RunState.QUEUED:
            ports.queue.train(moved)
            ports.queue.announce(moved)


def jobs(ports: ReadingPorts, where: PullRef) -> int:
    """Return how many runs of this pull request's queue train at once; 0 where nothing was started yet."""
    return int(ports.store.recall(_jobs_key(where)) or 0)


def set_jobs(ports: Ports, where: PullRef, wanted: int) -> None:
    """Set how many runs of this pull request's queue train at once from now on."""
    ports.store.remember(_jobs_key(where), str(wanted))


def key(where: PullRef, sweep: str) -> str:
    """Return the store key of the comment with a sweep's table; keys of other facts about it begin with this one."""
    return f"sweep:{where.key}:{sweep}"


def trouble_key(sweep: Sweep) -> str:
    """Return the store key for a sweep whose first members failed in the same way."""
    experiment = sweep.runs[0].experiment
    return f"{key(experiment.pull_ref, sweep.name)}:trouble"


def _hopeless(ports: Ports, sweep: Sweep) -> bool:
    known = ports.store.recall(trouble_key(sweep))
    if known:
        return known == HELD_BACK
    suspects = sweep.suspects()
    if not suspects or len({how(run, ports.files.log(run, LOG)) for run in suspects}) > 1:
        return False
    # Remembered before it is done: after a crash, the next job holds back the rest.
    ports.store.remember(trouble_key(sweep), HELD_BACK)
    return True


def _hold_back(ports: Ports, sweep: Sweep, now: float) -> None:
    for run in sweep.runs:
        if run.state in (RunState.WAITING, RunState.QUEUED):
            ports.store.update(run.id, lambda seen: observe(seen, QueueMove(RunState.HELD), now))


def _jobs_key(where: PullRef) -> str:
    return f"jobs:{where.key}"
