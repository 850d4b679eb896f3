"""Why numbers can't be compared, whatever they are: of each metric file, as a project may have several pipelines."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from experiments.delta import Bar, Delta, Verdict
from experiments.evaluation import other_evaluation
from experiments.older import older
from experiments.sentences import Sides, listed
from experiments.snapshot import Reading, Snapshot
from experiments.standing import Standing

_JUDGED = (Verdict.BETTER, Verdict.WORSE, Verdict.WITHIN_NOISE, Verdict.UNCHANGED)


def barred(before: Snapshot | None, after: Snapshot, sides: Sides) -> dict[str, Bar]:
    """Return what bars a judgement, by metric file: a stage that its numbers come from is stale, or was measured
    otherwise, on either side. Files that can be compared are left out. `before`: None where there is no baseline."""
    snapshots = (after, before) if before else (after,)
    files = [each.path for side in snapshots for each in side.metrics if each.reading is not Reading.ABSENT]
    files = list(dict.fromkeys(files))
    found: dict[str, Bar] = {}
    for why in _reasons(before, after, sides):
        if not why(files):
            continue
        own = {file: why([file]) for file in files if file not in found}
        own = {file: sentence for file, sentence in own.items() if sentence}
        if own:
            told = " ".join(filter(None, [why([*own]), _extent([*own], files, snapshots)]))
            found |= {file: Bar(sentence, told) for file, sentence in own.items()}
    return found


def withheld(delta: Delta, bars: Mapping[str, Bar]) -> Delta:
    """The metric without a judgement where something bars one: its number is neither better, worse nor the same."""
    bar = bars.get(delta.file)
    verdict = Verdict.NOT_COMPARABLE if bar and delta.verdict in _JUDGED else delta.verdict
    return replace(delta, verdict=verdict, bar=bar)


def _reasons(before: Snapshot | None, after: Snapshot, sides: Sides) -> Sequence[Callable[[Collection[str]], str]]:
    """Of each kind what gives a sentence about metric files, empty where nothing bars a judgement of them."""
    left, right, own = Standing(before) if before else None, Standing(after), f"{sides.after}'s commit"

    def stale(files: Collection[str]) -> str:
        mine = right.of(files)
        both = " ".join(filter(None, (left.of(files).barred(sides.before) if left else "", mine.barred(own))))
        return both or (mine.gone(before, own) if before else "")

    def aged(files: Collection[str]) -> str:
        told = older(after, sides.after, right.of(files).behind)
        return told or (older(before, sides.before, left.of(files).behind) if before and left else "")

    def otherwise(files: Collection[str]) -> str:
        return other_evaluation(before, after, files, sides) if before else ""

    return stale, aged, otherwise


def _extent(files: Sequence[str], among: Sequence[str], snapshots: Sequence[Snapshot]) -> str:
    """A sentence about which metrics that concerns; empty where it is all of them."""
    if len(files) == len(among):
        return ""
    stages: dict[str, None] = {}
    for side in snapshots:
        standing = Standing(side).of(files)
        stages |= dict.fromkeys(name for name in standing.late if name in standing.sure)
    come = f", which come from the stage{'' if len(stages) == 1 else 's'} {listed(stages)}" if stages else ""
    return f"That concerns only the metrics of {listed(files)}{come}."
