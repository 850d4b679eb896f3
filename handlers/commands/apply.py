"""`/apply`: bring an experiment onto the branch, its parameters and results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.commands import Command, Reply, Word, argument
from bot.errors import UserError
from bot.ports.git import UNDECLARED
from bot.ports.git_host import Permission
from bot.request import Request
from bot.workspace import Head, Workspace
from experiments.dvclive import NotTaken, with_entries
from experiments.judging.evaluation import is_inside, may_matter
from experiments.judging.standing import Standing
from experiments.offering import again, from_it
from experiments.params import ParamsError
from experiments.params.merging import ParamConflict, merge, overwritten
from experiments.projects import rooted
from experiments.readiness.foretelling import passed
from experiments.snapshot import COMPOSED
from handlers.checks import dvclive_entries
from handlers.checks.admission import writable
from handlers.checks.experiment_commit import Vetted, vet
from handlers.checks.head_seen import looked_at
from handlers.jobs.land_experiment import Landing
from handlers.lookup import by_name
from handlers.lookup.best import standing_for
from handlers.lookup.missing_data import lacks
from handlers.lookup.reverts import taken_back
from reports.messages import hydra
from reports.messages import landing as landing_messages
from reports.run.unfit import Barred
from reports.text.markdown import sentence
from reports.text.titles import selecting

BEFORE = 60  # commits before a baseline that are looked at: the newest that changed a file


@dataclass(frozen=True)
class ApplyArgs:
    """Arguments of `/apply`: which experiment, and how much of it."""

    name: Word = argument(
        "An experiment of this repository, also one that `dvc exp push` brought here; `best` of the newest sweep, "
        "repeats by their common name.",
        metavar="NAME",
        required=True,
    )
    params_only: bool = argument("Take its parameters and leave its results.", "--params-only")


def apply(workspace: Workspace, request: Request, args: ApplyArgs, line: str) -> Reply:
    """Fast-forward where the head is the baseline. Else bring the parameters and, if they still hold, the results.

    Raise UserError where neither can be brought onto the branch.
    """
    writable(workspace)
    looked_at(workspace, request, line)
    name, standing = standing_for(workspace, args.name)
    vetted = vet(workspace, by_name.experiment(workspace, name, line))
    kept, head, git = vetted.kept, workspace.pull.head, workspace.ports.git
    here = Head(workspace, vetted.project)
    declared = here.snapshot  # fetches the head, too
    if not args.params_only and _is_there(here, vetted):
        replaced = _replaced(here, vetted)
        if replaced:
            raise UserError(
                landing_messages.replaced(kept, workspace.pull.branch, head, replaced, _again(here, vetted))
            )
        if not {*vetted.results} & {*git.changed(workspace.repository, kept.sha, head)}:
            return Reply(landing_messages.there_already(kept.name, workspace.pull.branch, head))
    if kept.baseline == head and not args.params_only:
        _check_results(here, vetted, kept.sha)
        return _landing(workspace, vetted, kept.sha, kept.sha, f"{standing}{landing_messages.whole(vetted.changes)}")
    if args.params_only and vetted.before.hydra:
        raise UserError(hydra.params_only(kept.name, vetted.changes, _again(here, vetted)))
    texts = _merged(here, vetted)
    results = () if args.params_only else _results(here, vetted)
    texts |= {} if args.params_only else _declared(here, vetted)
    made = _made(here, vetted, texts, results)
    if results and (others := _of_others(here, vetted, made)):
        results = (*results, *others)
        made = _made(here, vetted, texts, results)
    if git.tree(workspace.repository, made) == git.tree(workspace.repository, head):
        there_already = landing_messages.parameters_there if args.params_only else landing_messages.there_already
        return Reply(
            there_already(kept.name, workspace.pull.branch, head, *([bool(vetted.changes)] * args.params_only))
        )
    allowed = [rooted(here.project, path) for path in declared.changeable]
    looked = git.look(workspace.repository, made, head, allowed)
    if (found := dvclive_entries.taken(git, workspace.repository, here.project, head, looked)).refused:
        raise UserError(landing_messages.undeclared(kept, here.project, found.barred))
    if not args.params_only:
        _check_results(here, vetted, made)
    there = workspace.ports.snapshots.take(workspace.repository, made, here.project, here.config.declared)
    what = landing_messages.brought(
        vetted.changes, bool(results), args.params_only, bool(passed(there, Standing(there).due))
    )
    return _landing(workspace, vetted, made, "" if args.params_only else kept.sha, f"{standing}{what}")


def _is_there(here: Head, vetted: Vetted) -> bool:
    """Return whether the experiment's commit is in the head's history and no later commit reverts it."""
    git, repository, sha, head = here.workspace.ports.git, here.workspace.repository, vetted.kept.sha, here.sha
    return git.is_ancestor(repository, sha, head) and not taken_back(git, repository, sha, head)


def _made(here: Head, vetted: Vetted, texts: Mapping[str, str], results: Sequence[str]) -> str:
    """Make a commit on the head with these texts, and these paths as the experiment has them. Return its SHA."""
    workspace, kept = here.workspace, vetted.kept
    login = workspace.ports.host.bot_login
    message, git = vetted.bundle.message, workspace.ports.git
    return git.commit(
        workspace.repository, workspace.pull.head, message, login, workspace.now, texts, kept.sha, results
    )


def _of_others(here: Head, vetted: Vetted, sha: str) -> tuple[str, ...]:
    """Return repository paths of results that, in this commit with the experiment's dvc.lock, another training made.

    The experiment left them as its baseline had them, and the head has them otherwise.
    """
    workspace = here.workspace
    there = workspace.ports.snapshots.take(workspace.repository, sha, here.project, here.config.declared)
    differing = workspace.ports.git.changed(workspace.repository, sha, vetted.kept.sha)
    altered = [rooted(here.project, path) for path in there.altered]
    return tuple(path for path in differing if is_inside(path, altered))


def _results(here: Head, vetted: Vetted) -> tuple[str, ...]:
    """Return the repository paths to take as the experiment has them.

    With hashes of DVC, these are the results that it changed. Without them, these are all results that differ from
    the head's, for nothing else tells which of them belong together.
    """
    if _has_hashes(here, vetted):
        return vetted.results
    workspace = here.workspace
    differing = workspace.ports.git.changed(workspace.repository, workspace.pull.head, vetted.kept.sha)
    made = [rooted(here.project, path) for path in vetted.before.outputs]
    return tuple(path for path in differing if is_inside(path, made))


def _declared(here: Head, vetted: Vetted) -> dict[str, str]:
    """Return path -> text of each dvc.yaml of the head, with what DVCLive added to the baseline's.

    Raise UserError where that can't be added.
    """
    workspace = here.workspace
    texts: dict[str, str] = {}
    for path, entries in vetted.declares.items():
        try:
            found = workspace.ports.git.read(workspace.repository, workspace.pull.head, path) or b""
            texts |= {path: with_entries(path, found.decode(), entries)} if entries else {}
        except (NotTaken, UnicodeDecodeError) as why:
            barred = Barred([f"{path} {UNDECLARED}"], {path: str(why)})
            raise UserError(landing_messages.undeclared(vetted.kept, here.project, barred)) from why
    return texts


def _has_hashes(here: Head, vetted: Vetted) -> bool:
    return here.snapshot.has_dvc and vetted.before.has_dvc


def _check_results(here: Head, vetted: Vetted, sha: str) -> None:
    """Raise UserError unless the experiment's results belong to this commit.

    DVC's hashes tell. Without them, each file on which they may depend has to be the experiment's own.
    """
    kept, workspace = vetted.kept, here.workspace
    if _has_hashes(here, vetted):
        there = workspace.ports.snapshots.take(workspace.repository, sha, here.project, here.config.declared)
        standing = Standing(there)
        if standing.bars:
            alone = not vetted.before.hydra and bool(_replaced(here, vetted))
            whole = "/run -P" if passed(there, standing.due) else "/run"
            retrains = _again(here, vetted) if vetted.changes else whole
            raise UserError(landing_messages.stale(kept.name, workspace.pull.head, there, alone, retrains))
    elif differing := may_matter(workspace.ports.git.changed(workspace.repository, kept.sha, sha), here.project):
        retrains = _again(here, vetted) if vetted.changes else f"/run{selecting(vetted.project, workspace.config)}"
        raise UserError(landing_messages.no_hashes(kept.name, workspace.pull.head, differing, retrains))


def _again(here: Head, vetted: Vetted) -> str:
    """Return the command that trains the experiment's parameters with the head's code."""
    name, runs = vetted.kept.name, by_name.runs(here.workspace)
    asked = next((run.experiment for run in runs if run.result.commit == vetted.kept.sha), None)
    return from_it(name, asked) if asked else again(name, vetted.changes, here.snapshot)


def _replaced(here: Head, vetted: Vetted) -> tuple[ParamConflict, ...]:
    """Return the experiment's parameters that the head sets to other values. Raise UserError for unreadable files."""
    try:
        return overwritten(vetted.changes, {change.file: here.text(change.file) for change in vetted.changes})
    except ParamsError as error:
        raise UserError(landing_messages.unreadable(vetted.kept, error.message)) from error


def _merged(here: Head, vetted: Vetted) -> dict[str, str]:
    """Return path in the repository -> text of the head's parameter files with the experiment's values.

    Raise UserError that names every conflict.
    """
    conflicts: list[ParamConflict] = []
    texts: dict[str, str] = {}
    for file in dict.fromkeys(change.file for change in vetted.changes):
        if vetted.before.hydra and file == COMPOSED:
            texts[rooted(here.project, file)] = _composed(here, vetted)
            continue
        changes = tuple(change for change in vetted.changes if change.file == file)
        try:
            merged = merge(file, changes, here.text(file))
        except ParamsError as error:
            raise UserError(landing_messages.unreadable(vetted.kept, error.message)) from error
        conflicts += merged.conflicts
        texts |= {rooted(here.project, file): merged.text} if merged.set else {}
    if conflicts:
        raise UserError(
            landing_messages.conflicts(vetted.kept, here.workspace.pull.head, conflicts, _again(here, vetted))
        )
    return texts


def _composed(here: Head, vetted: Vetted) -> str:
    """Return the text that Hydra composed for the experiment.

    Raise UserError where something else was composed since its baseline. Nothing was where the head's file is the
    baseline's, or that of an earlier commit, as after `/undo`.
    """
    kept, workspace, path = vetted.kept, here.workspace, rooted(here.project, COMPOSED)
    before, after = (
        workspace.ports.git.read(workspace.repository, sha, path) or b"" for sha in (kept.baseline, kept.sha)
    )
    if here.text(COMPOSED) != before.decode("utf-8", "replace") and not _older(here, kept.baseline, path):
        raise UserError(hydra.composed_meanwhile(kept.name, workspace.pull.head, _again(here, vetted)))
    return after.decode("utf-8", "replace")


def _older(here: Head, baseline: str, path: str) -> bool:
    """Return whether the head's composed file is the same as that of a commit before the baseline."""
    git, repository = here.workspace.ports.git, here.workspace.repository
    commits = git.changes(repository, baseline, [path], BEFORE)
    held = (git.read(repository, sha, path) or b"" for sha in commits)
    return any(text.decode("utf-8", "replace") == here.text(COMPOSED) for text in held)


def _landing(workspace: Workspace, vetted: Vetted, sha: str, commit: str, what: str) -> Reply:
    ports, pull = workspace.ports, workspace.pull
    waiting = [run for run in by_name.runs(workspace) if not run.state.ended and not run.experiment.landing.temp]
    dismisses = ports.host.rules(workspace.repository, pull.base_branch).dismisses
    notes = landing_messages.consequences(workspace.repository.host, pull.base_branch if dismisses else "", waiting)
    lacked = ""
    if commit:  # the results of that commit are taken, too
        declared = workspace.config.of(vetted.project).declared
        after = ports.snapshots.take(workspace.repository, commit, vetted.project, declared)
        lacked = sentence(lacks(workspace, vetted.kept, after))
    landing = Landing(
        pull.ref,
        pull.branch,
        sha,
        pull.head,
        vetted.bundle.message,
        vetted.kept.name,
        commit,
        " ".join(filter(None, (what, lacked, notes))),
    )
    return Reply(acts=(landing,))


COMMAND = Command(
    "apply",
    ApplyArgs,
    apply,
    needs=Permission.WRITE,
    summary="Put an experiment onto the branch later: its parameters and its results.",
    examples=("/apply puffy-daks", "/apply best", "/apply puffy-daks --params-only"),
    harms=True,
)
