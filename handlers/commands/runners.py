"""`/runners`: show where this repository may train, within which bounds, and what runs there."""

from dataclasses import dataclass

from bot.commands import Command, Reply, question
from bot.effects.budget_check import budgets
from bot.ports.git_host import Permission
from bot.unattended import unattended
from bot.workspace import Workspace
from experiments.fleet.choosing import usable
from experiments.placement import EngineKind, Placement
from reports.messages import runners as runners_messages


@dataclass(frozen=True)
class RunnersArgs:
    """Arguments of `/runners`: none."""


def runners(workspace: Workspace, args: RunnersArgs, line: str) -> Reply:
    """List the runners that the person who asks may use in this repository."""
    there = workspace.ports.runners
    known = usable(there.fleet, workspace.repository.full_name, workspace.person)
    taken = {name: workspace.ports.store.at_work(name) for name in known}
    chosen = workspace.config.runner.runner
    silent = unattended(
        workspace.ports, [Placement(name, EngineKind.RQ) for name, each in known.items() if each.type is EngineKind.RQ]
    )
    money, paused = budgets(workspace), there.audit.paused()
    return Reply(runners_messages.listing(known, taken, chosen, there.fleet, money, paused, silent))


COMMAND = Command(
    "runners",
    RunnersArgs,
    question(runners),
    needs=Permission.READ,
    summary="Show where this repository may train, the bounds, what runs there and what is left of the month's budget.",
    examples=("/runners",),
)
