"""`/retry`: train the same experiment again after it failed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.commands import Command, Reply, Word, argument
from bot.errors import UserError
from bot.ports.git_host import Permission
from bot.request import Request
from bot.workspace import Workspace
from experiments.experiment import Experiment
from experiments.hosts import Host
from experiments.names import FAILED
from experiments.offering import moved
from experiments.run import Run, latest
from experiments.run_state import RETRYABLE
from experiments.sweep import sweeps
from handlers.checks import preflight
from handlers.checks.admission import admit
from handlers.checks.names import taken
from handlers.jobs.fetch_results import Fetch, failed
from handlers.jobs.push_data import push
from handlers.jobs.start_queue import begin
from handlers.lookup import by_name, projects
from handlers.planning.once_more import anew
from reports.messages import queue as queue_messages
from reports.messages import retry as retry_messages
from reports.messages import runs as runs_messages
from reports.text.titles import selecting


@dataclass(frozen=True)
class RetryArgs:
    """Arguments of `/retry`: which run, or which part of a sweep."""

    name: Word = argument(
        "A run of this pull request; the newest that did not work when left out. A sweep, or `failed` for the newest "
        "one: all of it that did not work.",
        metavar="NAME",
    )
    force: bool = argument(
        "Also one that worked: once more on the same commit, under a new name, the branch left alone.",
        "-f",
        "--force",
        harms=True,
    )
    push: bool = argument(
        "Train nothing: have its runner push to the DVC remote what is missing there; of a sweep, for all its members.",
        "--push",
    )


def retry(workspace: Workspace, request: Request, args: RetryArgs, line: str) -> Reply:
    """Start a new run of an experiment on its old baseline, or of each failed member of a sweep.

    With `--push`, push the data of a run instead.
    """
    if args.push:
        return push(workspace, args.name, args.force, line)
    admit(workspace, request, line)
    # Where this job runs again, it finds runs that it started itself.
    known = by_name.runs(workspace)
    found = request.before(known)
    missing = () if args.name else _fetches(workspace)
    if missing and not [run for run in latest(found) if run.state in RETRYABLE]:
        return Reply("", acts=missing)
    runs = _of_sweep(workspace.repository.host, args.name, found) or (_single(workspace, request, args, found, line),)
    used, sentences = taken(workspace, request.own(known)), list[str]()
    experiments = []
    for run in runs:
        experiment = _again(workspace, request, run, used, args.force)
        used.add(experiment.name)
        if experiment.name != run.experiment.name:
            describe = retry_messages.renamed if run.state in RETRYABLE else retry_messages.repeats
            sentences.append(describe(run.experiment, experiment.name))
        experiments.append(experiment)
    queue = any(experiment.execution.queue for experiment in experiments)
    return Reply("\n\n".join(sentences), tuple(experiments), ((begin(workspace, request),) if queue else ()) + missing)


def _fetches(workspace: Workspace) -> tuple[Fetch, ...]:
    """Return acts that fetch again what only the DVC remote has of head and base, where fetching it failed."""
    folders = workspace.config.folders
    return tuple(act for each in folders for act in failed(workspace, workspace.config.of(each).declared, each))


def _of_sweep(host: Host, name: Word, found: Sequence[Run]) -> tuple[Run, ...]:
    """Return the failed runs of the named sweep; empty where `name` is no sweep.

    `failed` means the newest sweep with failed runs. Raise UserError where no run failed.
    """
    known = sweeps(found)
    if name == FAILED:
        broken = [sweep for sweep in known if sweep.failed]
        if not broken:
            raise UserError(queue_messages.nothing_failed(host))
        return broken[-1].failed
    sweep = next((each for each in known if each.name == name), None)
    if sweep and not sweep.failed:
        raise UserError(queue_messages.all_worked(sweep))
    return sweep.failed if sweep else ()


def _single(workspace: Workspace, request: Request, args: RetryArgs, found: Sequence[Run], line: str) -> Run:
    broken = [run for run in latest(found) if run.state in RETRYABLE]
    run = by_name.run(workspace, args.name, line) if args.name or not broken else broken[0]
    if request.began(run):
        same = [each for each in found if each.experiment.name == run.experiment.name]
        run = same[-1] if same else run
    if run.state not in RETRYABLE and not (args.force and run.state.ended):
        raise UserError(runs_messages.not_retryable(run))
    return run


def _again(workspace: Workspace, request: Request, run: Run, used: set[str], force: bool) -> Experiment:
    old, repeats = run.experiment, run.state not in RETRYABLE
    if repeats:  # the sweep's own measurements stay as they are
        old = replace(
            old,
            landing=replace(old.landing, temp=True),
            execution=replace(old.execution, queue=False, resumes=""),
            sweep=replace(old.sweep, name="", number=0, repeats=""),
        )
    if moved(old, workspace.pull.head) and not repeats:
        raise UserError(retry_messages.elsewhere(run, workspace.pull.head, selecting(old.project, workspace.config)))
    projects.still(workspace, old.name, old.project)
    old = replace(old, execution=replace(old.execution, force=old.execution.force or force))
    again = anew(workspace, request, old, used)
    preflight.still(workspace.ports, again)
    return again


COMMAND = Command(
    "retry",
    RetryArgs,
    retry,
    needs=Permission.WRITE,
    summary="Train the same experiment again after it failed, vanished, was cancelled, timed out or was refused; "
    "with `--push` only push its data again.",
    examples=("/retry", "/retry puffy-daks", "/retry puffy-daks --force", "/retry failed", "/retry puffy-daks --push"),
    harms=True,
)
