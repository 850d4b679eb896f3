"""`/status`: what runs, what waits, what came of the rest."""

from dataclasses import dataclass

from bot.commands import Command, Reply
from bot.context import Context
from bot.ports import Permission
from experiments.run import BEFORE, State
from handlers import choice
from reports import replies_runs


@dataclass(frozen=True)
class StatusArgs:
    """Nothing."""


def status(context: Context, args: StatusArgs, line: str) -> Reply:
    """Every run of this pull request, and how long the queue is."""
    everywhere = sorted(context.ports.store.active(), key=lambda run: run.created)
    waiting = [run.id for run in everywhere if run.state is State.QUEUED]
    training = sum(not run.state.ended and run.state not in BEFORE for run in everywhere)
    return Reply(replies_runs.status(choice.runs(context), waiting, training, context.now))


COMMAND = Command(
    "status",
    StatusArgs,
    status,
    needs=Permission.READ,
    summary="Show the runs of this pull request, the queue, and what can be typed.",
    examples=("/status",),
)
