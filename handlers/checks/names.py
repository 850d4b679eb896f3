"""Problems in the arguments of `/run` and other commands, at their places in the line."""

from collections.abc import Sequence

from bot.commands import Problem, Word
from bot.workspace import Workspace
from experiments.fleet.choosing import usable
from experiments.names import check_branch, check_name, clash, in_the_way
from experiments.overrides import EditProblem as Unfitting
from experiments.refs import PATTERN, kept
from experiments.run import Run
from experiments.snapshot import Snapshot
from experiments.targets import meant
from experiments.wording import did_you_mean, quoted


def of_edits(problems: Sequence[Unfitting], words: tuple[Word, ...]) -> list[Problem]:
    """Return the problems of edits at their places in the line. A quoted word is marked as a whole."""
    found = []
    for problem in problems:
        word = words[problem.token]
        exact = word.end - word.start == len(word)
        start = word.start + problem.start if exact else word.start
        end = word.start + problem.end if exact else word.end
        # the fix replaces the whole token, the carets mark only its wrong part
        found.append(Problem(start, end, problem.message, problem.fix, (word.start, word.end)))
    return found


def of_targets(targets: tuple[Word, ...], snapshot: Snapshot) -> list[Problem]:
    """Return a problem for each target that is no stage."""
    names = [stage.name for stage in snapshot.stages]
    found = []
    for target in targets:
        if not meant([target], snapshot.stages):
            hint, near = did_you_mean(target, names)
            found.append(Problem(target.start, target.end, f"No stage {quoted(target)}: {hint}", near))
    return found


def of_name(name: Word, used: set[str], members: int) -> list[Problem]:
    """Return the problem of a name that is invalid or taken. `members`: of the sweep to name; 0 for one experiment."""
    if not name:
        return []
    wrong = check_name(f"{name}-{members}" if members else name)
    if not wrong and (there := clash(name, used, members)):
        wrong = f"{quoted(there)} is the name of an experiment already: choose another, or leave `-n` out"
    return [Problem(name.start, name.end, wrong)] if wrong else []


def of_branch(workspace: Workspace, branch: Word) -> list[Problem]:
    """Return the problem of a new branch whose name is invalid, or that exists."""
    if not branch:
        return []
    wrong, fix = unfit(workspace, branch)
    ref = f"refs/heads/{branch}"
    if not wrong and ref in workspace.ports.git.remote_refs(workspace.repository, ref):
        wrong, fix = f"There is a branch {quoted(branch)} already", f"{branch}-2"
    return [Problem(branch.start, branch.end, wrong, fix)] if wrong else []


def of_runner(workspace: Workspace, runner: Word) -> list[Problem]:
    """Return the problem of a runner that this repository and person may not use. Where there is none for them at all,
    the name is not what is wrong."""
    theirs = usable(workspace.ports.runners.fleet, workspace.repository.full_name, workspace.person)
    if not runner or not theirs or runner in theirs:
        return []
    hint, near = did_you_mean(runner, theirs)
    return [Problem(runner.start, runner.end, f"There is no runner {quoted(runner)} for you: {hint}", near)]


def unfit(workspace: Workspace, branch: str) -> tuple[str, str]:
    """Return why a branch can't have this name, and a name that it can have; both empty where it can."""
    wrong = check_branch(branch)
    if wrong:
        return wrong, ""
    there = workspace.ports.git.remote_refs(workspace.repository, "refs/heads/*")
    other = in_the_way(branch, (ref.removeprefix("refs/heads/") for ref in there))
    if not other:
        return "", ""
    fix = branch.replace("/", "-") if "/" in branch else f"{branch}-2"
    return f"Git can't have {quoted(branch)} beside the branch {quoted(other)}", fix


def taken(workspace: Workspace, own: Sequence[Run] = ()) -> set[str]:
    """Return the names that are taken by experiments, of all baselines: DVC can't tell equal names apart.

    `own`: runs that this very request started; their names are still free for it.
    """
    store, repository = workspace.ports.store, workspace.repository
    there = kept(workspace.ports.git.remote_refs(repository, PATTERN))
    known = store.of_pull(workspace.pull.ref)
    begun = {run.id for run in own}
    swept = {run.experiment.sweep.name for run in known if run.id not in begun}
    return ({each.name for each in there} | store.taken_names(repository) | swept) - {
        run.experiment.name for run in own
    }
