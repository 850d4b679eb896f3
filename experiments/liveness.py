"""Whether the agent of a run is still there, as far as it was heard."""

from experiments.run import Run, State, lost


def unheard(run: Run, patience: float, now: float) -> Run:
    """The run after its agent may have said nothing for `patience` seconds."""
    waits = run.state.ended or run.state is State.FINISHING or run.heartbeat is None
    if waits or now - (run.heartbeat or now) <= patience:
        return run
    return lost(run, f"Nothing was heard from its agent for {patience:g} seconds.", now)
