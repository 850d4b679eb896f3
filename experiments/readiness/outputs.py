"""Obstacles in the outputs of stages: those that both Git and DVC keep, and those that are missing and are not made
again."""

from collections.abc import Iterator

from experiments.pipeline import touches
from experiments.projects import rooted
from experiments.readiness.trial import Obstacle, Trial, touched
from experiments.snapshot import Snapshot, Stage
from experiments.wording import for_shell, listed, quoted


def tracked(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """Yield an obstacle for outputs that Git tracks and DVC is to keep: DVC would run the stage and then fail."""
    for stage in _possible(snapshot, trial):
        paths = [] if stage.frozen else [out for out in stage.outs if out in snapshot.doubly_kept]
        if paths:
            it, outputs = _it(paths), "is an output" if len(paths) == 1 else "are outputs"
            untrack = for_shell("git rm -r --cached", [rooted(snapshot.project, path) for path in paths])
            yield Obstacle(
                f"{listed(paths)} {outputs} of the stage {quoted(stage.name)} that DVC keeps, and Git tracks {it}: "
                f"DVC would run the stage and then fail. {untrack}, committed and pushed, leaves {it} to DVC; "
                f"`cache: false` in dvc.yaml leaves {it} to Git.",
                _runs(snapshot, trial, stage),
            )


def frozen(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """Yield an obstacle for frozen stages whose outputs are not there, since DVC does not make them."""
    recorded = {each.path for each in snapshot.data}
    possible = _possible(snapshot, trial)
    for stage in possible:
        if not stage.frozen or trial.script:
            continue
        checked = trial.seeks or stage.name in snapshot.rechecked
        absent = [out for out in stage.outs if out in snapshot.lost]
        away = [out for out in stage.outs if checked and out in recorded and out not in snapshot.doubly_kept]
        readers = [each for each in possible if not each.frozen and any(touches(each.deps, out) for out in absent)]
        thaw = for_shell("dvc unfreeze", [stage.name])
        if absent and (checked or readers):
            sure = checked or any(_runs(snapshot, trial, each) for each in readers)
            yield Obstacle(
                f"The stage {quoted(stage.name)} is frozen, so DVC does not make {listed(absent)}, which neither Git "
                f"nor DVC has, and fails. {thaw} lets {_it(absent)} be made; or commit {_it(absent)}.",
                sure and trial.looked_at is not None,
            )
        elif away:
            changed = stage.name in snapshot.rechecked
            why = "its command is not the one in `dvc.lock`" if changed else "this run skips no stage"
            yield Obstacle(
                f"The stage {quoted(stage.name)} is frozen, and {why}: DVC looks for {listed(away)} and fails where "
                f"neither its cache nor its remote has {_it(away)}. `dvc push` from where "
                f"{'it is' if len(away) == 1 else 'they are'} brings {_it(away)} there; or {thaw} lets {_it(away)} be "
                "made anew."
            )


def _possible(snapshot: Snapshot, trial: Trial) -> list[Stage]:
    """Return the stages that DVC may look at."""
    return [stage for stage in snapshot.stages if touched(trial, stage.name)]


def _runs(snapshot: Snapshot, trial: Trial, stage: Stage) -> bool:
    """Return whether DVC certainly runs or restores the stage."""
    if trial.looked_at is None or trial.script:
        return False
    if trial.going is not None:
        return stage.name in trial.going
    return stage.name in (*snapshot.never_run, *trial.executed)


def _it(paths: list[str]) -> str:
    return "it" if len(paths) == 1 else "them"
