"""Remove experiments from the repository or the queue, as somebody asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.errors import Rejected, UserError
from bot.ports import Ports
from bot.ports.memos import Memo
from experiments.experiment import PullRef
from experiments.refs import PATTERN
from experiments.run import Ended, Run, observe
from experiments.run_state import BEFORE, RunState
from handlers.jobs.checkpoints import forget
from reports.messages import queue as queue_messages


@dataclass(frozen=True)
class Removable:
    """What somebody asked to remove, and what is said about it."""

    refs: Mapping[str, str]  # ref -> SHA
    runs: tuple[str, ...]  # ids
    said: str
    checkpoints: tuple[str, ...]  # ids of runs whose checkpoints are deleted


@dataclass(frozen=True)
class Removal:
    """Deletes refs that exist, and takes runs out of the queue before a runner has them."""

    where: PullRef
    memo: Memo[Removable]  # of what was begun: when this is done again, the names mean nothing any more
    found: Removable

    def do(self, ports: Ports, now: float) -> str:
        """Remove all of it, without objection to what is gone already. Raise UserError where the host refuses."""
        found = self.found
        ports.store.remember(self.memo, found)
        there = ports.git.remote_refs(self.where.repository, PATTERN) if found.refs else {}
        wanted = {ref: sha for ref, sha in found.refs.items() if ref in there}
        if wanted:
            try:
                ports.git.remove(self.where.repository, wanted)
            except Rejected as error:
                raise UserError(queue_messages.not_removed(str(error))) from error
        sweeps = {run.experiment.sweep.name for run in filter(None, map(ports.store.get, found.runs))}
        for run_id in found.runs:
            self._out_of_the_queue(ports, run_id, now)
        for run in filter(None, map(ports.store.get, found.checkpoints)):
            forget(ports, run)
        for run in ports.store.of_pull(self.where):
            if run.result.commit and run.experiment.ref in found.refs:
                ports.store.update(run.id, lambda seen: replace(seen, result=replace(seen.result, removed=True)))
        for name in filter(None, sweeps):
            ports.queue.show(self.where, name)
        ports.queue.refresh(self.where)
        return found.said

    def _out_of_the_queue(self, ports: Ports, run_id: str, now: float) -> None:
        """Cancel a waiting run and forget it. It ends first, so that no runner takes it meanwhile."""
        known = ports.store.get(run_id)
        if known is None:
            return

        def ended(seen: Run) -> Run:
            waits = seen.state in BEFORE and not seen.attempt.token_hash
            return observe(seen, Ended(RunState.CANCELLED), now) if waits else seen

        if ports.store.update(run_id, ended).state is RunState.CANCELLED:
            ports.store.forget(known)
