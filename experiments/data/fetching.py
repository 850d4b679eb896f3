"""When data that only the DVC remote holds is fetched again after a fetch failed."""

from dataclasses import dataclass, replace

from experiments.data.delivered import WAITS
from experiments.parts.attempt import RunAttempt
from experiments.pipeline import looked_at
from experiments.run import Run
from experiments.run_state import RunState
from experiments.snapshot import Snapshot

_ABSENT = "the remote does not have "  # the agent's words


def due(run: Run) -> float:
    """Return when a failed fetch is tried again, in seconds since the epoch.

    A fetch that was cancelled because nobody waited for it is due at once.
    """
    if run.state is RunState.CANCELLED:
        return run.outcome.ended or run.created
    return (run.outcome.ended or run.created) + WAITS[min(run.attempt.number, len(WAITS)) - 1]  # the last wait repeats


def waits(run: Run) -> bool:
    """Return whether this is a failed fetch that is to be tried again."""
    return run.fetch and run.state.ended and run.state not in (RunState.SUCCEEDED, RunState.CANCELLED)


def anew(run: Run) -> Run:
    """Return the next try of a fetch that has ended, or the run as it is. The reason of the last failure stays until
    this try ends."""
    if not (run.fetch and run.state.ended):
        return run
    return replace(
        run,
        state=RunState.QUEUED,
        attempt=RunAttempt(run.attempt.number + 1),
        outcome=replace(run.outcome, ended=None, exit_code=None),
    )


@dataclass(frozen=True)
class Fetching:
    """The state of fetching those metrics and plots of a commit that Git does not hold."""

    under_way: bool = False
    cause: str = ""  # why the last try failed: a sentence
    again: float = 0.0  # when the next try is due, in seconds since the epoch, where none is under way
    obstacle: str = ""  # why no agent is sent to fetch them: a sentence

    @property
    def hopeless(self) -> bool:
        """Whether the last try found that the remote lacks them, so that only a push can help."""
        return _ABSENT in self.cause


def lacking(snapshot: Snapshot, state: Fetching) -> tuple[str, ...]:
    """Return the outputs without which `/run` fails. Their stages are frozen, so DVC looks for them, and the last fetch
    found that the remote lacks them."""
    frozen = [stage for stage in looked_at(snapshot.stages, (), ()) if stage.name in snapshot.rechecked]
    outs = [out for stage in frozen for out in stage.outs]
    return tuple(out for out in outs if state.hopeless and f"`{out}`" in state.cause)
