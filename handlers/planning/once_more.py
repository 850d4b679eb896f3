"""An earlier experiment, as somebody asks for it again."""

from dataclasses import replace
from typing import Any

from bot.request import Request
from bot.workspace import Workspace
from experiments.experiment import Experiment
from experiments.names import new_name


def anew(
    workspace: Workspace, request: Request, old: Experiment, used: set[str], name: str = "", **changes: Any
) -> Experiment:
    """Return an old experiment as this request asks for it again, under its old name where that is free."""
    free = old.name if old.name not in used else new_name(used, workspace.ports.random_name)
    return replace(
        old,
        repository=workspace.repository,
        branch=workspace.pull.branch,
        base_branch=workspace.pull.base_branch,
        name=name or free,
        author=request.author,
        comment=request.id,
        asked_at=workspace.pull.head if old.rev else "",
        **changes,
    )
