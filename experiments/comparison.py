"""How an experiment's numbers stand against its baseline's: deltas and a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from experiments.config import RepoConfig
from experiments.delta import Delta, Verdict, doubt, same, weigh
from experiments.evaluation import other_evaluation, unmeasured
from experiments.gatekeeping import failing
from experiments.sentences import RUN, Sides, meant, opening, quoted
from experiments.snapshot import Reading, Snapshot, Value

__all__ = [
    "Comparison",
    "Delta",
    "ParamChange",
    "Verdict",
    "arranged",
    "compare",
    "counts_steps",
    "incomparable",
    "is_primary",
    "measured",
    "param_changes",
    "unjudged",
    "whole",
]


@dataclass(frozen=True)
class ParamChange:
    """One parameter that differs."""

    file: str
    key: str
    before: Value
    after: Value


@dataclass(frozen=True)
class Comparison:
    """Baseline against experiment."""

    deltas: tuple[Delta, ...]  # the primary metric first, bookkeeping last
    params: tuple[ParamChange, ...]
    verdict: Verdict
    reason: str = ""  # why it is not comparable: a sentence
    stale: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()  # the repository's gates that do not hold: a clause for each

    @property
    def primary(self) -> Delta | None:
        return self.deltas[0] if self.deltas else None

    @property
    def results(self) -> tuple[Delta, ...]:
        """What was measured: all but the bookkeeping."""
        return tuple(delta for delta in self.deltas if not delta.bookkeeping)


def compare(
    before: Snapshot | None,
    after: Snapshot,
    config: RepoConfig,
    sides: Sides = RUN,
    changed_since: Sequence[str] = (),
) -> Comparison:
    """The experiment `after` against its baseline (None: there is none to compare with).

    A stale side, other evaluation data or code, or a NaN leaves the whole not comparable, with the reason, and so does
    what looks unchanged where `changed_since` names paths that changed after the numbers of `after` were made.
    """
    deltas = _deltas(before, after, config)
    verdict, reason = whole(deltas, config, sides)
    stale = tuple(dict.fromkeys([*(before.stale if before else ()), *after.stale]))
    otherwise = incomparable(before, after, deltas, sides) if before else ""
    if not otherwise and changed_since and verdict is Verdict.UNCHANGED:
        otherwise = unmeasured(changed_since, sides.after)
    closed = failing(config.gate, deltas, after, otherwise, sides)
    if before is None or verdict is Verdict.NO_BASELINE:
        params = param_changes(before, after) if before else ()
        return Comparison(deltas, params, Verdict.NO_BASELINE, reason, stale, closed)
    if otherwise:
        verdict, reason, deltas = Verdict.NOT_COMPARABLE, otherwise, unjudged(deltas)
    return Comparison(deltas, param_changes(before, after), verdict, reason, stale, closed)


def unjudged(deltas: Sequence[Delta]) -> tuple[Delta, ...]:
    """Of two sides that can't be compared: no number of theirs is better or worse."""
    judged = (Verdict.BETTER, Verdict.WORSE, Verdict.WITHIN_NOISE)
    return tuple(replace(each, verdict=Verdict.NOT_COMPARABLE) if each.verdict in judged else each for each in deltas)


def incomparable(before: Snapshot, after: Snapshot, deltas: Sequence[Delta], sides: Sides) -> str:
    """Why two sides can't be compared whatever their numbers are; empty where they can."""
    files = {delta.file for delta in deltas}
    return _staleness(before, after, sides) or other_evaluation(before, after, files, sides)


def _deltas(before: Snapshot | None, after: Snapshot, config: RepoConfig) -> tuple[Delta, ...]:
    """One per metric of either side, as the files have them, the primary one first and bookkeeping last."""
    left, right = measured(before) if before else {}, measured(after)
    deltas = []
    for file, name in [*right, *(each for each in left if each not in right)]:
        values = left.get((file, name)), right.get((file, name))
        readings = _reading(before, file, values[0]), _reading(after, file, values[1])
        deltas.append(weigh(file, name, values, readings, config.rule(file, name)))
    return arranged(deltas, config)


def arranged(given: Sequence[Delta], config: RepoConfig) -> tuple[Delta, ...]:
    """The primary one first, and last what only counts steps beside results."""
    results = {delta.file for delta in given if not counts_steps(delta.name)}
    deltas = []
    for delta in given:
        asked_for = delta.better or is_primary(delta, config)
        deltas.append(replace(delta, bookkeeping=counts_steps(delta.name) and delta.file in results and not asked_for))
    leading = next((delta for delta in deltas if delta.better and delta.after is not None), None)

    def place(delta: Delta) -> tuple[bool, bool]:
        first = is_primary(delta, config) if config.primary else delta is leading
        return not first, delta.bookkeeping

    return tuple(sorted(deltas, key=place))


def counts_steps(name: str) -> bool:
    """DVCLive writes a `step` into every metric file."""
    return name.rpartition(".")[2] == "step"


def is_primary(delta: Delta, config: RepoConfig) -> bool:
    """Whether the configuration names this metric as the one that decides."""
    return bool(config.primary) and config.primary in (delta.name, f"{delta.file}:{delta.name}")


def measured(snapshot: Snapshot) -> dict[tuple[str, str], Value]:
    """Its metrics by file and name."""
    return {(metric.path, name): value for metric in snapshot.metrics for name, value in metric.values.items()}


def _reading(snapshot: Snapshot | None, file: str, value: Value) -> Reading:
    if value is not None:
        return Reading.READ
    readings = [metric.reading for metric in snapshot.metrics if metric.path == file] if snapshot else []
    return next((reading for reading in readings if reading is not Reading.READ), Reading.ABSENT)


def whole(deltas: Sequence[Delta], config: RepoConfig, sides: Sides) -> tuple[Verdict, str]:
    """From the primary metric where one is configured, else from all whose direction is known."""
    if not any(delta.after is not None for delta in deltas):
        return Verdict.NOT_COMPARABLE, f"{opening(sides.after)} has no metric that could be read."
    if config.primary and is_primary(deltas[0], config):
        return deltas[0].verdict, doubt(deltas[0], sides)
    if config.primary:
        hint = meant(config.primary, [delta.name for delta in deltas])
        named = quoted(config.primary)
        return Verdict.NOT_COMPARABLE, f"No metric file has {named}, the configured primary metric: {hint}"
    results = [delta for delta in deltas if not delta.bookkeeping]
    judged = [delta for delta in results if delta.better] or results
    verdicts = {delta.verdict for delta in judged}
    if Verdict.NOT_COMPARABLE in verdicts:
        return Verdict.NOT_COMPARABLE, next(filter(None, (doubt(delta, sides) for delta in judged)))
    if {Verdict.BETTER, Verdict.WORSE} <= verdicts:
        return Verdict.MIXED, ""
    telling = (Verdict.BETTER, Verdict.WORSE, Verdict.WITHIN_NOISE, Verdict.UNCHANGED, Verdict.NO_BASELINE)
    return next(verdict for verdict in telling if verdict in verdicts), ""


def _staleness(before: Snapshot, after: Snapshot, sides: Sides) -> str:
    for side, snapshot in ((opening(sides.before), before), (f"{opening(sides.after)}'s commit", after)):
        if snapshot.stale:
            shown = ", ".join(quoted(path) for path in snapshot.stale[:3])
            more = f" and {len(snapshot.stale) - 3} more" if len(snapshot.stale) > 3 else ""
            return f"{side} is stale: {shown}{more} changed after its numbers were made."
    return ""


def param_changes(before: Snapshot, after: Snapshot) -> tuple[ParamChange, ...]:
    """Those of either side, in the order of the files."""
    left = {(param.file, param.key): param.value for param in before.params}
    right = {(param.file, param.key): param.value for param in after.params}
    keys = [*right, *(each for each in left if each not in right)]
    return tuple(
        ParamChange(file, key, left.get((file, key)), right.get((file, key)))
        for file, key in keys
        if ((file, key) in left) != ((file, key) in right) or not same(left[file, key], right[file, key])
    )
