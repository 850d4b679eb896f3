"""Whether the agent of a run is still there, as far as it was heard, and what is due where it is not."""

from enum import Enum

from experiments.run import Run, State, lost

SILENT = 90  # seconds without a heartbeat after which an agent is taken for lost


class Due(Enum):
    """What is to be done about a run."""

    NOTHING = "nothing"
    REPORT = "report"  # it is through, and nobody has reported it
    TRAIN = "train"  # nobody has taken it: its job may be lost
    GIVE_UP = "give up"  # its agent says nothing


def due(run: Run, now: float, listening: float) -> Due:
    """`listening`: since when silence means something; the whole bot may have been away, and agents wait for it."""
    if run.state.ended or run.state is State.FINISHING:
        return Due.REPORT if now - (run.ended or run.heartbeat or now) > SILENT else Due.NOTHING
    if run.heartbeat is None:
        return Due.TRAIN if run.state is State.QUEUED and now - run.created > SILENT else Due.NOTHING
    return Due.GIVE_UP if now - run.heartbeat > SILENT and now >= listening else Due.NOTHING


def unheard(run: Run, patience: float, now: float) -> Run:
    """The run after its agent may have said nothing for `patience` seconds."""
    waits = run.state.ended or run.state is State.FINISHING or run.heartbeat is None
    if waits or now - (run.heartbeat or now) <= patience:
        return run
    return lost(run, f"Nothing was heard from its agent for {patience:g} seconds.", now)
