"""Bring an experiment onto its branch, as somebody asked."""

from dataclasses import dataclass, replace

from bot.effects.landing import land
from bot.errors import Rejected, UserError
from bot.ports import Ports
from experiments.experiment import PullRef
from experiments.run import Run
from reports.messages import landing as landing_messages


@dataclass(frozen=True)
class Landing:
    """Puts a commit onto the branch, unless the head has moved."""

    where: PullRef
    branch: str
    sha: str
    expected: str  # SHA of the head it was made on
    message: str
    name: str
    commit: str  # SHA of the experiment; empty where only its parameters are taken
    consequences: str  # further sentences for the reply

    def do(self, ports: Ports, now: float) -> str:
        """Push the commit, and remember that the run landed. Raise UserError where the host refuses."""
        try:
            head = land(ports, self.where.repository, self.branch, self.sha, self.expected, self.message)
        except Rejected as error:
            ref = f"refs/heads/{self.branch}"
            tip = ports.git.remote_refs(self.where.repository, ref).get(ref, "")
            words = landing_messages.refused(self.where.repository.host, self.name, self.branch, str(error))
            if tip != self.expected:
                words = landing_messages.moved_meanwhile(self.name, self.branch, tip)
            raise UserError(words) from error
        for run in ports.store.of_pull(self.where):
            if self.commit and run.result.commit == self.commit:
                ports.queue.announce(ports.store.update(run.id, lambda seen: _landed(seen, head)))
        return landing_messages.applied(
            self.name, self.where.repository, self.branch, head, head != self.sha, self.consequences
        )


def _landed(run: Run, head: str) -> Run:
    return replace(run, result=replace(run.result, landed=True, undone=False, head=head))
