"""What the bot says about pushing data to the DVC remote again."""

from collections.abc import Sequence

from experiments.data.delivered import Data
from experiments.data.remotes import default_named
from experiments.run import Run
from reports.run.reached import nowhere
from reports.text.markdown import code, fence, sentence


def pushing(runs: Sequence[Run], begun: bool) -> str:
    """Say that the data of these runs is pushed again. `begun`: by this command; else it is under way already."""
    names = ", ".join(code(run.experiment.name) for run in runs)
    where = "The report" if len(runs) == 1 else "Each report"
    if not begun:
        return f"The data of {names} is being pushed already. {where} and {code('/status')} show the outcome."
    return (
        f"The data of {names} is pushed again by the runner that keeps it, each object hashed first. {where} and "
        f"{code('/status')} show the outcome."
    )


def nothing_to_push(run: Run) -> str:
    """Say why there is nothing to push for a run."""
    name = code(run.experiment.name)
    if not run.state.ended:
        return f"{name} is {run.state}: what it makes is pushed once it is trained."
    if not run.result.commit:
        return f"{name} made no commit, so there is no data of it to push."
    if not run.result.in_git:
        return f"{name} was removed from this repository: nothing there names its data any more."
    if run.result.delivered.data is Data.NONE:
        lost = sentence(nowhere(run.result.delivered.nowhere))
        where = f"there is nothing to push. {lost}" if lost else "all that it made is in Git."
        return f"DVC keeps nothing of {name}: {where}"
    if run.result.delivered.cause:
        return f"All that {name} made is in the DVC remote already. {sentence(run.result.delivered.cause)}"
    return f"All data of {name} is in the DVC remote already."


def all_pushed(sweep: str) -> str:
    """Say that no data of a sweep is known to be missing."""
    return f"Nothing of the sweep {code(sweep)} is known to be missing from the DVC remote."


def no_remote(run: Run, head: str, there: Sequence[str]) -> str:
    """Say that there is no default remote. `there`: names of the remotes at the head."""
    name = run.experiment.name
    return (
        f"Neither the commit of {code(name)} nor the head {code(head[:7])} names a default DVC remote. Commit one "
        f"({default_named(there)}), then push with it what the runner keeps:\n\n{fence(f'/retry {name} --push')}"
    )


def gone(run: Run, runner: bool) -> str:
    """Say why nobody has the data any more. `runner`: whether the operator removed the runner."""
    name = run.experiment.name
    if runner:
        why = f"its runner {code(run.experiment.execution.place.runner)} is no longer one of this bot's"
    elif run.keeps_objects:
        why = "its runner no longer has all of its objects"
    else:
        why = "the machine that trained it is gone, with all that it kept"
    again = fence(f"/retry {name} --force")
    return f"The data of {code(name)} can't be pushed: {why}. Only training again helps:\n\n{again}"


def push_alone() -> str:
    """Say that `--push` and `--force` exclude each other."""
    return "`--push` pushes data and trains nothing, `--force` trains: leave one of them out."
