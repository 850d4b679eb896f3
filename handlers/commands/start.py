"""`/start`: train what waits in the queue of a pull request."""

from dataclasses import dataclass

from bot.commands import Command, Reply, argument, count
from bot.errors import UserError
from bot.ports.git_host import Permission
from bot.request import Request
from bot.workspace import Workspace
from experiments.run_state import RunState
from experiments.settings.repo_config import MOST
from handlers.checks.admission import admitted
from handlers.jobs.queue import jobs
from handlers.jobs.start_queue import Start
from handlers.lookup import by_name
from reports.messages import queue


@dataclass(frozen=True)
class StartArgs:
    """Arguments of `/start`: how many runs train at once."""

    jobs: int = argument(
        "Train this many at once; when left out, as many as last time, or as the repository allows.",
        "--jobs",
        metavar="N",
        type=count(MOST),
    )


def start(workspace: Workspace, request: Request, args: StartArgs, line: str) -> Reply:
    """Start all held runs, in the order in which they were asked for. Raise UserError where none waits."""
    admitted(workspace)  # `admit` looked at each run's head when the run was asked for
    allowed = workspace.config.jobs
    wanted = args.jobs or jobs(workspace.ports, workspace.pull.ref) or allowed
    runs = by_name.runs(workspace)
    # Where this job runs again, it finds runs that it started itself.
    held = [run for run in runs if run.state is RunState.HELD or run.decisions.started_by == request.id]
    waiting = [run for run in runs if run.state is RunState.WAITING and run not in held]
    if not held and not waiting:
        raise UserError(queue.nothing_held(workspace.repository.host))
    at_once = min(wanted, allowed)
    answer = queue.started(len(held), len(waiting), at_once, wanted, allowed)
    return Reply(acts=(Start(workspace.pull.ref, at_once, request.id, reply=answer),))


COMMAND = Command(
    "start",
    StartArgs,
    start,
    needs=Permission.WRITE,
    summary="Train what waits in the queue of this pull request.",
    examples=("/start", "/start --jobs 2"),
    harms=True,
)
