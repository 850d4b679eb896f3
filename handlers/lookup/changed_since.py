"""What changed after a commit's numbers were made, as far as its history tells where no hash does."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from bot.errors import UserError
from bot.ports.reading import Reading
from experiments.experiment import Repository
from experiments.judging.evaluation import UNKNOWN, may_matter
from experiments.projects import rooted
from experiments.run import Run, State
from experiments.settings.config import RepoConfig
from experiments.snapshot import Snapshot
from handlers.lookup.unlisted import unseen

BACK = 20  # commits that changed a metric file, the newest before a head


def dating(
    ports: Reading, repository: Repository, runs: Sequence[Run], config: RepoConfig
) -> Callable[[Snapshot], Snapshot]:
    """What gives a snapshot back with what changed after its numbers were made, and who trains it anew; each commit is
    looked at once. `runs`: of the pull request."""
    known: dict[tuple[str, str], tuple[str, ...]] = {}

    def dated(snapshot: Snapshot) -> Snapshot:
        place = snapshot.sha, snapshot.project
        if place not in known:
            known[place] = changed_since(ports, repository, snapshot, runs)
        scripted = bool(config.of(snapshot.project).script)
        return replace(snapshot, changed_since=known[place], scripted=scripted)

    return dated


def changed_since(ports: Reading, repository: Repository, snapshot: Snapshot, runs: Sequence[Run]) -> tuple[str, ...]:
    """Paths that changed after the numbers were made; see `_made`. With DVC, whose hashes tell more, only what
    a stage lists nowhere. Empty where one of these runs made the commit, or measured it again and found the same: its
    results may well be those that were there. UNKNOWN where that is more than can be looked through."""
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


def _made(ports: Reading, repository: Repository, sha: str, metrics: Sequence[str], runs: Sequence[Run]) -> str:
    """SHA of the commit that brought these metric files as they are now; empty without one. It is the oldest of the
    newest few that has them so, unless a run made the newest: what takes results back measures nothing."""
    newest = ports.git.changes(repository, sha, metrics, 1)
    if not newest or any(newest[0] in _measured(run) for run in runs):
        return next(iter(newest), "")
    with suppress(UserError):  # the newest is known
        older = ports.git.changes(repository, sha, metrics, BACK)
        there = ports.git.objects(repository, (sha, *older), metrics)
        newest = [*newest, *(each for each in older if all(there[sha]) and there[each] == there[sha])]
    return newest[-1]


def _measured(run: Run) -> tuple[str, ...]:
    """Commits that have the numbers which this run made."""
    return run.commit, run.landed_as, run.experiment.baseline if run.state is State.REUSED else ""
