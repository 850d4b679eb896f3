"""Stop a run, as somebody asked."""

from dataclasses import dataclass, replace

from bot.ports import Ports
from experiments.run import Ended, Run, observe
from experiments.run_state import RunState
from reports.messages import run_reasons
from reports.messages import runs as runs_messages


@dataclass(frozen=True)
class Cancellation:
    """Stops a run. Its agent learns of that at its next heartbeat. A run that is finishing is not stopped."""

    run: str  # id
    comment: int
    author: str

    def do(self, ports: Ports, now: float) -> str:
        """Stop the run. Return an empty reply, since its report says so, or why it is too late."""

        def cancelled(seen: Run) -> Run:
            if seen.state.ended or seen.state is RunState.FINISHING:
                return seen
            ended = Ended(RunState.CANCELLED, run_reasons.cancelled(self.author, seen.state))
            return replace(observe(seen, ended, now), decisions=replace(seen.decisions, cancelled_by=self.comment))

        run = ports.store.update(self.run, cancelled)
        if run.decisions.cancelled_by != self.comment:
            return runs_messages.too_late(run)
        ports.queue.finish(run)
        return ""
