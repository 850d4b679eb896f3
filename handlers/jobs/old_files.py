"""Delete files from the bot's disk that agents sent and nobody needs any more."""

from bot.errors import TryLater
from bot.ports import Ports
from bot.ports.memos import MemoKind
from experiments.run import Run
from experiments.run_state import RunState
from handlers.jobs.apart import apart
from handlers.jobs.checkpoints import drop
from handlers.lookup.checkpoint import needed_by

A_WEEK = 7 * 24 * 3600  # seconds after a run's end in which people may continue it, and operators look into it
BROKEN_OFF = 3600  # seconds after which an unfinished file belongs to a process that was killed: each MB has 20
AT_ONCE = 50  # runs of one look, so that it does not delay what is due
TAKEN_IN = ("bundle", "experiment.tar")  # results of training, which are in Git once they were taken in
SENT = (*TAKEN_IN, "baseline.tar")
# Id of the run after which the next look begins; empty: from the first.
_CLEARED = MemoKind[str]("files-cleared", str).of()


def clear_next(ports: Ports, now: float) -> None:
    """Clear the files of the runs that are next, and remember where the look after this one begins."""
    ports.store.remember(_CLEARED, clear(ports, ports.store.recall(_CLEARED) or "", now))


def clear(ports: Ports, after: str, now: float) -> str:
    """Clear the files of the next AT_ONCE runs after the id `after`, in the order of their ids.

    Return the id of the last one, from which the next look goes on; empty where the next look begins anew.
    """
    ids = ports.files.ids(after, AT_ONCE)
    for run_id in ids:
        with apart(f"run {run_id}"):
            ports.files.drop_parts(run_id, now - BROKEN_OFF)
            run = ports.store.get(run_id)
            if run is None:
                ports.files.forget(run_id, now - A_WEEK)  # the run is forgotten, so nobody can ask for its log
            else:
                _clear(ports, run, now)
    return ids[-1] if len(ids) == AT_ONCE else ""


def _clear(ports: Ports, run: Run, now: float) -> None:
    ports.files.drop(run, SENT, run.attempt.number)
    if not (run.state.ended and run.reported):
        return
    if run.state in (RunState.SUCCEEDED, RunState.REUSED):
        ports.files.drop(run, TAKEN_IN)
    if now - (run.outcome.ended or now) > A_WEEK:
        ports.files.drop(run, SENT)
        if not run.checkpoints or needed_by(ports, run, _may_go_on(ports, run, now)):
            return
        try:
            drop(ports, run)
        except TryLater:  # its checkpoint is in use right now: the next look will do
            return


def _may_go_on(ports: Ports, run: Run, now: float) -> list[Run]:
    """Return the runs of the same pull request that have not ended, or so lately that people may resume them."""
    runs = ports.store.of_pull(run.experiment.pull_ref)
    return [each for each in runs if not each.state.ended or now - (each.outcome.ended or now) <= A_WEEK]
