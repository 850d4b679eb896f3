"""Checks of an agent's result: whether it is what was asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.errors import UserError
from bot.ports.git import Bundle
from bot.ports.reading import ReadingPorts
from experiments import params
from experiments.experiment import Experiment
from experiments.projects import rooted
from experiments.provenance import Provenance, left_by, origins, remembered
from experiments.run import Run
from experiments.snapshot import COMPOSED, FAILED, Snapshot, Value
from handlers.checks import dvclive_entries
from reports.messages import run_reasons


class UnreadResult(Exception):
    """A result is here but could not be read this time; it can be where the machine has room again."""


@dataclass(frozen=True)
class Result:
    """The result of a run, as a commit of the mirror that was not pushed yet."""

    run: Run
    before: Snapshot
    made: str  # SHA of that commit
    after: Snapshot
    taken: dvclive_entries.Taken
    provenance: Provenance | None


def refusal(ports: ReadingPorts, result: Result) -> str:
    """Return why a result is refused; empty where it may be kept.

    Raise RuntimeError where Hydra could not compose it for the comparison.
    """
    return next(filter(None, (check(ports, result) for check in CHECKS)), "")


def read(ports: ReadingPorts, run: Run, before: Snapshot, bundle: Bundle, taken: dvclive_entries.Taken) -> Result:
    """Return the result that a verified bundle holds. Raise UnreadResult where it could not be read this time."""
    experiment = run.experiment
    # Training decides the commit's tree. Author, time and message are ours.
    when, login = run.attempt.trained or run.created, ports.host.bot_login
    repository = experiment.repository
    made = ports.git.recommit(repository, bundle.sha, experiment.change.message, login, when, taken.texts)
    returned = ports.files.path(run, "experiment.tar")
    files = returned if returned.exists() else None
    after = ports.snapshots.take(repository, made, experiment.project, experiment.execution.declared, files)
    if after.unread == FAILED:  # by a full disk, for example: try again, for the result is there
        raise UnreadResult(f"the result of run {run.id} could not be read: {after.problems}")
    provenance = run.outcome.provenance
    if provenance and not after.unread:
        found = origins(before, after, provenance)
        after = left_by(after, replace(provenance, origins=found))
        provenance = remembered(provenance, found)
    return Result(run, before, made, after, taken, provenance)


def unreadable(ports: ReadingPorts, result: Result) -> str:
    """Refuse a result whose snapshot can't be read."""
    return run_reasons.unread(result.after.problems) if result.after.unread else ""


def other_parameters(ports: ReadingPorts, result: Result) -> str:
    """Refuse a result with another value of a parameter than the one asked for."""
    experiment = result.run.experiment
    trained = {(each.file, each.key): each.value for each in result.after.params}
    found: list[tuple[str, Value, Value]] = []
    for override in experiment.change.overrides:
        if override.text in experiment.change.words:  # DVC applied it; `composed_otherwise` checks it
            continue
        value = trained.get((override.file, override.key))
        if value != override.value or type(value) is not type(override.value):
            found.append((f"{override.file}:{override.key}", override.value, value))
    return run_reasons.not_as_asked(found) if found else ""


def composed_otherwise(ports: ReadingPorts, result: Result) -> str:
    """Refuse a result whose params.yaml is not what Hydra composes for this request."""
    experiment = result.run.experiment
    return _otherwise(ports, experiment, result.made) if experiment.change.composed else ""


def other_data(ports: ReadingPorts, result: Result) -> str:
    """Refuse a result with another version of data than the one asked for."""
    trained_with = {each.path: each.md5 for each in result.after.data}
    wrong = [each for each in result.run.experiment.change.inputs if trained_with.get(each.path) != each.md5]
    return run_reasons.other_data(wrong[0]) if wrong else ""


def edited_otherwise(ports: ReadingPorts, result: Result) -> str:
    """Refuse a result with another text of a file that the experiment edits."""
    experiment = result.run.experiment
    by_hash = {each.source for each in experiment.change.inputs}  # DVC may format such a file differently
    for edited, text in experiment.change.edits.items():
        if edited in by_hash:
            continue
        there = ports.git.read(experiment.repository, result.made, rooted(experiment.project, edited))
        if there != text.encode():
            return run_reasons.edited_otherwise(edited)
    return ""


# Each returns a sentence why a result is refused, or an empty string. The first sentence is reported.
CHECKS: Sequence[Callable[[ReadingPorts, Result], str]] = (
    unreadable,
    other_parameters,
    composed_otherwise,
    other_data,
    edited_otherwise,
)


def _otherwise(ports: ReadingPorts, experiment: Experiment, commit: str) -> str:
    """Return why a commit's params.yaml is not what Hydra composes for the experiment; empty where it is.

    Raise RuntimeError where it can't be composed this time.
    """
    (expected,) = ports.snapshots.compose(
        experiment.repository, experiment.baseline, experiment.project, [experiment.change.words]
    )
    if expected.problem:  # it was composed when it was asked for, so this is passing trouble
        raise RuntimeError(expected.problem)
    try:
        trained = ports.git.read(experiment.repository, commit, rooted(experiment.project, COMPOSED)) or b""
        different = expected.otherwise(trained.decode("utf-8", "replace"))
    except UserError as error:
        return error.message
    except params.ParamsError as error:
        return error.message
    return run_reasons.not_as_asked([(each.key, each.before, each.after) for each in different]) if different else ""
