"""Whether the numbers of a commit may be older than its files where no hash of DVC tells: sentences."""

from collections.abc import Collection, Iterator

from experiments.experiment import Experiment
from experiments.judging.evaluation import UNKNOWN, unmeasured
from experiments.pipeline import looked_at
from experiments.readiness.foretelling import foretold, passed
from experiments.readiness.trial import Obstacle
from experiments.snapshot import Snapshot, Stage
from experiments.wording import listed


def older(snapshot: Snapshot, side: str, behind: Collection[str] | None = None) -> str:
    """A sentence about this side; empty where nothing speaks for that. `behind`: names of the stages that the numbers
    come from; None: any."""
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
            f"List {it} there; {forced(snapshot)} trains all the same."
        )
    return (
        f"The numbers of {side} may be those of an older {paths}: {why}, so DVC does not see that {it} changed. List "
        f"{it} there; {forced(snapshot)} trains all the same."
    )


def unseen(snapshot: Snapshot, experiment: Experiment) -> Iterator[Obstacle]:
    """What DVC does not see of this commit, where it would skip the stage for this experiment."""
    if experiment.force or experiment.script or not experiment.has_dvc:
        return
    told = foretold(snapshot, experiment)
    seen = {each.name for each in looked_at(snapshot.stages, experiment.targets, experiment.flags)}
    seen -= {*told.run} if told else set[str]()
    if stages := [each for each in unseeing(snapshot) if each.name in seen]:
        paths, it, why = _named(snapshot, stages)
        said = f"{paths} changed, and DVC does not see that"
        if snapshot.changed_since == UNKNOWN:
            said = f"Whether {paths} changed is more than can be looked through, and DVC does not see it"
        yield Obstacle(f"{said}: {why}. List {it} there; {forced(snapshot)} trains all the same.")


def unseeing(snapshot: Snapshot) -> list[Stage]:
    """Stages that name in their commands what changed after their results were made, and list it nowhere."""
    return [stage for stage in snapshot.stages if _changed(snapshot, stage)]


def forced(snapshot: Snapshot) -> str:
    """The command that trains them, in backquotes. A script of the project's own takes no `-f`."""
    if snapshot.scripted:
        return "`/run`"
    return "`/run -P -f`" if passed(snapshot, [stage.name for stage in unseeing(snapshot)]) else "`/run -f`"


def _named(snapshot: Snapshot, stages: Collection[Stage]) -> tuple[str, str, str]:
    """The paths, `it` or `them`, and a clause about the stages."""
    paths = list(dict.fromkeys(path for stage in stages for path in _changed(snapshot, stage)))
    it = "it" if len(paths) == 1 else "them"
    names = listed([each.name for each in stages])
    why = f"the commands of the stages {names} name {it}, and their `deps` do not"
    if len(stages) == 1:
        why = f"the command of the stage {names} names {it}, and its `deps` do not"
    return listed(paths), it, why


def _changed(snapshot: Snapshot, stage: Stage) -> list[str]:
    """Of what it names and lists nowhere; all of it where nobody could look."""
    if snapshot.changed_since == UNKNOWN:
        return [] if stage.frozen or stage.name in snapshot.never_run else [*stage.unlisted]
    return [path for path in stage.unlisted if path in snapshot.changed_since]
