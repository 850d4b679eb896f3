"""dvc.yaml as training left it: which part of it lands, and which files DVCLive's entries declare."""

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from bot.errors import NotFound, UserError
from bot.ports.git import UNDECLARED, Bundle, ReadGit
from experiments import params
from experiments.dvclive import DvcliveEntry, NotTaken, added, reports, with_entries
from experiments.experiment import Experiment, Repository
from experiments.judging.evaluation import is_inside
from experiments.params import ParamsError
from experiments.projects import rooted
from experiments.run import Run
from experiments.settings.declared import Declared
from experiments.snapshot import Snapshot
from experiments.wording import quoted
from reports.run.unfit import Barred

NAME = "dvc.yaml"
FILES = 5  # dvc.yaml files of one commit that are read
LIMIT = 100_000  # bytes of each such file
_MARK = f" {UNDECLARED}"


def dropped(git: ReadGit, run: Run, declared: Declared) -> bool:
    """Return whether a run changed a result that was declared then and is not in `declared`, the present results."""
    experiment, now = run.experiment, declared.results
    gone = [path for path in experiment.execution.declared.results if not is_inside(path, now)]
    if not gone or not run.result.commit:
        return False
    changed = git.changed(experiment.repository, experiment.baseline, run.result.commit)
    return any(is_inside(path, [rooted(experiment.project, each) for each in gone]) for path in changed)


@dataclass(frozen=True)
class Taken:
    """What a commit changes, once we have rewritten each dvc.yaml that may change. Paths are the repository's."""

    changed: tuple[str, ...]
    refused: tuple[str, ...]  # as in Bundle
    texts: Mapping[str, str] = field(default_factory=dict)  # dvc.yaml -> its text for the branch
    declares: Mapping[str, tuple[DvcliveEntry, ...]] = field(default_factory=dict)  # dvc.yaml -> its new entries
    rewritten: Mapping[str, str] = field(default_factory=dict)  # dvc.yaml or report -> why it is not taken: a clause
    created: frozenset[str] = frozenset()  # as in Bundle
    inputs: frozenset[str] = frozenset()  # `.dvc` files of data that the run did not make, refused

    @property
    def barred(self) -> Barred:
        """The changes that may not land."""
        return Barred(self.refused, self.rewritten, self.created, self.inputs)


def may_change(before: Snapshot, project: str, asked: Experiment | None) -> list[str]:
    """Return the repository paths that a commit on this baseline may change if it is to land.

    `asked`: the experiment that was asked for; None where somebody made the commit elsewhere.
    """
    paths = (*before.outputs, *asked.change.edits) if asked else before.changeable
    return [rooted(project, path) for path in paths]


def taken(
    git: ReadGit, repository: Repository, project: str, baseline: str, bundle: Bundle, has_dvc: bool = True
) -> Taken:
    """Return what a commit changes, with our own text for each dvc.yaml that training wrote.

    Where it reads as before, that is the baseline's text. Where DVCLive's results are new in it, it is that text with
    them, and the files of these results may be new.
    """
    if not has_dvc:
        return Taken(bundle.changed, bundle.refused, created=bundle.created)
    texts: dict[str, str] = {}
    declares: dict[str, tuple[DvcliveEntry, ...]] = {}
    rewritten: dict[str, str] = {}
    same, own = set[str](), set[str]()  # `own`: folders that belong to no other project
    undeclared = [entry.removesuffix(_MARK) for entry in bundle.refused if entry.endswith(_MARK)]
    files = [path for path in undeclared if posixpath.basename(path) == NAME and (not project or _in(path, project))]
    for path in files[:FILES]:
        folder = posixpath.dirname(path)
        try:
            before, after = (_text(git, repository, sha, path) for sha in (baseline, bundle.sha))
            if after is None:
                raise NotTaken("it was deleted")
            entries = added(path, before or "", after, alone=folder != project)
            places = dict.fromkeys([folder, *(posixpath.join(folder, each.folder) for each in entries)])
            if nested := next(
                (each for each in places if _of_another(git, repository, baseline, project, each, own)), ""
            ):
                raise NotTaken(f"{quoted(nested)} belongs to another project")
            held = (each.path for each in entries if git.holds(repository, baseline, posixpath.join(folder, each.path)))
            if there := next(held, ""):  # once declared, the next training could overwrite it
                raise NotTaken(f"{quoted(there)} was there before it was declared")
            if before is None and not entries:
                raise NotTaken("nothing declares results in it")
            texts[path], declares[path] = with_entries(path, before or "", entries), entries
            same |= set() if entries else {path}
        except NotTaken as why:
            rewritten[path] = str(why)
    for path in _reports_gone(git, repository, bundle):
        rewritten[path] = "it was deleted"
    created = [path for path in undeclared if path in bundle.created and "\\" not in path]
    new = {path for path in created if any(_covers(path, declares))}
    gone = [f"{path}{_MARK}" for path in rewritten if path not in undeclared]
    refused = (*(each for each in bundle.refused if each.removesuffix(_MARK) not in new | texts.keys()), *gone)
    changed = tuple(path for path in bundle.changed if path not in same)
    sides = git, repository, baseline, bundle.sha
    data = [path for path in undeclared if path.endswith(".dvc") and path not in bundle.created][:FILES]
    inputs = frozenset(path for path in data if _is_input(*sides, path))
    return Taken(changed, refused, texts, declares, rewritten, bundle.created, inputs)


def declared(
    git: ReadGit, repository: Repository, project: str, baseline: str, sha: str
) -> tuple[tuple[str, str], ...]:
    """Return (dvc.yaml, path) for each result that training declared: those that the baseline's text does not have."""
    found: list[tuple[str, str]] = []
    with suppress(UserError, NotFound, NotTaken):
        files = [path for path in git.changed(repository, baseline, sha) if posixpath.basename(path) == NAME]
        for path in [each for each in files if not project or _in(each, project)][:FILES]:
            before, after = (_text(git, repository, commit, path) for commit in (baseline, sha))
            alone = posixpath.dirname(path) != project
            found += [(path, each.path) for each in added(path, before or "", after or "", alone)]
    return tuple(found)


def _reports_gone(git: ReadGit, repository: Repository, bundle: Bundle) -> list[str]:
    """Return the reports of DVCLive that the commit deletes.

    DVCLive may write reports though no stage declares them, and deletes them where it writes none.
    """
    named = [path for path in bundle.changed if path in reports(posixpath.dirname(path))]
    return [path for path in named if not git.holds(repository, bundle.sha, path)]


def _is_input(git: ReadGit, repository: Repository, baseline: str, sha: str, path: str) -> bool:
    """Return whether a `.dvc` file is of imported data, or names the same data in both commits."""
    with suppress(NotTaken, ParamsError):
        before, after = (params.read(path, _text(git, repository, commit, path) or "") for commit in (baseline, sha))
        return "deps" in after or (bool(after.get("outs")) and before.get("outs") == after["outs"])
    return False


def _covers(path: str, declares: Mapping[str, tuple[DvcliveEntry, ...]]) -> Iterator[bool]:
    for file, entries in declares.items():
        folder = posixpath.dirname(file)
        if not folder or _in(path, folder):
            inside = path[len(folder) + 1 :] if folder else path
            yield from (entry.covers(inside) for entry in entries)


def _in(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


def _text(git: ReadGit, repository: Repository, sha: str, path: str) -> str | None:
    try:
        found = git.read(repository, sha, path, LIMIT)
        return None if found is None else found.decode()
    except UnicodeDecodeError:
        raise NotTaken("it is not UTF-8 text") from None
    except UserError:
        raise NotTaken("it is too large to be looked at") from None


def _of_another(git: ReadGit, repository: Repository, sha: str, project: str, folder: str, own: set[str]) -> bool:
    """Return whether a folder below the project belongs to another DVC project.

    Add folders that do not to `own`, so that they are not read again.
    """
    while folder != project and folder not in own and is_inside(folder, [project]):
        if git.read(repository, sha, f"{folder}/.dvc/config") is not None:
            return True
        own.add(folder)
        folder = posixpath.dirname(folder)
    return False
