"""Why the numbers of a metric file can't be compared. It is told of each file, since a project may have several
pipelines."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from experiments.judging.delta import Bar, Delta, Verdict
from experiments.judging.evaluation import other_evaluation
from experiments.judging.older import older
from experiments.judging.standing import Standing, StandingReason
from experiments.snapshot import Reading, Snapshot
from experiments.wording import Sides, listed

_JUDGED = (Verdict.BETTER, Verdict.WORSE, Verdict.WITHIN_NOISE, Verdict.UNCHANGED)


def barred(before: Snapshot | None, after: Snapshot, sides: Sides) -> dict[str, Bar]:
    """Return what bars a judgement, by metric file. Files that can be compared are left out.

    A file is barred where a stage that its numbers come from is stale, or was measured otherwise, on either side.
    `before`: None where there is no baseline.
    """
    stands = [Standing(side) for side in (after, before) if side]
    declared = [each for standing in stands for each in standing.snapshot.metrics]
    files = list(dict.fromkeys(each.path for each in declared if each.reading is not Reading.ABSENT))
    found: dict[str, Bar] = {}
    for why in _reasons(sides, *stands):
        if not why(files):
            continue
        own = {file: why([file]) for file in files if file not in found}
        own = {file: sentence for file, sentence in own.items() if sentence}
        for alike in [[*own]] if len(own) == len(files) else _alike(own, stands):
            sentence = " ".join(filter(None, [why(alike), _extent(alike, files, stands)]))
            found |= {file: Bar(own[file], sentence) for file in alike}
    return found


def _alike(files: Iterable[str], stands: Sequence[Standing]) -> Iterable[list[str]]:
    """Group the files that have the same state on each side, so that one sentence is true of all files in a group."""
    found: dict[tuple[StandingReason, ...], list[str]] = {}
    for file in files:
        found.setdefault(tuple(each.of([file]).state for each in stands), []).append(file)
    return found.values()


def withheld(delta: Delta, bars: Mapping[str, Bar]) -> Delta:
    """Return the metric as not comparable where its file is barred: its number is neither better, worse nor
    unchanged."""
    bar = bars.get(delta.file)
    verdict = Verdict.NOT_COMPARABLE if bar and delta.verdict in _JUDGED else delta.verdict
    return replace(delta, verdict=verdict, bar=bar)


def _reasons(sides: Sides, right: Standing, left: Standing | None = None) -> Sequence[Callable[[Collection[str]], str]]:
    """Return a function for each kind of reason. Each takes metric files and returns a sentence, empty where they are
    not barred."""
    own = f"{sides.after}'s commit"

    def stale(files: Collection[str]) -> str:
        reasons = left.of(files).barred(sides.before) if left else "", right.of(files).barred(own)
        return " ".join(filter(None, reasons))

    def gone(files: Collection[str]) -> str:
        return right.of(files).gone(left.snapshot, own) if left else ""

    def aged(files: Collection[str]) -> str:
        reason = older(right.snapshot, sides.after, right.of(files).behind)
        return reason or (older(left.snapshot, sides.before, left.of(files).behind) if left else "")

    def otherwise(files: Collection[str]) -> str:
        return other_evaluation(left.snapshot, right.snapshot, files, sides) if left else ""

    return stale, gone, aged, otherwise


def _extent(files: Sequence[str], among: Sequence[str], stands: Sequence[Standing]) -> str:
    """Return a sentence about which metrics are concerned. Empty where all of them are."""
    if len(files) == len(among):
        return ""
    mine = [standing.of(files) for standing in stands]
    stages = dict.fromkeys(name for each in mine for name in each.late if name in each.sure)
    come = f", which come from the stage{'' if len(stages) == 1 else 's'} {listed(stages)}" if stages else ""
    return f"That concerns only the metrics of {listed(files)}{come}."
