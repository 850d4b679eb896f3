"""What changed after a commit's numbers were made. Its history tells where no hash does."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from bot.errors import UserError
from bot.ports.reading import ReadingPorts
from experiments.experiment import Repository
from experiments.judging.evaluation import UNKNOWN, may_matter
from experiments.projects import rooted
from experiments.run import Run
from experiments.run_state import RunState
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from handlers.lookup.unlisted import unseen

BACK = 20  # commits before a head that are looked at: the newest that changed a metric file


def dating(
    ports: ReadingPorts, repository: Repository, runs: Sequence[Run], config: RepoConfig
) -> Callable[[Snapshot], Snapshot]:
    """Return a function that adds to a snapshot what changed after its numbers were made.

    The function also adds whether a script trains the project. It looks at each commit once. `runs`: of the pull
    request.
    """
    known: dict[tuple[str, str], tuple[str, ...]] = {}

    def dated(snapshot: Snapshot) -> Snapshot:
        place = snapshot.sha, snapshot.project
        if place not in known:
            known[place] = changed_since(ports, repository, snapshot, runs)
        scripted = bool(config.of(snapshot.project).script)
        return replace(snapshot, changed_since=known[place], scripted=scripted)

    return dated


def changed_since(
    ports: ReadingPorts, repository: Repository, snapshot: Snapshot, runs: Sequence[Run]
) -> tuple[str, ...]:
    """Return the paths that changed after a snapshot's numbers were made (see `_made`).

    With DVC, return only files that no stage lists: its hashes cover the others. Without DVC, return none where one of
    these runs made the commit, or measured it again with the same results. Return UNKNOWN where the history is too long
    or the difference too large to read.
    """
    if snapshot.has_dvc:
        return unseen(ports, repository, snapshot, runs)
    if any(snapshot.sha in _measured(run) for run in runs):
        return ()
    metrics = list(dict.fromkeys(rooted(snapshot.project, metric.path) for metric in snapshot.metrics))
    try:
        made = _made(ports, repository, snapshot.sha, metrics, runs) if metrics else ""
        paths = ports.git.changed(repository, made, snapshot.sha) if made else ()
    except UserError:  # a history too long, or a difference too large, to be looked through
        return UNKNOWN
    return may_matter(paths, snapshot.project, snapshot.outputs)


def _made(ports: ReadingPorts, repository: Repository, sha: str, metrics: Sequence[str], runs: Sequence[Run]) -> str:
    """Return the SHA of the commit that made these metric files as they are now; empty without one.

    It is the oldest of the newest BACK commits with the same files, since a commit that reverts to old results
    measures nothing. Where a run made the newest commit, it is that one.
    """
    newest = ports.git.changes(repository, sha, metrics, 1)
    if not newest or any(newest[0] in _measured(run) for run in runs):
        return next(iter(newest), "")
    with suppress(UserError):  # at least the newest is known
        older = ports.git.changes(repository, sha, metrics, BACK)
        there = ports.git.objects(repository, (sha, *older), metrics)
        newest = [*newest, *(each for each in older if all(there[sha]) and there[each] == there[sha])]
    return newest[-1]


def _measured(run: Run) -> tuple[str, ...]:
    """Return the commits that have the numbers that this run made."""
    return run.result.commit, run.result.landed_as, run.experiment.baseline if run.state is RunState.REUSED else ""
