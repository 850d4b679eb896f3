"""Without DVC: what changed after a commit's numbers were made, as far as its history tells."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.errors import UserError
from bot.ports import Ports
from experiments.evaluation import UNKNOWN, may_matter
from experiments.experiment import Repository
from experiments.projects import rooted
from experiments.run import Run, State
from experiments.snapshot import Snapshot


def dating(ports: Ports, repository: Repository, runs: Sequence[Run]) -> Callable[[Snapshot], Snapshot]:
    """What gives a snapshot back with what changed after its numbers were made; each commit is looked at once. `runs`:
    of the pull request."""
    known: dict[tuple[str, str], tuple[str, ...]] = {}

    def dated(snapshot: Snapshot) -> Snapshot:
        place = snapshot.sha, snapshot.project
        if place not in known:
            known[place] = changed_since(ports, repository, snapshot, runs)
        return replace(snapshot, changed_since=known[place])

    return dated


def changed_since(ports: Ports, repository: Repository, snapshot: Snapshot, runs: Sequence[Run]) -> tuple[str, ...]:
    """Paths that changed after the last commit that changed a metric file. Empty with DVC, whose hashes tell more, and
    where one of these runs made the commit, or measured it again and found the same: its results may well be those that
    were there. UNKNOWN where that is more than can be looked through."""
    if snapshot.has_dvc or any(snapshot.sha in _measured(run) for run in runs):
        return ()
    metrics = [rooted(snapshot.project, metric.path) for metric in snapshot.metrics]
    try:
        measured = ports.git.changes(repository, snapshot.sha, metrics, 1) if metrics else ()
        paths = ports.git.changed(repository, measured[0], snapshot.sha) if measured else ()
    except UserError:  # a history too long, or a difference too large, to be looked through
        return UNKNOWN
    return may_matter(paths, snapshot.project, snapshot.outputs)


def _measured(run: Run) -> tuple[str, ...]:
    """Commits that have the numbers which this run made."""
    return run.commit, run.landed_as, run.experiment.baseline if run.state is State.REUSED else ""
