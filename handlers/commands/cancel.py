"""`/cancel`: stop a run, or take it out of the queue."""

from dataclasses import dataclass

from bot.commands import Command, Reply, Word, argument
from bot.errors import UserError
from bot.ports.git_host import Permission
from bot.request import Request
from bot.workspace import Workspace
from experiments.sweep import Sweep, entries, over
from handlers.jobs.cancel_run import Cancellation
from handlers.lookup import by_name
from reports.messages import runs as runs_messages


@dataclass(frozen=True)
class CancelArgs:
    """Arguments of `/cancel`: which run or sweep."""

    name: Word = argument(
        "A run or a sweep of this pull request; the one that is not over when left out.", metavar="NAME"
    )


def cancel(workspace: Workspace, request: Request, args: CancelArgs, line: str) -> Reply:
    """Stop one run, or all runs of a sweep. Raise UserError that lists the active ones where several could be meant."""
    active = [each for each in entries(by_name.runs(workspace)) if not over(each)]
    if args.name:
        names = [each.name if isinstance(each, Sweep) else each.experiment.name for each in active]
        meant = by_name.sweep(workspace, args.name) or by_name.run(workspace, args.name, line, names)
    elif len(active) > 1:
        raise UserError(runs_messages.several_active(workspace.repository.host, active, workspace.now))
    else:
        meant = active[0] if active else by_name.run(workspace, args.name, line)
    # From the last to the first, so that no run starts in the place of a stopped one.
    runs = list(reversed(meant.runs)) if isinstance(meant, Sweep) else [meant]
    # Where this job runs again, it finds runs that it cancelled itself.
    wanted = [run for run in runs if not run.state.ended or run.decisions.cancelled_by == request.id]
    if not wanted:
        raise UserError(runs_messages.nothing_to_cancel(workspace.repository.host, meant, active, workspace.now))
    return Reply(acts=tuple(Cancellation(run.id, request.id, request.author) for run in wanted))


COMMAND = Command(
    "cancel",
    CancelArgs,
    cancel,
    needs=Permission.WRITE,
    summary="Stop a run or a sweep within seconds, or keep it from beginning; what it logged is reported.",
    examples=("/cancel", "/cancel puffy-daks"),
    harms=True,
)
