"""What agents sent and nobody needs any more, taken off the bot's disk."""

from bot.errors import TryLater
from bot.ports import Ports
from experiments.run import Run, State
from handlers.jobs.checkpoints import drop

KEPT = 7 * 24 * 3600  # seconds after a run's end: until then people go on from it, and operators look into it
BROKEN_OFF = 24 * 3600  # seconds after which a body that is still being written is one whose process was killed
AT_ONCE = 50  # runs of one look, so that it takes no time from what is due
TAKEN_IN = ("bundle", "experiment.tar")  # what came of training: once it was taken in it is in Git
SENT = (*TAKEN_IN, "baseline.tar")


def clear(ports: Ports, after: str, now: float) -> str:
    """Look at the next runs of which there are files, in the order of their ids. The id of the last one, from which the
    next look goes on; empty when it begins again."""
    ids = ports.files.ids(after, AT_ONCE)
    for run_id in ids:
        ports.files.drop_parts(run_id, now - BROKEN_OFF)
        run = ports.store.get(run_id)
        if run is None:
            ports.files.forget(run_id, now - KEPT)  # nobody can ask for its log, either
        else:
            _clear(ports, run, now)
    return ids[-1] if len(ids) == AT_ONCE else ""


def _clear(ports: Ports, run: Run, now: float) -> None:
    ports.files.drop(run, SENT, run.attempt)
    if not (run.state.ended and run.told):
        return
    if run.state in (State.SUCCEEDED, State.REUSED):
        ports.files.drop(run, TAKEN_IN)
    if now - (run.ended or now) > KEPT:
        ports.files.drop(run, SENT)
        try:
            drop(ports, run)
        except TryLater:  # somebody tells of it just now: the next look will do
            return
