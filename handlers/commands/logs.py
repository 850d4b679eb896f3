"""`/logs`: show the end of a run's log."""

from dataclasses import dataclass

from bot.commands import Command, Reply, Word, argument, count, question
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from handlers.lookup import by_name
from reports.messages import runs

LINES = 50
MOST = 1000  # lines
READ = 400_000  # characters


@dataclass(frozen=True)
class LogsArgs:
    """Arguments of `/logs`: which run, and how many lines."""

    name: Word = argument("A run of this pull request; the newest when left out.", metavar="NAME")
    tail: int = argument(f"Lines from its end; {LINES} when left out.", "--tail", metavar="N", type=count(MOST))


def logs(workspace: Workspace, args: LogsArgs, line: str) -> Reply:
    """Show the log's last lines in a code fence, without what looks like a credential."""
    run = by_name.run(workspace, args.name, line, sweeps_too=False)
    log = workspace.ports.files.log(run, READ, whole=True)
    return Reply(runs.logs(run, log, args.tail or LINES, workspace.now))


COMMAND = Command(
    "logs",
    LogsArgs,
    question(logs),
    needs=Permission.READ,
    summary="Show the end of a run's log.",
    examples=("/logs", "/logs puffy-daks --tail 200"),
)
