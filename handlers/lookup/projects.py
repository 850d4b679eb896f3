"""Projects: which one a command means, and which ones a pull request changes."""

import posixpath
import shlex
from collections.abc import Sequence

from bot.commands import Problem, Problems, Word
from bot.errors import UserError
from bot.ports.git_host import PullRequest
from bot.ports.reading import ReadingPorts
from bot.workspace import Head, Workspace
from experiments import projects
from experiments.experiment import Repository
from experiments.judging.evaluation import is_inside
from experiments.settings.repo_config import RepoConfig
from experiments.wording import did_you_mean, quoted
from reports.messages import projects as projects_messages

HELP = "Project of a repository that has several, by its folder; the one this pull request changes when left out."
COMPARED = "Project of a repository that has several, by its folder; the one in which these differ when left out."


def changed(ports: ReadingPorts, repository: Repository, pull: PullRequest, config: RepoConfig) -> Sequence[str]:
    """Return the projects of which files differ between merge base and head, or files that their stages read elsewhere.

    Where the repository has only one project, return it in any case.
    """
    folders = config.folders
    if len(folders) == 1:
        return folders
    ports.git.fetch_pull(pull)
    base = ports.git.merge_base(repository, pull.base, pull.head)
    paths = ports.git.changed(repository, base, pull.head) if base else ()
    within = projects.touched(folders, paths)
    beside = [path for path in paths if projects.holder(folders, path) is None]
    if not beside:
        return within
    return [each for each in folders if each in within or _reads(ports, repository, pull.head, each, config, beside)]


def _reads(
    ports: ReadingPorts, repository: Repository, sha: str, project: str, config: RepoConfig, paths: Sequence[str]
) -> bool:
    """Return whether a stage of the project depends on one of these paths, or on a folder that contains it."""
    stages = ports.git.read(repository, sha, projects.rooted(project, "dvc.yaml"))
    if stages is None or not (b".." in stages or b"${" in stages):
        return False  # nothing in it can lead out of the project, so no snapshot is needed
    snapshot = ports.snapshots.take(repository, sha, project, config.of(project).declared)
    deps = {posixpath.normpath(projects.rooted(project, dep)) for stage in snapshot.stages for dep in stage.deps}
    return any(is_inside(path, deps) for path in paths)


def chosen(
    workspace: Workspace, named: Word, line: str, words: Sequence[Word] = (), origin: tuple[str, str] | None = None
) -> Head:
    """Return the project that a command means.

    That is the named one, else that of `origin` (name and project of the experiment after `--from`), else the only one
    that the pull request changes. Raise Problems for an unknown name, or where `words` lead into a project that was not
    named. Raise UserError where several could be meant.
    """
    folders = workspace.config.folders
    if named:
        project = _named(named, workspace.config, line)
        if origin and origin[1] != project:
            whose = projects.named(origin[1])
            message = (
                f"{quoted(origin[0])} is an experiment of the project {quoted(whose)}, and {quoted(project)} is another"
            )
            fix = shlex.quote(whose)
            raise Problems(line, [Problem(named.start, named.end, message, fix)])
        return Head(workspace, project)
    strayed = _strayed(words, folders)
    if strayed:
        raise Problems(line, strayed)
    if origin:
        return Head(workspace, still(workspace, *origin))
    meant = changed(workspace.ports, workspace.repository, workspace.pull, workspace.config)
    if len(meant) != 1:
        raise UserError(projects_messages.which(workspace.repository.host, line, meant, folders))
    return Head(workspace, meant[0])


def compared(workspace: Workspace, named: Word, line: str, commits: Sequence[str]) -> str:
    """Return the named project, else the only one in which the first of these commits differs from the others.

    The commits have to be fetched. Raise UserError where several or none could be meant.
    """
    folders = workspace.config.folders
    if named:
        return _named(named, workspace.config, line)
    if len(folders) == 1:
        return folders[0]
    first, *others = commits
    paths = [path for other in others for path in workspace.ports.git.changed(workspace.repository, first, other)]
    meant = projects.touched(folders, paths)
    if len(meant) != 1:
        raise UserError(projects_messages.which_differs(line, meant, folders))
    return meant[0]


def still(workspace: Workspace, name: str, project: str) -> str:
    """Return the project of an experiment. Raise UserError where the configuration does not have it any more."""
    if project not in workspace.config.folders:
        raise UserError(projects_messages.gone(name, project))
    return project


def _named(word: Word, config: RepoConfig, line: str) -> str:
    folders = config.folders
    try:
        project = projects.folder(word)
    except ValueError as error:
        raise Problems(line, [Problem(word.start, word.end, f"{quoted(word)} {error}")]) from None
    if project in folders:
        return project
    if folders == (projects.ROOT,):
        wrong = next((each for each in config.problems if "`projects" in each), "")
        known = "this repository has one, at its root, since `.github/studio.yml` names no `projects:`"
        known = f"none that is named in `.github/studio.yml` could be taken. {wrong}" if wrong else known
        raise Problems(line, [Problem(word.start, word.end, f"No project {quoted(word)}: {known}")])
    hint, near = did_you_mean(project, [projects.named(each) for each in folders])
    fix = shlex.quote(near) if near else ""
    raise Problems(line, [Problem(word.start, word.end, f"No project {quoted(word)}: {hint}", fix)])


def _strayed(words: Sequence[Word], folders: Sequence[str]) -> list[Problem]:
    """Return a problem for each target and parameter that is written with its project's folder.

    The folder belongs into `--project`, once.
    """
    below = [each for each in folders if each]
    found = [(word, projects.holder(below, _path(word))) for word in words]
    asked = list(dict.fromkeys(project for _, project in found if project))
    problems: list[Problem] = []
    for word, project in found:
        if project is None:
            continue
        own = word.removeprefix(project).removeprefix("/").removeprefix("dvc.yaml:")
        option = "" if problems else f"--project {shlex.quote(project)}"
        fix = " ".join(filter(None, [shlex.quote(own) if own else "", option])) if len(asked) == 1 else ""
        several = "" if len(asked) == 1 else "; one command trains one project"
        message = f"{quoted(word)} is of the project {quoted(project)}, which `--project` names{several}"
        problems.append(Problem(word.start, word.end, message, fix))
    return problems


def _path(word: Word) -> str:
    """Return the path in a target or in `file:key=value`; empty where an edit has none."""
    before, is_edit, _ = word.partition("=")
    return before.rpartition(":")[0] if is_edit else before
