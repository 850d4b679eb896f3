"""An experiment of the repository, whoever pushed it, before anything of it reaches a branch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.errors import NotFound, UserError
from bot.ports.git import UNDECLARED, Bundle
from bot.workspace import Workspace
from experiments.dvclive import Entry
from experiments.params import ParamsError
from experiments.params.merging import Change, changed
from experiments.projects import rooted, touched
from experiments.refs import Kept
from experiments.snapshot import Snapshot
from handlers.checks import dvclive_entries
from handlers.lookup import by_name
from reports.messages import landing, projects


@dataclass(frozen=True)
class Vetted:
    """One commit on its baseline that changes nothing but what the project declares."""

    kept: Kept
    bundle: Bundle
    project: str
    before: Snapshot
    changes: tuple[Change, ...]  # of parameters
    declares: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)  # dvc.yaml -> results that DVCLive added

    @property
    def results(self) -> tuple[str, ...]:
        """Paths of the repository it changes that are no parameter files, but its dvc.yaml."""
        params = [*self.declares, *(rooted(self.project, path) for path in self.before.param_files)]
        return tuple(path for path in self.bundle.changed if path not in params)


def fit(workspace: Workspace, kept: Kept) -> bool:
    """Whether a branch may get it at all, so that it may be offered."""
    try:
        vet(workspace, kept)
    except UserError:
        return False
    return True


def vet(workspace: Workspace, kept: Kept) -> Vetted:
    """UserError where it is not what an experiment is, or changes what is not declared."""
    git, repository = workspace.ports.git, workspace.repository
    try:
        git.fetch(repository, [kept.sha])
    except NotFound:
        raise UserError(landing.gone(kept)) from None
    seen = git.look(repository, kept.sha, kept.baseline, ())  # its baseline is its parent, and so it is here
    project = _project(workspace.config.folders, kept, seen)
    declared = workspace.config.of(project).declared
    before = workspace.ports.snapshots.take(repository, kept.baseline, project, declared)
    asked = next((run.experiment for run in by_name.runs(workspace) if run.commit == kept.sha), None)
    allowed = dvclive_entries.may_change(before, project, asked)
    bundle, taken = _without_dvclive(workspace, kept, project, git.look(repository, kept.sha, kept.baseline, allowed))
    if bundle.refused:
        raise UserError(landing.undeclared(kept, project, replace(taken, refused=bundle.refused).barred))
    changes: list[Change] = []
    for path in before.param_files:
        place = rooted(project, path)
        if place in bundle.changed:
            try:
                changes += changed(path, _text(workspace, kept.baseline, place), _text(workspace, kept.sha, place))
            except ParamsError as error:
                raise UserError(landing.unreadable(kept, error.message)) from error
    return Vetted(kept, bundle, project, before, tuple(changes), taken.declares)


def _without_dvclive(
    workspace: Workspace, kept: Kept, project: str, bundle: Bundle
) -> tuple[Bundle, dvclive_entries.Taken]:
    """What it changes but for what DVCLive added to dvc.yaml, as far as that is in our own words; and that."""
    taken = dvclive_entries.taken(
        workspace.ports.git, workspace.repository, project, kept.baseline, bundle, kept.has_dvc
    )
    others = [path for path, text in taken.texts.items() if _text(workspace, kept.sha, path) != text]
    refused = (*taken.refused, *(f"{path} {UNDECLARED}" for path in others))
    return replace(bundle, refused=refused), taken


def _project(folders: Sequence[str], kept: Kept, seen: Bundle) -> str:
    """Whose it is: a ref does not say, and what it changes does."""
    found = touched(folders, seen.changed) if len(folders) > 1 else folders
    if len(found) != 1:
        raise UserError(projects.not_of_one(kept.name, found))
    return found[0]


def _text(workspace: Workspace, sha: str, path: str) -> str:
    return (workspace.ports.git.read(workspace.repository, sha, path) or b"").decode("utf-8", "replace")
