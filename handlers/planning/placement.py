"""The place where an experiment trains: what command and configuration ask for, within the operator's bounds."""

from bot.effects.budget_check import bounded
from bot.errors import UserError
from bot.workspace import Workspace
from experiments.fleet.choosing import OutOfBounds, both, choose
from experiments.placement import EngineKind, Placement, Wish
from experiments.settings.repo_config import RepoConfig
from handlers.planning.run_arguments import RunArgs
from reports.messages import general


def placed(workspace: Workspace, config: RepoConfig, args: RunArgs) -> tuple[Placement, int]:
    """Return the place and the time limit in seconds. Raise UserError that names the bound which forbids the wish."""
    wish = both(
        Wish(
            str(args.runner),
            str(args.cloud),
            str(args.region),
            str(args.machine),
            str(args.gpu or ""),
            args.disk or 0,
            args.spot,
        ),
        config.runner,
    )
    repository = workspace.repository.full_name
    try:
        asked = args.timeout or config.timeout
        place, timeout = choose(workspace.ports.runners.fleet, wish, repository, workspace.person, asked)
    except OutOfBounds as error:
        raise bounded(error) from error
    if place.kind is EngineKind.LOCAL and (reason := workspace.ports.runner.admit(repository)):
        raise UserError(general.not_admitted(reason))
    return place, timeout
