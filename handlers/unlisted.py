"""With DVC: what a stage names in its command and lists nowhere, and what changed since its results were made."""

from collections.abc import Sequence
from contextlib import suppress
from posixpath import join, normpath

from bot.errors import UserError
from bot.ports import Ports
from experiments.experiment import Repository
from experiments.projects import rooted
from experiments.run import Run, State
from experiments.snapshot import Snapshot, Stage
from experiments.standing import Standing

STAGES = 20  # that are looked at of a commit
BACK = 20  # commits that changed results, and runs of which each began with what the one before it left


def unseen(ports: Ports, repository: Repository, snapshot: Snapshot, runs: Sequence[Run]) -> tuple[str, ...]:
    """Their paths, of stages that a metric comes from. `runs`: of the pull request."""
    counted = Standing(snapshot).behind - {*snapshot.never_run}
    found: dict[str, None] = {}
    for stage in [each for each in snapshot.stages if each.unlisted and each.name in counted][:STAGES]:
        with suppress(UserError):  # too much to be looked through
            made = "" if stage.frozen else _made(ports, repository, snapshot, stage, runs)
            changed = ports.git.changed(repository, made, snapshot.sha) if made not in ("", snapshot.sha) else ()
            found |= dict.fromkeys(
                path for path in stage.unlisted if normpath(rooted(snapshot.project, path)) in changed
            )
    return tuple(found)


def _made(ports: Ports, repository: Repository, snapshot: Snapshot, stage: Stage, runs: Sequence[Run]) -> str:
    """SHA of the commit whose files made the results of a stage, as far as is known; else empty. A run that did not
    execute the stage left them as its baseline had them, or took those of an earlier run."""
    lock = join(stage.name.rpartition(":")[0].rpartition("/")[0], "dvc.lock")
    results = [rooted(snapshot.project, path) for path in (lock, *stage.outs)]
    by_commit = {commit: run for run in runs for commit in (run.commit, run.landed_as) if commit}
    again = {run.experiment.baseline for run in runs if run.state is State.REUSED and _executed(run, stage)}
    sha = snapshot.sha
    for _ in range(BACK):
        if sha in again or (sha in by_commit and _executed(by_commit[sha], stage)):
            return sha
        if sha in by_commit:
            sha = by_commit[sha].experiment.baseline
        elif (brought := _brought(ports, repository, sha, results)) in by_commit:
            sha = brought
        else:
            return brought
    return ""


def _brought(ports: Ports, repository: Repository, sha: str, results: Sequence[str]) -> str:
    """The oldest of the newest few commits that changed results and that has them as this one: what takes results back
    measures nothing. Empty without one."""
    newest = ports.git.changes(repository, sha, results, BACK)

    def alike(other: str) -> bool:
        return all(ports.git.read(repository, sha, path) == ports.git.read(repository, other, path) for path in results)

    same = [*newest[:1], *(each for each in newest[1:] if alike(each))]
    return same[-1] if same else ""


def _executed(run: Run, stage: Stage) -> bool:
    """Where DVC tells nothing of it, it is taken for executed."""
    return not (run.provenance and run.provenance.known) or stage.name in run.provenance.executed
