"""Build snapshots of commits in which something differs from dvc.lock."""

from dataclasses import replace

from experiments.snapshot import Snapshot, Stage


def outdated(snapshot: Snapshot, *entries: str) -> Snapshot:
    """Mark these entries as changed in the stages that read them; an entry that none reads goes to one that writes all
    metrics.
    """
    stages = [replace(each, stale=(*each.stale, *_own(each, entries))) for each in snapshot.stages]
    known = {entry for each in stages for entry in each.stale}
    if others := tuple(entry for entry in entries if entry not in known):
        files = tuple(each.path for each in snapshot.metrics)
        stages.append(Stage("measure", "measure", deps=others, outs=files, stale=others))
    return replace(snapshot, stages=tuple(stages))


def _own(stage: Stage, entries: tuple[str, ...]) -> list[str]:
    read = (*stage.deps, *stage.params, f"{stage.name} (command)")
    return [entry for entry in entries if any(entry == each or entry.startswith(f"{each}.") for each in read)]
