"""Whether anything may be trained or brought onto the branch in a pull request."""

from bot.errors import UserError
from bot.request import Request
from bot.workspace import Workspace
from experiments.fleet.choosing import usable
from experiments.placement import EngineKind
from experiments.readiness.preflight import obstacles
from experiments.readiness.trial import configured
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from handlers.checks.head_seen import looked_at
from reports.messages import general, preflight


def writable(workspace: Workspace) -> None:
    """Raise UserError where nothing may be brought onto the branch of this pull request."""
    if workspace.pull.fork:
        raise UserError(general.fork(workspace.repository.host))
    if workspace.pull.state != "open":
        raise UserError(general.pull_over(workspace.repository.host, workspace.pull.state))


def admit(workspace: Workspace, request: Request, line: str) -> None:
    """Raise UserError where nothing may be trained for this pull request, or not at this head."""
    admitted(workspace)
    looked_at(workspace, request, line)


def admitted(workspace: Workspace) -> None:
    """Raise UserError where nothing may be trained for this pull request."""
    writable(workspace)
    theirs = usable(workspace.ports.runners.fleet, workspace.repository.full_name, workspace.person)
    elsewhere = any(each.type is not EngineKind.LOCAL for each in theirs.values())
    reason = "" if elsewhere else workspace.ports.runner.admit(workspace.repository.full_name)
    if reason:
        raise UserError(general.not_admitted(reason))


def trainable(snapshot: Snapshot, config: RepoConfig, home: str) -> None:
    """Raise UserError where the project does not say how it trains, or can't be trained as it is committed.

    `home`: the address of the repository's page.
    """
    if blocking := [each for each in obstacles(snapshot, configured(config, home)) if each.blocks]:
        raise UserError(preflight.refused(snapshot.sha, blocking))
    if not config.trains(snapshot):
        raise UserError(general.no_pipeline(snapshot, config))
