"""Take a result that landed off its branch, as somebody asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.effects.landing import land
from bot.errors import Rejected, UserError
from bot.ports import Ports
from bot.ports.memos import Memo
from experiments.experiment import PullRef
from experiments.offering import from_it
from experiments.run import Run
from reports.messages import run_reasons
from reports.messages import undo as undo_messages


@dataclass(frozen=True)
class LandedResult:
    """A commit that a run put on its branch."""

    sha: str
    name: str  # name of the experiment


@dataclass(frozen=True)
class Undoing:
    """Puts a commit that takes a result back onto the branch, unless the head has moved."""

    where: PullRef
    branch: str
    sha: str
    expected: str  # SHA of the head it was made on
    message: str
    result: LandedResult  # what is taken back
    author: str  # login of the person who asked
    consequences: str  # further sentences for the reply
    memo: Memo[LandedResult]  # of what was begun: when this is done again, another result is the last one

    def do(self, ports: Ports, now: float) -> str:
        """Push the commit, and remember that the run is off the branch. Raise UserError where the host refuses."""
        ports.store.remember(self.memo, self.result)
        try:
            head = land(ports, self.where.repository, self.branch, self.sha, self.expected, self.message)
        except Rejected as error:
            ref = f"refs/heads/{self.branch}"
            tip = ports.git.remote_refs(self.where.repository, ref).get(ref, "")
            moved = tip != self.expected
            host = self.where.repository.host
            raise UserError(undo_messages.refused(host, self.branch, tip if moved else "", str(error))) from error
        off = run_reasons.undone(self.author, head)
        runs = ports.store.of_pull(self.where)
        for run in runs:
            if run.result.landed_as == self.result.sha:
                changed = ports.store.update(run.id, lambda seen: _taken_back(seen, off))
                ports.queue.announce(changed)
        name, landed = self.result.name, self.result.sha
        back = way_back(runs, name, self.expected != landed)
        return undo_messages.undone(name, self.where.repository, self.branch, landed, head, self.consequences, back)


def way_back(runs: Sequence[Run], name: str, moved: bool) -> str:
    """Return a sentence on how to bring the result back. `moved`: whether something was pushed after it landed."""
    asked = next((run.experiment for run in reversed(runs) if run.experiment.name == name), None)
    return undo_messages.back(name, from_it(name, asked) if asked and asked.change.overrides else "", moved)


def _taken_back(run: Run, why: str) -> Run:
    return replace(run, result=replace(run.result, landed=False, undone=True, not_landed=why))
