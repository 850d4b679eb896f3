"""Which of the machines that exist are no longer needed, and why."""

from experiments.run import Run
from experiments.run_state import RunState

LEAVING = 120  # seconds a machine has to end by itself once its run is over
LATE = 300  # seconds after its limit until it is ended
SILENT = 1800  # seconds after its start until its agent has to ask for the run


def needless(run: Run | None, attempt: int, expires: float, now: float) -> str:
    """Return why a machine has to be ended, as a clause. Empty while it may stay.

    `run`: as it is known now; None where it is not known. `expires` and `now`: seconds since the epoch.
    """
    if expires and now > expires + LATE:
        return "it is past its limit"
    if run is None:
        return "no run is known that it belongs to"
    if run.state.ended:
        over = run.outcome.ended or 0.0
        settled = run.state in (RunState.CANCELLED, RunState.VANISHED, RunState.INTERRUPTED, RunState.TIMED_OUT)
        return "its run is over" if settled or now - over > LEAVING else ""
    if attempt != run.attempt.number:
        return "another attempt goes on"
    rent = run.rented
    if rent and rent.began is not None and not rent.booted and now - rent.began > SILENT:
        return f"nothing was heard of it for {SILENT // 60} minutes"
    return ""
