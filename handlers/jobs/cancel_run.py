"""A run is stopped, as somebody asked."""

from dataclasses import dataclass, replace

from bot.ports import Ports
from experiments.run import Ended, Run, State, observe
from reports.messages import run_reasons
from reports.messages import runs as runs_messages


@dataclass(frozen=True)
class Cancellation:
    """The agent is told at its next heartbeat. A result that is being looked at is not thrown away."""

    run: str  # id
    comment: int
    author: str

    def do(self, ports: Ports, now: float) -> str:
        """Nothing is said of a run that was stopped: its report does."""

        def cancelled(seen: Run) -> Run:
            if seen.state.ended or seen.state is State.FINISHING:
                return seen
            ended = Ended(State.CANCELLED, run_reasons.cancelled(self.author, seen.state))
            return replace(observe(seen, ended, now), cancelled=self.comment)

        run = ports.store.update(self.run, cancelled)
        if run.cancelled != self.comment:
            return runs_messages.too_late(run)
        ports.queue.finish(run)
        return ""
