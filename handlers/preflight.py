"""What stands in the way of what was asked for: refused where it can't work, else said."""

from collections.abc import Sequence

from bot.context import Context, Head
from bot.errors import UserError
from experiments.experiment import Experiment
from experiments.foretelling import unread
from experiments.preflight import Obstacle, Trial, known_failures, obstacles, of_experiment, unlisted
from experiments.reach import unreadable
from experiments.run import Run
from handlers import choice
from reports import replies_preflight


def looked_ahead(context: Context, here: Head, experiments: Sequence[Experiment]) -> tuple[Obstacle, ...]:
    """What will be missing while these train, and which of them failed before. UserError where one can't work."""
    known = trial(context, here, experiments[0])
    found: dict[Obstacle, None] = {}
    for experiment in experiments:
        found |= dict.fromkeys(obstacles(here.snapshot, of_experiment(experiment, here.snapshot, known)))
    if blocking := [each for each in found if each.blocks]:
        raise UserError(replies_preflight.refused(here.sha, blocking))
    overrides = [override for each in experiments for override in each.overrides]
    is_dvcs = experiments[0].has_dvc and not experiments[0].script and not experiments[0].force
    ignored = unread(here.snapshot, overrides) if is_dvcs else ()
    return (*found, *unlisted([each.key for each in ignored]), *known_failures(experiments, _before(context)))


def acknowledged(context: Context, here: Head, found: Sequence[Obstacle]) -> str:
    """What of it is news in this pull request."""
    said = any(
        (each.experiment.baseline, each.experiment.project) == (here.sha, here.project) for each in _before(context)
    )
    known = obstacles(here.snapshot) if said else ()
    return replies_preflight.beforehand([each for each in found if each not in known])


def trial(context: Context, here: Head, experiment: Experiment) -> Trial:
    """What the bot knows beside the commit."""
    ports = context.ports
    runner = ports.runners.fleet.runners.get(experiment.place.runner)
    addresses = {each.remote for each in here.snapshot.prerequisites.missing}
    why = {each: unreadable(each, here.project, runner, ports.runner.folders) for each in addresses}
    return Trial(
        trained_before=bool(ports.store.durations(context.repository)),
        unreadable={address: said for address, said in why.items() if said},
    )


def _before(context: Context) -> Sequence[Run]:
    """A job that runs again meets what it began itself."""
    return [run for run in choice.runs(context) if run.experiment.comment != context.comment]
