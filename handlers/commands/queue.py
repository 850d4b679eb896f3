"""`/queue`: show what waits in the queue of a pull request, and for how long."""

from dataclasses import dataclass

from bot.commands import Command, Reply, question
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from experiments.estimate import estimate
from experiments.placement import EngineKind
from experiments.run import Run
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
    names = {_taken_by(run) for run in (*waiting, *busy)}
    runners = sum(map(ports.queue.takers, names))
    taken = [workspace.now - (run.attempt.started or workspace.now) for run in busy]
    launched = any(not run.experiment.execution.place.kind.queued for run in (*waiting, *busy))
    most = at_once if launched else min(at_once, runners)
    found = estimate(ports.store.durations(workspace.repository), taken, len(waiting), most)
    at_work = [run for run in ports.store.moving() if not run.state.ended and run.state not in BEFORE]
    by_processes = [run for run in at_work if run.experiment.execution.place.kind.queued and _taken_by(run) in names]
    others = {run.id for run in by_processes} - {run.id for run in busy}
    there = None if launched else runners
    host = workspace.repository.host
    return Reply(queue_messages.queue(host, waiting, busy, found, at_once, there, len(others), workspace.now))


def _taken_by(run: Run) -> str:
    """Return the runner whose processes take a run; empty for those of the bot's own machine."""
    place = run.experiment.execution.place
    return place.runner if place.kind is EngineKind.RQ else ""


COMMAND = Command(
    "queue",
    QueueArgs,
    question(queue),
    needs=Permission.READ,
    summary="Show what waits in the queue of this pull request: position, state, age, and when it may be finished.",
    examples=("/queue",),
)
