"""Checks of an experiment in the repository, whoever pushed it, before any of it lands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.errors import NotFound, UserError
from bot.ports.git import UNDECLARED, Bundle
from bot.workspace import Workspace
from experiments.dvclive import DvcliveEntry
from experiments.params import ParamsError
from experiments.params.merging import ParamEdit, changed
from experiments.projects import rooted, touched
from experiments.refs import ExperimentRef
from experiments.snapshot import Snapshot
from handlers.checks import dvclive_entries
from handlers.lookup import by_name
from reports.messages import landing, projects


@dataclass(frozen=True)
class Vetted:
    """An experiment's commit on its baseline, found to change only what the project declares."""

    kept: ExperimentRef
    bundle: Bundle
    project: str
    before: Snapshot
    changes: tuple[ParamEdit, ...]  # changes of parameters
    declares: Mapping[str, tuple[DvcliveEntry, ...]] = field(
        default_factory=dict
    )  # dvc.yaml -> results that DVCLive added

    @property
    def results(self) -> tuple[str, ...]:
        """Repository paths that it changes, without parameter files and the dvc.yaml files in `declares`."""
        params = [*self.declares, *(rooted(self.project, path) for path in self.before.param_files)]
        return tuple(path for path in self.bundle.changed if path not in params)


def fit(workspace: Workspace, kept: ExperimentRef) -> bool:
    """Return whether an experiment may land at all, so that it may be offered."""
    try:
        vet(workspace, kept)
    except UserError:
        return False
    return True


def vet(workspace: Workspace, kept: ExperimentRef) -> Vetted:
    """Fetch and check an experiment. Raise UserError where it is none, or changes what is not declared."""
    git, repository = workspace.ports.git, workspace.repository
    try:
        git.fetch(repository, [kept.sha])
    except NotFound:
        raise UserError(landing.gone(kept)) from None
    seen = git.look(repository, kept.sha, kept.baseline, ())  # raises unless its baseline is its parent
    project = _project(workspace.config.folders, kept, seen)
    declared = workspace.config.of(project).declared
    before = workspace.ports.snapshots.take(repository, kept.baseline, project, declared)
    asked = next((run.experiment for run in by_name.runs(workspace) if run.result.commit == kept.sha), None)
    allowed = dvclive_entries.may_change(before, project, asked)
    bundle, taken = _without_dvclive(workspace, kept, project, git.look(repository, kept.sha, kept.baseline, allowed))
    if bundle.refused:
        raise UserError(landing.undeclared(kept, project, replace(taken, refused=bundle.refused).barred))
    changes: list[ParamEdit] = []
    for path in before.param_files:
        place = rooted(project, path)
        if place in bundle.changed:
            try:
                changes += changed(path, _text(workspace, kept.baseline, place), _text(workspace, kept.sha, place))
            except ParamsError as error:
                raise UserError(landing.unreadable(kept, error.message)) from error
    return Vetted(kept, bundle, project, before, tuple(changes), taken.declares)


def _without_dvclive(
    workspace: Workspace, kept: ExperimentRef, project: str, bundle: Bundle
) -> tuple[Bundle, dvclive_entries.Taken]:
    """Return what it changes without DVCLive's additions to dvc.yaml, and those.

    A dvc.yaml with another text than ours is refused.
    """
    taken = dvclive_entries.taken(
        workspace.ports.git, workspace.repository, project, kept.baseline, bundle, kept.has_dvc
    )
    others = [path for path, text in taken.texts.items() if _text(workspace, kept.sha, path) != text]
    refused = (*taken.refused, *(f"{path} {UNDECLARED}" for path in others))
    return replace(bundle, refused=refused), taken


def _project(folders: Sequence[str], kept: ExperimentRef, seen: Bundle) -> str:
    """Return the project of an experiment. Its ref does not name it: the files that it changes tell.

    Raise UserError unless they belong to exactly one project.
    """
    found = touched(folders, seen.changed) if len(folders) > 1 else folders
    if len(found) != 1:
        raise UserError(projects.not_of_one(kept.name, found))
    return found[0]


def _text(workspace: Workspace, sha: str, path: str) -> str:
    return (workspace.ports.git.read(workspace.repository, sha, path) or b"").decode("utf-8", "replace")
