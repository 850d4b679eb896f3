"""`/status`: show what runs, what waits and how the other runs ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.commands import Command, Reply, question
from bot.errors import NotFound, UserError
from bot.ports.git_host import Permission
from bot.workspace import Head, Workspace
from experiments.judging.comparison import compare
from experiments.offering import Offer, offered
from experiments.provenance import left_by
from experiments.refs import PATTERN, kept
from experiments.run import Run, latest
from handlers.checks.dvclive_entries import dropped
from handlers.commands.show import COMMITS
from handlers.lookup import by_name, projects, revisions
from handlers.lookup.changed_since import dating
from reports.messages import runs as runs_messages
from reports.messages.preflight import untrained
from reports.messages.runs import Worth

LOOKED_AT = 5  # runs that are looked at for one to offer, and projects for one that can be trained


@dataclass(frozen=True)
class StatusArgs:
    """Arguments of `/status`: none."""


def status(workspace: Workspace, args: StatusArgs, line: str) -> Reply:
    """Show every run of this pull request, and the length of the queue."""
    waiting, training = workspace.ports.store.queued(), workspace.ports.store.at_work()
    runs = by_name.runs(workspace)
    in_git = () if runs else _in_git(workspace)
    found = ((run, _offered(workspace, run)) for run in _aside(runs))
    worth = next((each for each in found if each[1] is not Offer.NOTHING), None)
    tips = workspace.ports.git.remote_refs(workspace.repository, "refs/heads/*").values() if worth else ()
    offers = Worth(worth[0].id, worth[1], worth[0].result.commit in tips) if worth else Worth()
    offers = replace(offers, head=workspace.pull.head)
    return Reply(
        runs_messages.status(
            workspace.repository.host, runs, waiting, training, workspace.now, offers, in_git, _untrained(workspace)
        )
    )


def _untrained(workspace: Workspace) -> str:
    """Return why `/run` would train nothing in this pull request; empty where it can train a project."""
    try:
        meant = projects.changed(workspace.ports, workspace.repository, workspace.pull, workspace.config)
    except UserError:  # the pull request changes more files than can be listed
        meant = ()
    reason = ""
    for each in (meant or workspace.config.folders)[:LOOKED_AT]:
        here = Head(workspace, each)
        found = untrained(here.snapshot, workspace.pull, here.config, workspace.repository.url)
        if not found:
            return ""
        reason = reason or found
    return reason


def _in_git(workspace: Workspace) -> tuple[str, ...]:
    """Return names of experiments in Git on commits of this pull request, for when the store lost their runs."""
    git, repository, base = workspace.ports.git, workspace.repository, revisions.base(workspace)
    commits = git.history(repository, base.sha if base else "", workspace.pull.head, COMMITS)
    found = kept(git.remote_refs(repository, PATTERN))
    return tuple(each.name for each in found if each.baseline in {*commits, *([base.sha] if base else [])})


def _aside(runs: Sequence[Run]) -> Sequence[Run]:
    """Return the newest runs whose results are not on the branch but could be, LOOKED_AT at most."""
    return [run for run in latest(runs) if runs_messages.aside(run)][:LOOKED_AT]


def _offered(workspace: Workspace, run: Run) -> Offer:
    """Return how much of a run to offer for the branch.

    Offer nothing where its commit is gone, or where Hydra composed it on another head.
    """
    ports, repository, experiment = workspace.ports, workspace.repository, run.experiment
    if experiment.change.composed and experiment.baseline != workspace.pull.head:
        return Offer.NOTHING
    try:
        ports.git.fetch(repository, [experiment.compared, run.result.commit])
    except NotFound:
        return Offer.NOTHING
    before, after = (
        ports.snapshots.take(repository, sha, experiment.project, experiment.execution.declared)
        for sha in (experiment.compared, run.result.commit)
    )
    before = dating(ports, repository, by_name.runs(workspace), workspace.config)(before)
    after = left_by(after, run.outcome.provenance)
    invites = compare(before, after, workspace.config.of(experiment.project)).invites
    if dropped(ports.git, run, workspace.config.of(experiment.project).declared):
        return Offer.NOTHING
    head = Head(workspace, experiment.project).snapshot
    return offered(experiment, after, head) if invites else Offer.NOTHING


COMMAND = Command(
    "status",
    StatusArgs,
    question(status),
    needs=Permission.READ,
    summary="Show the runs of this pull request, the queue, and what can be typed.",
    examples=("/status",),
)
