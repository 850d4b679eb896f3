"""What made the numbers of a run, in one line."""

from collections.abc import Collection, Sequence

from experiments.provenance import Provenance
from experiments.run import Run
from experiments.sentences import quoted, some
from experiments.snapshot import Snapshot

_NAMED = 12  # stages or files


def made_line(run: Run, frozen: Collection[str]) -> str:
    """`Trained: a, b; restored from the run cache: c.` Empty where nobody told. `frozen`: stages that dvc.yaml
    freezes, which DVC skips whatever changed."""
    found = run.provenance
    if found is None:
        return ""
    if not found.known:
        return "Which stages were executed, restored or skipped is not known: the project's DVC does not tell."
    by_script = [path for path, stage in found.written.items() if not stage]
    parts = (
        ("trained", found.executed),
        ("failed", found.failed),
        ("restored from the run cache", found.restored),
        ("skipped, for nothing they read changed", [name for name in found.skipped if name not in frozen]),
        ("skipped as frozen", [name for name in found.skipped if name in frozen]),
        ("written by the script", by_script),
    )
    said = "; ".join(f"{words}: {_some(names)}" for words, names in parts if names)
    return f"{said[:1].upper()}{said[1:]}." if said else "No stage ran, and no result was written."


def unmade_note(after: Snapshot, provenance: Provenance) -> str:
    """Of files that are the baseline's, whatever was trained; empty where there are none."""
    if not after.unmade:
        return ""
    one = len(after.unmade) == 1
    outs = "" if provenance.executed else " A stage that is restored brings only what it lists as its own."
    return (
        f"Nothing of this run made {_some(after.unmade)}: {'it is' if one else 'they are'} as the baseline has "
        f"{'it' if one else 'them'} and {'tells' if one else 'tell'} nothing of this run.{outs}"
    )


def foreign_notes(sides: Sequence[tuple[str, Snapshot]]) -> tuple[str, ...]:
    """Of each side, called so, that has files which nothing of its run made."""
    return tuple(
        f"Nothing of the run that made {called} made {_some(side.unmade)}: what it has there is its baseline's."
        for called, side in sides
        if side.unmade
    )


def _some(names: Sequence[str]) -> str:
    return some((quoted(name, 60) for name in names), _NAMED)
