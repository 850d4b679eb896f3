"""With DVC: files that a stage's command names but no list does, and that changed since its results were made."""

from collections.abc import Sequence
from posixpath import join, normpath

from bot.errors import UserError
from bot.ports.reading import ReadingPorts
from experiments.experiment import Repository
from experiments.judging.evaluation import UNKNOWN
from experiments.judging.standing import Standing
from experiments.projects import rooted
from experiments.run import Run
from experiments.run_state import RunState
from experiments.snapshot import Snapshot, Stage

SECONDS = 10.0  # for all stages of a commit together
OUTS = 1000  # outputs of a stage
BACK = 20  # commits that changed results, and runs that each began with the results of the one before


def unseen(ports: ReadingPorts, repository: Repository, snapshot: Snapshot, runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the paths of such files, of stages that a metric comes from.

    Return UNKNOWN where finding them takes too long. `runs`: of the pull request.
    """
    counted = Standing(snapshot).behind - {*snapshot.never_run}
    found: dict[str, None] = {}
    until = ports.monotonic() + SECONDS
    try:
        for stage in snapshot.stages:
            if stage.unlisted and stage.name in counted and not stage.frozen:
                made = _made(ports, repository, snapshot, stage, runs, until)
                found |= dict.fromkeys(_changed(ports, repository, snapshot, stage, made))
    except UserError:
        return UNKNOWN
    return tuple(found)


def _changed(ports: ReadingPorts, repository: Repository, snapshot: Snapshot, stage: Stage, made: str) -> list[str]:
    """Return the stage's unlisted files that differ between the commit `made`, which made its results, and this one."""
    if made in ("", snapshot.sha):
        return []
    places = [normpath(rooted(snapshot.project, path)) for path in stage.unlisted]
    there = ports.git.objects(repository, (made, snapshot.sha), places)
    sides = zip(stage.unlisted, there[made], there[snapshot.sha], strict=True)
    return [path for path, then, now in sides if then != now]


def _made(
    ports: ReadingPorts, repository: Repository, snapshot: Snapshot, stage: Stage, runs: Sequence[Run], until: float
) -> str:
    """Return the SHA of the commit whose files made the results of a stage; empty where it is not known.

    A run that did not execute the stage left the results as its baseline had them, or took those of an earlier run.
    Raise UserError where finding it takes too long.
    """
    lock = join(stage.name.rpartition(":")[0].rpartition("/")[0], "dvc.lock")
    results = [rooted(snapshot.project, path) for path in (lock, *stage.outs)]
    by_commit = {commit: run for run in runs for commit in (run.result.commit, run.result.landed_as) if commit}
    again = {run.experiment.baseline for run in runs if run.state is RunState.REUSED and _executed(run, stage)}
    sha = snapshot.sha
    for _ in range(BACK):
        if sha in again or (sha in by_commit and _executed(by_commit[sha], stage)):
            return sha
        if sha in by_commit:
            sha = by_commit[sha].experiment.baseline
        elif (brought := _brought(ports, repository, sha, results, until)) in by_commit:
            sha = brought
        else:
            return brought
    return ""


def _brought(ports: ReadingPorts, repository: Repository, sha: str, results: Sequence[str], until: float) -> str:
    """Return the oldest of the newest BACK commits that changed results and has the same as this; empty without one.

    A commit that reverts to old results measures nothing, so it does not count. Raise UserError where this takes too
    long.
    """
    if ports.monotonic() > until or len(results) > OUTS:
        raise UserError("When the results of the stages were made is more than can be looked through.")
    newest = ports.git.changes(repository, sha, results, BACK)
    there = ports.git.objects(repository, (sha, *newest), results)
    same = [*newest[:1], *(each for each in newest[1:] if there[each] == there[sha])]
    return same[-1] if same else ""


def _executed(run: Run, stage: Stage) -> bool:
    """Return whether a run executed a stage; True where DVC told nothing of it."""
    return (
        not (run.outcome.provenance and run.outcome.provenance.known) or stage.name in run.outcome.provenance.executed
    )
