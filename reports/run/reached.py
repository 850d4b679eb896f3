"""Where the results of a run are, in words: on the branch, in Git, in the DVC remote, or known to this bot alone."""

from collections.abc import Sequence

from experiments.data.delivered import MISSING, Data, Delivered
from experiments.data.remotes import default_named
from experiments.durations import spell
from experiments.run import Run
from experiments.run_state import RunState
from experiments.wording import closed, quoted, some
from reports.text import links
from reports.text.markdown import code, sentence

_NAMED = 5  # files
_PARTLY = "in the DVC remote with all of its data"


def where(run: Run) -> str:
    """Return one line with all four facts about an ended run. Empty where it made nothing new."""
    if not run.result.in_git:
        if run.state is RunState.SUCCEEDED:
            return "Where it is: with this bot alone. It was removed from Git."
        if run.state is RunState.REUSED and run.result.delivered.data in (Data.PUSHED, *MISSING):
            return _reused(run)
        begun = run.attempt.started and run.state is not RunState.REUSED
        return "Where it is: with this bot alone, as a run: nothing of it is in Git." if begun else ""
    experiment, there, not_there = run.experiment, list[str](), list[str]()
    if run.result.landed:
        commit = links.commit(experiment.repository, run.result.landed_as)
        there.append(f"on {code(experiment.landing.branch)} as {commit}")
    elif run.result.opened:
        there.append(f"on {code(experiment.landing.new_branch)}")
    else:
        not_there.append("on the branch")
    if not run.result.removed:
        there.append(f"in Git as the experiment {code(experiment.name)}")
    else:
        not_there.append("among the experiments of the repository any more")
    data, absent, more = _of_data(run)
    there, not_there = [*there, *data], [*not_there, *absent]
    return f"{_listed(there, not_there)}{f' {more}' if more else ''}"


def _reused(run: Run) -> str:
    """Return the line for a run that committed nothing, and pushed the data that its baseline names."""
    there, not_there, more = _of_dvc(run.result.delivered)
    if run.result.delivered.data is Data.PUSHED and run.result.delivered.cause:  # what is missing was missing before
        there, not_there = [], [_PARTLY]
        more = f"{more} {code('/run -f')} makes it once more."
    cause = "" if run.result.delivered.data is Data.PUSHED else sentence(run.result.delivered.cause)
    parts = (_listed([f"in {code(run.experiment.baseline[:7])}", *there], not_there), more, cause)
    return " ".join(filter(None, parts))


def _listed(there: Sequence[str], not_there: Sequence[str]) -> str:
    missing = f" Not {', and not '.join(not_there)}." if not_there else ""
    return f"Where it is: {', '.join(there)}.{missing}"


def _of_data(run: Run) -> tuple[list[str], list[str], str]:
    """Return where its data is, where it is not, and what else to say. All are empty where only Git keeps anything."""
    found = run.result.delivered
    if not run.experiment.execution.has_dvc:
        return [], [], ""
    there, not_there, more = _of_dvc(found)
    return there, not_there, " ".join(filter(None, [more, sentence(nowhere(found.nowhere))]))


def nowhere(paths: Sequence[str]) -> str:
    """Return a sentence about outputs that nothing keeps: plain, code in backquotes. Empty where there are none."""
    if not paths:
        return ""
    them = "it" if len(paths) == 1 else "them"
    shown = some(map(quoted, paths), _NAMED)
    return f"Kept nowhere: {shown} (neither Git nor DVC has {them})."


def _of_dvc(found: Delivered) -> tuple[list[str], list[str], str]:
    match found.data:
        case Data.PUSHED:
            return (
                [f"its data in the DVC remote{f' {code(found.remote)}' if found.remote else ''}"],
                [],
                sentence(found.cause),
            )
        case Data.NOT_PUSHED if found.lost:
            return [], [_PARTLY], ""
        case Data.NO_REMOTE:
            return [], ["pushed to a DVC remote"], ""
        case Data.NONE:
            return [], [], "" if found.nowhere else "DVC keeps none of it, so all of it is in Git."
    return [], [], "Whether its data is in the DVC remote is not known."


def warning(run: Run, words: int) -> str:
    """Return a warning that a clone would not get all data, with the reason and what to do. Empty where it would."""
    found = run.result.delivered
    if not (run.result.in_git and found.missing):
        return ""
    return f"**{lacking(run)}** {sentence(why(run), words)}"


def lacking(run: Run) -> str:
    """Return the first sentence of the warning, as plain text, for a run whose data is missing."""
    if run.result.delivered.data is Data.NO_REMOTE:
        return "Its data was pushed to no DVC remote."
    if run.result.delivered.lost:
        return "Not all of its data is in the DVC remote."
    return "Its data could not be pushed, and whether the DVC remote has it is not known."


def why(run: Run) -> str:
    """Return why data is missing and what to do: plain sentences, code in backquotes."""
    found, name = run.result.delivered, run.experiment.name
    if found.data is Data.NO_REMOTE:
        return f"Its commit names no default one, so a clone gets what Git has. {once_named(run, name)}"
    return " ".join(filter(None, (closed(found.cause), outlook(run))))


def can_push(run: Run) -> bool:
    """Return whether a push by hand may bring what is missing."""
    found = run.result.delivered
    return run.result.in_git and found.data is Data.NOT_PUSHED and not found.lost and run.keeps_objects


def waits_for_remote(run: Run) -> bool:
    """Return whether a push by hand brings the data once the head names a default remote."""
    return run.result.in_git and run.result.delivered.data is Data.NO_REMOTE and run.keeps_objects


def once_named(run: Run, name: str) -> str:
    """Return what to do where a run's commit names no remote. `name`: of the run, or of its sweep."""
    named = default_named(run.result.delivered.remotes)
    if not run.keeps_objects:
        return f"The machine that trained it is gone: only training again, after {named}, brings it."
    return f"Once {named} is committed, {quoted(f'/retry {name} --push')} pushes what its runner keeps."


def outlook(run: Run) -> str:
    """Return what happens to data that was not pushed: plain, code in backquotes."""
    found, name = run.result.delivered, run.experiment.name
    push, train = quoted(f"/retry {name} --push"), quoted(f"/retry {name} --force")
    if found.lost:
        return f"No push brings that; {train} makes once more what training makes."
    if not run.keeps_objects:
        return f"The machine that trained it is gone, so only training again brings it: {train}."
    if run.push_due is not None:
        return f"It is tried again by itself; {push} tries now."
    return f"It was tried {times(found.tries)}, and by itself it is not tried again; {push} tries once more."


def brief(run: Run) -> str:
    """Return how far the data was pushed, for a table's cell after the place of the commit. Empty where Git has all of
    it."""
    if not run.result.in_git or not run.experiment.execution.has_dvc:
        return ""
    return {
        Data.PUSHED: "data pushed",
        Data.NOT_PUSHED: "**data not pushed**",
        Data.NO_REMOTE: "data pushed to no remote",
        Data.UNKNOWN: "whether its data was pushed is not known",
        Data.NONE: "",
    }[run.result.delivered.data]


def brief_of(runs: Sequence[Run]) -> str:
    """Return the same for a sweep: of how many members data is missing. Empty where none is."""
    missing = sum(run.result.in_git and run.result.delivered.missing for run in runs)
    return f"**data of {missing} not pushed**" if missing else ""


def tried(run: Run, now: float) -> str:
    """Return how often a push was tried, when last and when next. Empty where none was. `now`: seconds since the
    epoch."""
    found = run.result.delivered
    if found.data is not Data.NOT_PUSHED or found.tried is None:
        return ""
    last = f"Tried {times(found.tries)}, last {spell(max(0.0, now - found.tried))} ago"
    if run.push_due is None:
        return f"{last}."
    left = run.push_due - now
    return f"{last}, again {f'in {spell(left)}' if left >= 1 else 'now'}."


def times(tries: int) -> str:
    """Return a number of tries in words: `once`, `3 times`."""
    return "once" if tries == 1 else f"{tries} times"


def misses(run: Run | None, files: Sequence[str]) -> str:
    """Return what a clone will lack of these files, which DVC keeps, once their commit is on a branch: plain sentences,
    code in backquotes. Empty where it gets all. `run`: the one that made the commit; None where it is not known."""
    if not files or (run and run.result.delivered.data in (Data.PUSHED, Data.NONE)):
        return run.result.delivered.cause if run and files else ""
    named = some(map(quoted, files), _NAMED)
    if run and run.result.delivered.missing:
        return f"A clone will miss of {named} what is not in the DVC remote. {lacking(run)} {why(run)}"
    return f"Whether a clone gets {named} is not known here: {quoted('dvc pull')} shows whether the DVC remote has it."


def unpushed(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return a sentence about the runs whose data a clone would lack. Empty where there are none."""
    names = [quoted(run.experiment.name) for run in runs if run.result.in_git and run.result.delivered.missing]
    if not names:
        return ()
    shown = some([*names[-_NAMED:], *names[:-_NAMED]], _NAMED)  # the newest, in their order
    return (f"The data of {shown} was not pushed to a DVC remote; `/status` shows why.",)
