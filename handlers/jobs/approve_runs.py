"""Let runs go on that needed approval, as somebody approved."""

from dataclasses import dataclass, replace

from bot.ports import Ports
from experiments.run import QueueMove, Run, observe
from experiments.run_state import RunState
from handlers.jobs.queue import feed


@dataclass(frozen=True)
class ApproveRuns:
    """Lets runs go on, each as it was asked for: to a runner, to wait for its turn, or to be held until `/start`."""

    runs: tuple[str, ...]  # ids
    by: str  # login of the person and id of the comment
    reply: str

    def do(self, ports: Ports, now: float) -> str:
        """Let the runs go on. Return the reply. Doing it again changes nothing."""
        moved = [ports.store.update(run_id, lambda seen: self._approved(seen, now)) for run_id in self.runs]
        for run in moved:
            if run.state is RunState.QUEUED and not run.experiment.execution.queue:
                ports.queue.train(run)
                ports.queue.announce(run)
        for where in dict.fromkeys(run.experiment.pull_ref for run in moved):
            feed(ports, where, now)
            ports.queue.refresh(where)
        for run in {run.experiment.sweep.name: run for run in moved if run.experiment.sweep.name}.values():
            ports.queue.show(run.experiment.pull_ref, run.experiment.sweep.name)
        return self.reply

    def _approved(self, run: Run, now: float) -> Run:
        if run.state is not RunState.ASKING:
            return run
        onwards = RunState.QUEUED
        if run.experiment.execution.queue:
            onwards = RunState.WAITING if run.decisions.started_by else RunState.HELD
        return replace(observe(run, QueueMove(onwards), now), decisions=replace(run.decisions, approved_by=self.by))
