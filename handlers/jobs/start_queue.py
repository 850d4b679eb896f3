"""Start the held runs in the queue of a pull request."""

from dataclasses import dataclass, replace

from bot.ports import Ports
from bot.request import Request
from bot.workspace import Workspace
from experiments.experiment import PullRef
from experiments.run import QueueMove, Run, observe
from experiments.run_state import RunState
from experiments.sweep import sweeps
from handlers.jobs.queue import feed, jobs, set_jobs
from handlers.jobs.sweep_memos import Hopeless, memos_of


@dataclass(frozen=True)
class Start:
    """Starts the held runs that one comment asked for, or all of the pull request."""

    where: PullRef
    jobs: int
    comment: int  # id of the comment that starts them
    asked_by: int = 0  # id of the comment that asked for them; 0: any
    reply: str = ""

    def do(self, ports: Ports, now: float) -> str:
        """Start as many runs as may train at once; the others start when it is their turn. Return the reply."""
        set_jobs(ports, self.where, self.jobs)
        runs = ports.store.of_pull(self.where)
        held = [run for run in runs if run.state in (RunState.ASKING, RunState.HELD)]
        mine = [run for run in held if self.asked_by in (0, run.experiment.asked.comment)]
        names = {run.experiment.sweep.name for run in mine}
        for memo in (memos_of(sweep).trouble for sweep in sweeps(runs) if sweep.name in names):
            if ports.store.recall(memo) is Hopeless.HELD_BACK:
                ports.store.remember(memo, Hopeless.GONE_ON)
        for run in mine:
            ports.store.update(run.id, lambda seen: self._started(seen, now))
        feed(ports, self.where, now)
        for name in filter(None, names):
            ports.queue.show(self.where, name)
        ports.queue.refresh(self.where)
        return self.reply

    def _started(self, run: Run, now: float) -> Run:
        if run.state is RunState.ASKING:  # once it is approved, it waits for its turn
            return replace(run, decisions=replace(run.decisions, started_by=self.comment))
        moved = observe(run, QueueMove(RunState.WAITING), now)
        started = replace(moved.decisions, started_by=self.comment)
        return replace(moved, decisions=started) if moved.state is not run.state else run


def begin(workspace: Workspace, request: Request) -> Start:
    """Return the act that starts what this very request asks for, without another command."""
    allowed = workspace.config.jobs
    kept = jobs(workspace.ports, workspace.pull.ref) or allowed
    return Start(workspace.pull.ref, min(kept, allowed), request.id, request.id)
