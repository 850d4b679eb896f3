"""`/params`: every hyperparameter at the head."""

from dataclasses import dataclass

from bot.commands import Command, Reply, Word, argument, question
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from experiments.params.lists import without_items
from handlers.lookup import projects
from handlers.planning.hydra import composed, listed
from reports.messages import general, hydra, preflight


@dataclass(frozen=True)
class ParamsArgs:
    """Arguments of `/params`: which parameters to list."""

    filter: str = argument("Only parameters whose name holds this.", metavar="FILTER")
    project: Word = argument(projects.HELP, "--project", metavar="PATH")


def params(workspace: Workspace, args: ParamsArgs, line: str) -> Reply:
    """List each parameter with its value, type, file and stages."""
    here = projects.chosen(workspace, args.project, line)
    snapshot, groups = here.snapshot, ""
    if snapshot.hydra:
        found = composed(here)
        trained = any(stage.name not in snapshot.never_run for stage in snapshot.stages)
        snapshot, groups = listed(snapshot, found), f"\n\n{hydra.groups(found, trained)}"
    wanted = str(args.filter).lower()
    shown = without_items([each for each in snapshot.params if wanted in each.key.lower()])
    untrained = preflight.untrained(here.snapshot, workspace.pull, here.config, workspace.repository.url)
    return Reply(general.params(shown, wanted, snapshot, here.config, untrained) + groups)


COMMAND = Command(
    "params",
    ParamsArgs,
    question(params),
    needs=Permission.READ,
    summary="List the hyperparameters at the head: value, type, file and the stages that use them.",
    examples=("/params", "/params train"),
)
