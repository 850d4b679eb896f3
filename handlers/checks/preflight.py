"""Obstacles to a request: refused where it can't work, else mentioned."""

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import UserError
from bot.ports.reading import ReadingPorts
from bot.workspace import Head
from experiments.experiment import Experiment
from experiments.fleet.reach import unreadable
from experiments.judging.older import unseen
from experiments.pipeline import looked_at
from experiments.readiness.foretelling import unread
from experiments.readiness.preflight import known_failures, obstacles, of_experiment, unlisted
from experiments.readiness.trial import Obstacle, Trial, configured
from experiments.run import Run
from handlers.checks.submodules import given, search
from handlers.lookup import by_name
from handlers.lookup.changed_since import dating
from reports.messages import preflight


def looked_ahead(here: Head, experiments: Sequence[Experiment], before: Sequence[Run]) -> tuple[Obstacle, ...]:
    """Return what will be missing while these experiments train, and which of them failed `before`.

    Raise UserError where one can't work.
    """
    workspace, known = here.workspace, trial(here, experiments[0])
    found: dict[Obstacle, None] = {}
    for experiment in experiments:
        found |= dict.fromkeys(obstacles(here.snapshot, of_experiment(experiment, here.snapshot, known)))
    if blocking := [each for each in found if each.blocks]:
        raise UserError(preflight.refused(here.sha, blocking))
    overrides = [override for each in experiments for override in each.change.overrides]
    dated = dating(workspace.ports, workspace.repository, by_name.runs(workspace), here.config)(here.snapshot)
    found |= dict.fromkeys(unseen(dated, experiments[0]))
    how = experiments[0].execution
    is_dvcs = how.by_dvc and not how.force
    ignored = unread(here.snapshot, overrides) if is_dvcs else ()
    return (*found, *unlisted([each.key for each in ignored]), *known_failures(experiments, before))


def still(ports: ReadingPorts, experiment: Experiment) -> None:
    """Raise UserError where an old experiment can't have the submodules it needs, now that this person asks for it."""
    declared = experiment.execution.declared
    ports.git.fetch(experiment.repository, [experiment.baseline])
    snapshot = ports.snapshots.take(experiment.repository, experiment.baseline, experiment.project, declared)
    if blocking := given(ports, experiment, snapshot)[1]:
        raise UserError(preflight.refused(experiment.baseline, blocking))


def acknowledged(here: Head, found: Sequence[Obstacle], before: Sequence[Run]) -> str:
    """Return the obstacles that are news in this pull request, as Markdown. `before`: runs asked for earlier."""
    workspace, at = here.workspace, (here.sha, here.project)
    theirs = [each for each in before if (each.experiment.baseline, each.experiment.project) == at]
    base, stages = configured(here.config, workspace.repository.url), here.snapshot.stages
    asked = {(each.experiment.execution.targets, each.experiment.execution.flags) for each in theirs}
    seen = {frozenset(stage.name for stage in looked_at(stages, *words)) for words in asked}
    known = {each.sentence for names in seen for each in obstacles(here.snapshot, replace(base, looked_at=names))}
    mine = [each for each in theirs if each.experiment.asked.author == workspace.person]
    return preflight.beforehand([each for each in found if each.sentence not in known and not (mine and each.personal)])


def trial(here: Head, experiment: Experiment) -> Trial:
    """Return what the bot knows besides the commit: runner, remotes and submodules."""
    workspace, ports = here.workspace, here.workspace.ports
    runner = ports.runners.fleet.runners.get(experiment.execution.place.runner)
    addresses = {each.remote for each in here.snapshot.prerequisites.missing}
    submodules = here.snapshot.prerequisites.submodules
    name = workspace.repository.full_name
    why = {each: unreadable(each, here.project, name, runner, ports.runner.folders(name)) for each in addresses}
    return replace(
        configured(here.config, workspace.repository.url),
        trained_before=bool(ports.store.durations(workspace.repository)),
        unreadable={address: reason for address, reason in why.items() if reason},
        submodules=search(ports, workspace.repository, workspace.person, submodules).looked,
    )
