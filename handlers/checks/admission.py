"""Whether anything may be trained or brought onto the branch in a pull request."""

from bot.context import Context
from bot.errors import UserError
from experiments.fleet.choosing import usable
from experiments.placement import Kind
from experiments.readiness.preflight import obstacles
from experiments.readiness.trial import configured
from experiments.settings.config import RepoConfig
from experiments.snapshot import Snapshot
from handlers.checks.head_seen import looked_at
from reports.messages import general, preflight


def writable(context: Context) -> None:
    """UserError where nothing may be brought onto the branch of this pull request."""
    if context.pull.fork:
        raise UserError(general.fork())
    if context.pull.state != "open":
        raise UserError(general.pull_over(context.pull.state))


def admit(context: Context, line: str) -> None:
    """UserError where nothing may be trained for this pull request, or not at this head."""
    admitted(context)
    looked_at(context, line)


def admitted(context: Context) -> None:
    """UserError where nothing may be trained for this pull request."""
    writable(context)
    theirs = usable(context.ports.runners.fleet, context.repository.full_name, context.author)
    elsewhere = any(each.type is not Kind.LOCAL for each in theirs.values())
    reason = "" if elsewhere else context.ports.runner.admit(context.repository.full_name)
    if reason:
        raise UserError(general.not_admitted(reason))


def trainable(snapshot: Snapshot, config: RepoConfig, home: str) -> None:
    """UserError where the project says nothing of how it trains, or can't be trained as it is committed. `home`: the
    address of the repository's page."""
    if blocking := [each for each in obstacles(snapshot, configured(config, home)) if each.blocks]:
        raise UserError(preflight.refused(snapshot.sha, blocking))
    if not config.trains(snapshot):
        raise UserError(general.no_pipeline(snapshot, config))
