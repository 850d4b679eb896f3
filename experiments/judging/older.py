"""Sentences about numbers that may be older than the files of their commit, where no hash of DVC tells."""

from collections.abc import Collection, Iterator

from experiments.experiment import Experiment
from experiments.judging.evaluation import UNKNOWN, unmeasured
from experiments.pipeline import looked_at
from experiments.readiness.foretelling import foretold, passed
from experiments.readiness.trial import Obstacle
from experiments.snapshot import Snapshot, Stage
from experiments.wording import listed


def older(snapshot: Snapshot, side: str, behind: Collection[str] | None = None) -> str:
    """Return a sentence about this side. Empty where nothing says that its numbers are older than its files.

    `behind`: names of the stages that the numbers come from; None: any stage.
    """
    if not snapshot.changed_since:
        return ""
    if not snapshot.has_dvc:
        return unmeasured(snapshot.changed_since, side)
    stages = [each for each in unseeing(snapshot) if behind is None or each.name in behind]
    if not stages:
        return ""
    paths, it, why = _named(snapshot, stages)
    if snapshot.changed_since == UNKNOWN:
        return (
            f"Whether the numbers of {side} are those of an older {paths} is more than can be looked through: {why}. "
            f"List {it} there; {forced(snapshot)} trains anyway."
        )
    return (
        f"The numbers of {side} may be those of an older {paths}: {why}, so DVC does not see that {it} changed. List "
        f"{it} there; {forced(snapshot)} trains anyway."
    )


def unseen(snapshot: Snapshot, experiment: Experiment) -> Iterator[Obstacle]:
    """Yield an obstacle for the changed files that DVC does not see, where it would skip their stages for this
    experiment."""
    if experiment.execution.force or not experiment.execution.by_dvc:
        return
    foreseen = foretold(snapshot, experiment)
    seen = {each.name for each in looked_at(snapshot.stages, experiment.execution.targets, experiment.execution.flags)}
    seen -= {*foreseen.run} if foreseen else set[str]()
    if stages := [each for each in unseeing(snapshot) if each.name in seen]:
        paths, it, why = _named(snapshot, stages)
        finding = f"{paths} changed, and DVC does not see that"
        if snapshot.changed_since == UNKNOWN:
            finding = f"Whether {paths} changed is more than can be looked through, and DVC does not see it"
        yield Obstacle(f"{finding}: {why}. List {it} there; {forced(snapshot)} trains anyway.")


def unseeing(snapshot: Snapshot) -> list[Stage]:
    """Return the stages whose command names a file that changed after their results were made, and that list it
    nowhere."""
    return [stage for stage in snapshot.stages if _changed(snapshot, stage)]


def forced(snapshot: Snapshot) -> str:
    """Return the command that trains those stages, in backquotes. A script of the project's own takes no `-f`."""
    if snapshot.scripted:
        return "`/run`"
    return "`/run -P -f`" if passed(snapshot, [stage.name for stage in unseeing(snapshot)]) else "`/run -f`"


def _named(snapshot: Snapshot, stages: Collection[Stage]) -> tuple[str, str, str]:
    """Return the paths, then `it` or `them`, then a clause about the stages."""
    paths = list(dict.fromkeys(path for stage in stages for path in _changed(snapshot, stage)))
    it = "it" if len(paths) == 1 else "them"
    names = listed([each.name for each in stages])
    why = f"the commands of the stages {names} name {it}, and their `deps` do not"
    if len(stages) == 1:
        why = f"the command of the stage {names} names {it}, and its `deps` do not"
    return listed(paths), it, why


def _changed(snapshot: Snapshot, stage: Stage) -> list[str]:
    """Return the changed files that a stage names in its command and lists nowhere. All such files where nobody could
    look."""
    if snapshot.changed_since == UNKNOWN:
        return [] if stage.frozen or stage.name in snapshot.never_run else [*stage.unlisted]
    return [path for path in stage.unlisted if path in snapshot.changed_since]
