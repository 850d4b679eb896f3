"""`/queue`: show what waits in the queue of a pull request, and for how long."""

from dataclasses import dataclass

from bot.commands import Command, Reply, question
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from experiments.estimate import estimate
from experiments.placement import EngineKind
from experiments.run_state import BEFORE
from experiments.sweep import in_queue
from handlers.jobs.queue import jobs
from handlers.lookup import by_name
from reports.messages import queue as queue_messages


@dataclass(frozen=True)
class QueueArgs:
    """Arguments of `/queue`: none."""


def queue(workspace: Workspace, args: QueueArgs, line: str) -> Reply:
    """Show each waiting run's position, state and age, with an estimate from earlier runs."""
    ports = workspace.ports
    runs = by_name.runs(workspace)
    waiting = in_queue(runs)
    busy = [run for run in runs if not run.state.ended and run.state not in BEFORE]
    at_once = jobs(ports, workspace.pull.ref) or workspace.config.jobs
    places = [run.experiment.execution.place for run in (*waiting, *busy)]
    names = {_processes_of(each.kind, each.runner) for each in places}
    runners = sum(map(ports.queue.takers, names))
    taken = [workspace.now - (run.attempt.started or workspace.now) for run in busy]
    launched = any(not each.kind.queued for each in places)
    most = at_once if launched else min(at_once, runners)
    found = estimate(ports.store.durations(workspace.repository), taken, len(waiting), most)
    fleet = ports.runners.fleet.runners.items()
    theirs = [name for name, each in fleet if each.type.queued and _processes_of(each.type, name) in names]
    own = sum(run.experiment.execution.place.runner in theirs for run in busy)
    others = max(0, sum(map(ports.store.at_work, theirs)) - own)  # one may begin or end between the two counts
    there = None if launched else runners
    host = workspace.repository.host
    return Reply(queue_messages.queue(host, waiting, busy, found, at_once, there, others, workspace.now))


def _processes_of(kind: EngineKind, runner: str) -> str:
    """Return the runner whose processes take runs for this one; empty for those of the bot's own machine."""
    return runner if kind is EngineKind.RQ else ""


COMMAND = Command(
    "queue",
    QueueArgs,
    question(queue),
    needs=Permission.READ,
    summary="Show what waits in the queue of this pull request: position, state, age, and when it may be finished.",
    examples=("/queue",),
)
