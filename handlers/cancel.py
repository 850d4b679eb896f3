"""`/cancel`: stop a run, or keep it from beginning."""

from dataclasses import dataclass, replace

from bot.commands import Command, Reply, Word, argument
from bot.context import Context
from bot.errors import UserError
from bot.ports import Permission, Ports
from experiments.run import Ended, Run, State, observe
from handlers import choice
from reports import reasons, replies_runs


@dataclass(frozen=True)
class CancelArgs:
    """Which run."""

    name: Word = argument("A run of this pull request; the one that is not over when left out.", metavar="NAME")


@dataclass(frozen=True)
class Cancellation:
    """The agent is told at its next heartbeat. A result that is being looked at is not thrown away."""

    run: str  # id
    comment: int
    author: str

    def do(self, ports: Ports, now: float) -> str:
        """Nothing is said of a run that was stopped: its report does."""

        def cancelled(seen: Run) -> Run:
            if seen.state.ended or seen.state is State.FINISHING:
                return seen
            ended = Ended(State.CANCELLED, reasons.cancelled(self.author, seen.state))
            return replace(observe(seen, ended, now), cancelled=self.comment)

        run = ports.store.update(self.run, cancelled)
        if run.cancelled != self.comment:
            return replies_runs.too_late(run)
        ports.queue.finish(run)
        return ""


def cancel(context: Context, args: CancelArgs, line: str) -> Reply:
    """One run. Where several could be meant they are listed."""
    found = choice.runs(context)
    active = [run for run in found if not run.state.ended]
    if args.name:
        run = choice.run(context, args.name, line)
    elif len(active) > 1:
        raise UserError(replies_runs.several_active(active, context.now))
    else:
        run = active[0] if active else choice.run(context, args.name, line)
    # A job that runs again meets what it cancelled itself.
    if run.state.ended and run.cancelled != context.comment:
        raise UserError(replies_runs.nothing_to_cancel(run, active, context.now))
    return Reply(acts=(Cancellation(run.id, context.comment, context.author),))


COMMAND = Command(
    "cancel",
    CancelArgs,
    cancel,
    needs=Permission.WRITE,
    summary="Stop a run within seconds, or keep it from beginning; what it logged is reported.",
    examples=("/cancel", "/cancel puffy-daks"),
)
