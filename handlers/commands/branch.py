"""`/branch`: put an experiment on a new branch, with a pull request."""

from dataclasses import dataclass

from bot.commands import Command, Problem, Problems, Reply, Word, argument
from bot.errors import UserError
from bot.ports.git_host import Permission
from bot.request import Request
from bot.workspace import Workspace
from experiments.names import BEST
from experiments.refs import ExperimentRef
from handlers.checks import names
from handlers.checks.experiment_commit import vet
from handlers.jobs.branch_with_pull_request import Source, new_branch
from handlers.lookup import by_name
from handlers.lookup.best import standing_for
from handlers.lookup.missing_data import lacks
from handlers.lookup.reverts import taken_back
from reports.messages import branching, general


@dataclass(frozen=True)
class BranchArgs:
    """Arguments of `/branch`: which experiment, and the name of the branch."""

    name: Word = argument(
        "An experiment of this repository; `best` of the newest sweep.", metavar="NAME", required=True
    )
    branch: Word = argument("The new branch; `NAME-branch` when left out.", metavar="BRANCH")


def branch(workspace: Workspace, request: Request, args: BranchArgs, line: str) -> Reply:
    """Open a pull request for an experiment, into this one's head branch, or into its base where this one is over."""
    if workspace.pull.fork:
        raise UserError(general.fork(workspace.repository.host))
    kept = by_name.experiment(
        workspace, standing_for(workspace, args.name)[0] if args.name == BEST else args.name, line
    )
    name = str(args.branch) or f"{kept.name}-branch"
    wrong, fix = names.unfit(workspace, name)
    if wrong:
        place = args.branch or args.name
        raise Problems(line, [Problem(place.start, place.end, wrong, fix if args.branch else "")])
    vetted = vet(workspace, kept)
    into = workspace.pull.branch if workspace.pull.state == "open" else workspace.pull.base_branch
    _brings_commits(workspace, kept, into, name)
    ref = f"refs/heads/{name}"
    there = workspace.ports.git.remote_refs(workspace.repository, ref).get(ref, kept.sha)
    if there != kept.sha:
        raise UserError(branching.branch_taken(kept.name, name, there))
    config = workspace.config.of(vetted.project)
    after = workspace.ports.snapshots.take(workspace.repository, kept.sha, vetted.project, config.declared)
    lacked = lacks(workspace, kept, after)
    source = Source(workspace.pull.ref, request.author, vetted.bundle.message, _report_of(workspace, kept), lacked)
    sides = vetted.before, after
    new = new_branch(workspace.ports, workspace.repository, kept, (name, into), sides, config, source)
    return Reply(acts=(new,))


def _brings_commits(workspace: Workspace, kept: ExperimentRef, into: str, name: str) -> None:
    """Raise UserError where the branch `into` has the experiment's commit: a pull request would have no commits.

    `name`: of the new branch.
    """
    git, repository, pull = workspace.ports.git, workspace.repository, workspace.pull
    is_open, ref = pull.state == "open", f"refs/heads/{into}"
    tip = pull.head if is_open else git.remote_refs(repository, ref).get(ref, "")
    if not tip:  # the base branch was deleted; the host says what it makes of that
        return
    git.fetch(repository, [tip])
    if git.is_ancestor(repository, kept.sha, tip):
        undone = taken_back(git, repository, kept.sha, tip)
        base = pull.base_branch if is_open else ""
        raise UserError(branching.no_commits(repository.host, kept.name, into, base, name, undone))


def _report_of(workspace: Workspace, kept: ExperimentRef) -> str:
    """Return the URL of the comment in this pull request that reports the run; empty where there is none."""
    comments = [
        run.published.report
        for run in by_name.runs(workspace)
        if run.result.commit == kept.sha and run.published.report
    ]
    return workspace.pull.ref.page(comments[-1]) if comments else ""


COMMAND = Command(
    "branch",
    BranchArgs,
    branch,
    needs=Permission.WRITE,
    summary="Give an experiment a branch of its own, with a pull request into this one's branch.",
    examples=("/branch puffy-daks", "/branch puffy-daks try-small-steps"),
    harms=True,
)
