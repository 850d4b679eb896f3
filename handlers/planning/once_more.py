"""An earlier experiment, as somebody asks for it again."""

from dataclasses import replace

from bot.request import Request
from bot.workspace import Workspace
from experiments.experiment import Experiment
from experiments.names import new_name


def anew(workspace: Workspace, request: Request, old: Experiment, used: set[str], name: str = "") -> Experiment:
    """Return an old experiment as this request asks for it again, under its old name where that is free."""
    free = old.name if old.name not in used else new_name(used, workspace.ports.random_name)
    pull = workspace.pull
    return replace(
        old,
        repository=workspace.repository,
        name=name or free,
        landing=replace(old.landing, branch=pull.branch, base_branch=pull.base_branch),
        asked=replace(old.asked, author=request.author, comment=request.id, head=pull.head if old.asked.rev else ""),
    )
