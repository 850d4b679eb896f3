"""The report of an ended run, made from stored results and the present state each time."""

from collections.abc import Sequence
from dataclasses import replace

from bot.ports import Ports
from bot.ports.git_host import PullRequest
from bot.workspace import repository_config
from experiments.experiment import Repository
from experiments.limits import UNKEPT
from experiments.offering import moved
from experiments.provenance import left_by
from experiments.run import Run
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from handlers.checks.dvclive_entries import declared as declared_by
from handlers.lookup.changed_since import dating
from handlers.lookup.pictures import addressed
from reports.plots import Drawn, figures
from reports.run.report import Picture, Report, of_run


def report_of(ports: Ports, run: Run, pull: PullRequest, settings: RepoConfig | None = None) -> Report:
    """Return the report of a run against its baseline, judged by the base branch's configuration, with pictures.

    `settings`: that configuration, where it is known.
    """
    experiment = run.experiment
    repository, project = experiment.repository, experiment.project
    config = (settings or repository_config(ports, repository, experiment.landing.base_branch)).of(project)
    fetched = ports.files.path(run, "baseline.tar")
    declared, files = experiment.execution.declared, fetched if fetched.exists() else None
    dated = dating(ports, repository, ports.store.of_pull(experiment.pull_ref), config)
    before = dated(ports.snapshots.take(repository, experiment.compared, project, declared, files))
    after = ports.snapshots.take(repository, run.result.commit, project, declared) if run.result.commit else None
    after = left_by(after, run.outcome.provenance) if after else None
    pictures = drawn(ports, repository, before, after) if after else []
    by_training: Sequence[tuple[str, str]] = ()
    if run.result.commit and experiment.execution.has_dvc:
        by_training = declared_by(ports.git, repository, project, experiment.baseline, run.result.commit)
    found = of_run(run, before, after, config, ports.files.log(run), pictures, pull.state, by_training)
    notes = (*found.notes, UNKEPT) if ports.files.is_cut(run) else found.notes
    return replace(found, moved=moved(experiment, pull.head), notes=notes)


def drawn(ports: Ports, repository: Repository, before: Snapshot | None, after: Snapshot) -> list[Picture]:
    """Draw plots of a snapshot beside those of the baseline. Store the pictures, and return them with addresses."""
    return [picture_of(ports, repository, each) for each in figures(before, after)]


def picture_of(ports: Ports, repository: Repository, plot: Drawn, guest: bool = False) -> Picture:
    """Store the picture of one plot, and return it with its address. `guest`: it is of commits of a fork."""
    picture, png = addressed(ports, plot)
    ports.images.keep(png, repository, guest)
    return picture
