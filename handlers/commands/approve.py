"""`/approve`: let a run start that may cost more than is allowed without approval."""

from dataclasses import dataclass

from bot.commands import Command, Reply, Word, argument
from bot.effects.budget_check import approves, kept
from bot.errors import UserError
from bot.ports.git_host import Permission
from bot.request import Request
from bot.workspace import Workspace
from experiments.run_state import RunState
from handlers.checks.admission import writable
from handlers.checks.head_seen import NEAR
from handlers.jobs.approve_runs import ApproveRuns
from handlers.lookup import by_name
from reports.messages import runners


@dataclass(frozen=True)
class ApproveArgs:
    """Arguments of `/approve`: which run or sweep."""

    name: Word = argument("A run or a sweep that waits for it; all of them when left out.", metavar="NAME")


def approve(workspace: Workspace, request: Request, args: ApproveArgs, line: str) -> Reply:
    """Approve runs. Raise UserError unless the operator named the person among those who may approve, and where nothing
    would be kept of what they send: then they go on waiting for approval.

    Rights in the repository do not count.
    """
    writable(workspace)
    fleet = workspace.ports.runners.fleet
    if not approves(workspace):
        raise UserError(runners.may_not_approve(fleet))
    # Where this job runs again, it finds runs that it approved itself.
    mine = f"{request.author}:{request.id}"
    runs = [run for run in by_name.runs(workspace) if run.state is RunState.ASKING or run.decisions.approved_by == mine]
    if args.name:
        runs = [run for run in runs if args.name in (run.experiment.name, run.experiment.sweep.name)]
    # The person can't have read about runs that were asked for after the comment, or moments before it.
    unseen = [run for run in runs if not args.name and request.written and run.created > request.written - NEAR]
    runs = [run for run in runs if run not in unseen]
    if not runs:
        words = runners.nothing_asks(workspace.repository.host, str(args.name))
        raise UserError(runners.unseen([run.experiment for run in unseen]) if unseen else words)
    kept(workspace, [run.experiment for run in runs if run.state is RunState.ASKING])
    money = {run.experiment.asked.comment: run.experiment.asked.cost for run in runs}
    answer = runners.approved([run.experiment for run in runs], sum(money.values()), fleet.currency)
    answer += f"\n\n{runners.unseen([run.experiment for run in unseen])}" if unseen else ""
    return Reply(acts=(ApproveRuns(tuple(run.id for run in runs), mine, answer),))


COMMAND = Command(
    "approve",
    ApproveArgs,
    approve,
    needs=Permission.READ,
    summary="Let a run begin whose cost needs approval; for those whom the bot's operator names.",
    examples=("/approve", "/approve puffy-daks"),
    harms=True,
)
