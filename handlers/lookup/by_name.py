"""Which run, experiment or metric a typed name means."""

from collections.abc import Sequence

from bot.commands import Problem, Problems, Word
from bot.errors import UserError
from bot.workspace import Workspace
from experiments.judging.listing import Row, metric_names
from experiments.refs import PATTERN, ExperimentRef, kept, named
from experiments.revisions import BASE, HEAD
from experiments.run import Run
from experiments.run_state import RunState
from experiments.sweep import Sweep, sweeps
from experiments.wording import did_you_mean, meant, quoted
from reports.messages import fetching, landing
from reports.messages import runs as runs_messages


def runs(workspace: Workspace) -> Sequence[Run]:
    """Return the runs of this pull request that train, oldest first; not those that fetch or push data."""
    return [run for run in workspace.ports.store.of_pull(workspace.pull.ref) if not run.fetch]


def sweep(workspace: Workspace, name: Word) -> Sweep | None:
    """Return this pull request's sweep of that name; None without one."""
    return next((each for each in sweeps(runs(workspace)) if each.name == name), None)


def run(
    workspace: Workspace, name: Word, line: str, offered: Sequence[str] | None = None, sweeps_too: bool = True
) -> Run:
    """Return the newest run of that name; without a name, the newest of all.

    Raise Problems where no run has the name, and UserError where there is no run at all.

    `offered`: names to suggest for an unknown one; all when None. `sweeps_too`: whether a sweep may be meant.
    """
    found = runs(workspace)
    if not found:
        raise UserError(runs_messages.no_run(workspace.repository.host))
    if not name:
        return found[-1]
    for each in reversed(found):
        if each.experiment.name == name:
            return each
    pairs = [(each.experiment.name, each.experiment.sweep.name if sweeps_too else "") for each in reversed(found)]
    known = [name for pair in pairs for name in pair if name]
    raise _unknown(name, known, "run", line, offered)


def experiment(workspace: Workspace, name: Word, line: str, also: Sequence[str] = ()) -> ExperimentRef:
    """Return the repository's experiment of that name. Raise Problems where none has it, UserError where several do."""
    found = kept(workspace.ports.git.remote_refs(workspace.repository, PATTERN))
    if not name:
        there = meant("", [*(each.name for each in found), *also])
        raise Problems(line, [Problem(len(line), len(line) + 1, f"The name of an experiment goes here: {there}")])
    same = named(name, found)
    if not same and name in (HEAD, HEAD.lower(), BASE):
        raise Problems(line, [Problem(name.start, name.end, landing.no_experiment(name))])
    if not same and (refusal := reused(workspace, name)[0]):
        raise Problems(line, [Problem(name.start, name.end, refusal)])
    if not same:
        raise _unknown(name, [*(each.name for each in found), *also], "experiment", line)
    if len(same) > 1:
        raise UserError(landing.ambiguous(line, name, same))
    return same[0]


def metric(name: Word, rows: Sequence[Row], line: str) -> None:
    """Check that `name` is a metric of these rows, with its file or without.

    Raise Problems where no row has it or several files have one of that name. Raise UserError where metrics are not
    fetched.
    """
    known = metric_names(rows)
    if not known and any(row.snapshot.unfetched for row in rows):
        raise UserError(fetching.away())
    of_files = [each for each in known if each.endswith(f":{name}")]
    if name in known:
        return
    if len(of_files) > 1:
        shown = ", ".join(map(quoted, of_files[:10])) + (" and others" if len(of_files) > 10 else "")
        which = f"{quoted(name)} is a metric of {len(of_files)} files. Write which one is meant: {shown}"
        raise Problems(line, [Problem(name.start, name.end, which)])
    if not of_files:
        hint, near = did_you_mean(name, known)
        raise Problems(line, [Problem(name.start, name.end, f"No metric {quoted(name)} here: {hint}", near)])


def reused(workspace: Workspace, name: str) -> tuple[str, str]:
    """Return why a run of this name left no experiment, and the SHA of the commit that has its results.

    The reason is the beginning of a sentence. Both are empty unless the newest run of the name was reused.
    """
    found = runs(workspace)
    newest = next((run for run in reversed(found) if run.experiment.name == name), None)
    if newest is None or newest.state is not RunState.REUSED:
        return "", ""
    sha = newest.experiment.baseline
    landed = next((run.experiment.name for run in found if run.result.landed_as == sha), "")
    return runs_messages.reused(name, newest, landed), sha


def _unknown(name: Word, known: Sequence[str], kind: str, line: str, offered: Sequence[str] | None = None) -> Problems:
    hint, near = did_you_mean(name.rpartition("/")[2], list(dict.fromkeys(known)))
    if offered is not None and not near:
        hint = meant("", offered) if offered else "none is under way."
    return Problems(line, [Problem(name.start, name.end, f"No {kind} {quoted(name)}: {hint}", near)])
