"""Whether the agent of a run is still alive, as far as its heartbeats tell, and what is to be done where it is not."""

from enum import Enum

from experiments.run import Run, lost
from experiments.run_state import RunState

SILENT = 90  # seconds without a heartbeat after which an agent is taken for lost


class Due(Enum):
    """What is to be done about a run."""

    NOTHING = "nothing"
    REPORT = "report"  # it has ended and nobody reported it
    TRAIN = "train"  # no agent claimed it: its job may be lost
    GIVE_UP = "give up"  # its agent is silent


def due(run: Run, now: float, listening: float) -> Due:
    """Return what is to be done about a run. Times are seconds since the epoch.

    `listening`: since when silence means something. Agents wait while the whole bot is away.
    """
    if run.state.ended or run.state is RunState.FINISHING:
        return Due.REPORT if now - (run.outcome.ended or run.attempt.heartbeat or now) > SILENT else Due.NOTHING
    if run.attempt.heartbeat is None:
        return Due.TRAIN if run.state is RunState.QUEUED and now - run.created > SILENT else Due.NOTHING
    return Due.GIVE_UP if now - run.attempt.heartbeat > SILENT and now >= listening else Due.NOTHING


def unheard(run: Run, patience: float, now: float) -> Run:
    """Return the run, lost where its agent was silent for more than `patience` seconds. `now`: seconds since the
    epoch."""
    waits = run.state.ended or run.state is RunState.FINISHING or run.attempt.heartbeat is None
    if waits or now - (run.attempt.heartbeat or now) <= patience:
        return run
    return lost(run, f"Nothing was heard from its agent for {patience:g} seconds.", now)
