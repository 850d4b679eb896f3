"""What made the metrics of a run, in one line and in notes."""

from collections.abc import Sequence

from experiments.provenance import Provenance
from experiments.run import Run
from experiments.snapshot import Snapshot, Stage
from experiments.wording import opening, quoted, some

_NAMED = 12  # stages or files in one sentence


def made_line(run: Run, stages: Sequence[Stage]) -> str:
    """Return what made the results: `Trained: a, b; restored from the run cache: c.` Empty where nobody told.

    `stages`: those of the commit that was trained. Training can report any name, so names of no stage are only counted.
    DVC skips frozen stages whatever changed.
    """
    found = run.outcome.provenance
    if found is None:
        return ""
    if not found.known:
        return "Which stages were executed, restored or skipped is not known: the project's DVC does not report it."
    frozen = {stage.name for stage in stages if stage.frozen}
    by_script = [path for path, stage in found.written.items() if not stage]
    skipped = [name for name in found.skipped if name not in frozen]
    them = "it" if len(skipped) == 1 else "them"
    groups = (
        ("trained", found.executed),
        ("failed", found.failed),
        ("restored from the run cache", found.restored),
        (f"skipped, because nothing that dvc.yaml lists for {them} changed", skipped),
        ("skipped as frozen", [name for name in found.skipped if name in frozen]),
    )
    parts = [(words, [name for name in names if _is_stage(name, stages)]) for words, names in groups]
    others = sum(len(names) for _, names in groups) - sum(len(names) for _, names in parts)
    sentences = [f"{words}: {_some(names)}" for words, names in (*parts, ("written by the script", by_script)) if names]
    sentences += [f"{others} {'name' if others == 1 else 'names'} of no stage in this commit"] if others else []
    return f"{opening('; '.join(sentences))}." if sentences else "No stage ran, and no result was written."


def _is_stage(name: str, stages: Sequence[Stage]) -> bool:
    """Return whether it may be the name of a stage. A `foreach` may have more stages with other parameters."""
    groups = {stage.name.partition("@")[0] for stage in stages if "@" in stage.name}
    return not stages or name in {stage.name for stage in stages} or name.partition("@")[0] in groups


def unmade_note(after: Snapshot, provenance: Provenance) -> str:
    """Return a note on files that the run did not make, so that they are the baseline's. Empty where there are none."""
    if not after.unmade:
        return ""
    one = len(after.unmade) == 1
    outs = "" if provenance.executed else " A stage that is restored brings only what it lists as its own."
    return (
        f"Nothing of this run made {_some(after.unmade)}: {'it is' if one else 'they are'} as the baseline has "
        f"{'it' if one else 'them'} and {'says' if one else 'say'} nothing about this run.{outs}"
    )


def unheard_note(names: Sequence[str]) -> str:
    """Return a note on parameters that were set and that no stage which ran lists. Empty where there are none."""
    them, their = ("it", "its") if len(names) == 1 else ("them", "their")
    consequence = f"unless one reads {them} anyway, no difference is {their} effect"
    return f"No stage that ran lists {_some(names)}: {consequence}." if names else ""


def foreign_notes(sides: Sequence[tuple[str, Snapshot]]) -> tuple[str, ...]:
    """Return a note for each side with files that nothing of its run made. `sides`: names and snapshots."""
    return tuple(
        f"Nothing of the run that made {called} made {_some(side.unmade)}: what it has there is its baseline's."
        for called, side in sides
        if side.unmade
    )


def _some(names: Sequence[str]) -> str:
    return some((quoted(name, 60) for name in names), _NAMED)
