"""When what only the DVC remote has of a commit is sent for again."""

from dataclasses import dataclass, replace

from experiments.data.delivered import WAITS
from experiments.pipeline import looked_at
from experiments.run import Run, State
from experiments.snapshot import Snapshot

_ABSENT = "the remote does not have "  # the agent's words


def due(run: Run) -> float:
    """When a fetch that did not work is tried again, in seconds since the epoch. One that was given up because nobody
    waited for it: as soon as somebody does."""
    if run.state is State.CANCELLED:
        return run.ended or run.created
    return (run.ended or run.created) + WAITS[min(run.attempt, len(WAITS)) - 1]  # the last one again and again


def waits(run: Run) -> bool:
    """Whether this is a fetch that did not work and is to be tried again."""
    return run.fetch and run.state.ended and run.state not in (State.SUCCEEDED, State.CANCELLED)


def anew(run: Run) -> Run:
    """The next try of a fetch that has ended. What kept the last one is remembered until this one ends."""
    if not (run.fetch and run.state.ended):
        return run
    return replace(
        run,
        state=State.QUEUED,
        attempt=run.attempt + 1,
        token_hash="",
        heartbeat=None,
        started=None,
        trained=None,
        ended=None,
        exit_code=None,
    )


@dataclass(frozen=True)
class Fetching:
    """How it stands with the metrics and plots of a commit that Git does not hold."""

    under_way: bool = False
    cause: str = ""  # why the last try did not work, a sentence
    again: float = 0.0  # when the clock tries again, where nobody is under way
    obstacle: str = ""  # why nobody is sent, a sentence

    @property
    def hopeless(self) -> bool:
        """Whether the last try found that the remote lacks it: the next ones find it only if somebody pushes it."""
        return _ABSENT in self.cause


def lacking(snapshot: Snapshot, state: Fetching) -> tuple[str, ...]:
    """Outputs that `/run` fails without: DVC looks for them, since their stage is frozen, and the last try to fetch
    them found that the remote lacks them."""
    frozen = [stage for stage in looked_at(snapshot.stages, (), ()) if stage.name in snapshot.rechecked]
    outs = [out for stage in frozen for out in stage.outs]
    return tuple(out for out in outs if state.hopeless and f"`{out}`" in state.cause)
