"""`/remove`: remove experiments from the queue or from the repository."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands import Command, Problem, Problems, Reply, Word, argument
from bot.errors import UserError
from bot.ports.git_host import Permission
from bot.ports.memos import MemoKind
from bot.request import Request
from bot.workspace import Workspace
from experiments.refs import PATTERN, ExperimentRef, kept, named
from experiments.run import Run
from experiments.run_state import BEFORE
from experiments.sweep import Sweep, in_queue
from handlers.jobs.remove_experiments import Removable, Removal
from handlers.lookup import by_name
from handlers.lookup.checkpoint import needed_by
from reports.messages import landing
from reports.messages import queue as queue_messages
from reports.run import checkpoints as checkpoints_report

MOST = 2_000  # refs and runs that one command removes: all of them are remembered before the first one goes
# Vital: without it, a job that runs again would remove what has the names by then.
_REMOVED = MemoKind[Removable, int, int, str]("removed", Removable, vital=True)


@dataclass(frozen=True)
class RemoveArgs:
    """Arguments of `/remove`: what to remove."""

    names: tuple[Word, ...] = argument(
        "Experiments of this repository, or sweeps of this pull request: their refs are deleted.",
        metavar="NAME",
        many=True,
    )
    queue: bool = argument("All that waits in the queue of this pull request.", "--queue", harms=True)


def remove(workspace: Workspace, request: Request, args: RemoveArgs, line: str) -> Reply:
    """Find all that is to be removed before anything is removed. Where this job runs again, go on with its first list.

    Raise Problems without a name, UserError where something can't be removed.
    """
    memo = _REMOVED.of(workspace.repository.id, request.id, line)
    begun = workspace.ports.store.recall(memo)
    if begun:
        return Reply(acts=(Removal(workspace.pull.ref, memo, begun),))
    if not args.names and not args.queue:
        raise Problems(line, [Problem(len(line), len(line) + 1, "The name of an experiment goes here, or `--queue`")])
    found = kept(workspace.ports.git.remote_refs(workspace.repository, PATTERN)) if args.names else ()
    gone: dict[str, ExperimentRef] = {}
    copies: list[Run] = []
    runs_out = list(in_queue(by_name.runs(workspace))) if args.queue else []
    for name in args.names:
        refs_of, runs_of, copied = _meant(workspace, name, found, line)
        copies += copied
        gone |= {each.ref: each for each in refs_of}
        runs_out += [run for run in runs_of if run not in runs_out]
    if not gone and not runs_out and not copies:
        raise UserError(queue_messages.nothing_queued(workspace.repository.host))
    if (count := len(gone) + len(runs_out) + len(copies)) > MOST:
        raise UserError(queue_messages.too_many(count, MOST))
    answer = "\n\n".join(
        filter(None, [queue_messages.removed(list(gone.values()), runs_out), checkpoints_report.forgotten(copies)])
    )
    removable = Removable(
        {each.ref: each.sha for each in gone.values()},
        tuple(run.id for run in runs_out),
        answer,
        tuple(run.id for run in copies),
    )
    return Reply(acts=(Removal(workspace.pull.ref, memo, removable),))


def _meant(
    workspace: Workspace, name: Word, found: tuple[ExperimentRef, ...], line: str
) -> tuple[Sequence[ExperimentRef], Sequence[Run], Sequence[Run]]:
    """Return the refs and the waiting runs of a name, and its runs that have checkpoints.

    Raise UserError where a run is at work, or where the name left nothing to remove.
    """
    sweep = by_name.sweep(workspace, name)
    runs = (
        list(sweep.runs)
        if isinstance(sweep, Sweep)
        else [run for run in by_name.runs(workspace) if run.experiment.name == name][-1:]
    )
    working = [
        run for run in runs if not run.state.ended and not (run.experiment.execution.queue and run.state in BEFORE)
    ]
    if working:
        raise UserError(queue_messages.at_work(working[0], sweep))
    waiting = [run for run in runs if not run.state.ended]
    if sweep:
        commits = {run.result.commit for run in runs if run.result.commit}
        refs: Sequence[ExperimentRef] = [each for each in found if each.sha in commits]
    else:
        refs = named(name, found)
    if len(refs) > 1 and not sweep:
        raise UserError(landing.ambiguous(line, name, tuple(refs)))
    known = by_name.runs(workspace)
    meant = [run for run in known if name in (run.experiment.name, run.experiment.sweep.name)]
    copied = [run for run in meant if run.checkpoints and run.state.ended]
    active = [run for run in known if not run.state.ended]
    for run in copied:
        if by := needed_by(workspace.ports, run, active):
            raise UserError(checkpoints_report.needed(run, by))
    if not refs and not waiting and not copied:
        if runs:
            raise UserError(queue_messages.left_nothing(runs[0], sweep))
        by_name.experiment(workspace, name, line)  # raises Problems that list the known names
    return refs, waiting, copied


COMMAND = Command(
    "remove",
    RemoveArgs,
    remove,
    needs=Permission.WRITE,
    summary="Delete experiments from the repository, or take what waits out of the queue.",
    examples=("/remove puffy-daks", "/remove wide", "/remove --queue"),
    harms=True,
)
