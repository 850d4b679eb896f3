"""How an experiment's metrics compare with its baseline's: deltas and a verdict."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from experiments.judging.comparability import barred, withheld
from experiments.judging.delta import Bar, Delta, Verdict, doubt, same, weigh
from experiments.judging.gates import failing
from experiments.params.lists import outermost
from experiments.params.merging import GONE
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Made, Reading, Snapshot, Value
from experiments.wording import RUN, Sides, meant, opening, quoted

__all__ = [
    "Comparison",
    "Delta",
    "ParamChange",
    "Verdict",
    "arranged",
    "compare",
    "counts_steps",
    "is_primary",
    "measured",
    "param_changes",
    "whole",
]

# Long tables are cut at their end, so verdicts that a reader must not miss come first.
_ORDER = (
    Verdict.NOT_COMPARABLE,
    Verdict.WORSE,
    Verdict.BETTER,
    Verdict.WITHIN_NOISE,
    Verdict.NO_BASELINE,
    Verdict.MIXED,
    Verdict.UNCHANGED,
)


@dataclass(frozen=True)
class ParamChange:
    """One parameter whose value differs between two sides."""

    file: str
    key: str
    before: Value  # GONE where that side has no such parameter
    after: Value
    recorded: bool = False  # in a record: training wrote it down
    shared: bool = False  # several parameter files have a parameter with this key


@dataclass(frozen=True)
class Comparison:
    """An experiment compared with its baseline."""

    deltas: tuple[Delta, ...]  # the leading metric, then what changed, what did not, bookkeeping
    params: tuple[ParamChange, ...]
    verdict: Verdict
    reason: str = ""  # why it is not comparable: a sentence
    barred: tuple[str, ...] = ()  # why metrics that do not decide are not comparable: sentences
    failing: tuple[str, ...] = ()  # a clause for each of the repository's gates that does not hold

    @property
    def leading(self) -> Delta | None:
        """The metric that a headline names. None where every metric is text."""
        return next((delta for delta in self.deltas[:1] if not delta.is_text), None)

    def named(self, delta: Delta) -> str:
        """Return the name of a metric, with its file in front where several files have a metric of that name."""
        return delta.name if self._names[delta.name] < 2 else f"{delta.file}:{delta.name}"

    @cached_property
    def _names(self) -> Counter[str]:
        """The number of files that have a metric of each name."""
        return Counter(delta.name for delta in self.deltas)

    @property
    def invites(self) -> bool:
        """Whether the experiment is offered for the branch. One that is worse, unchanged or within noise is not."""
        return self.verdict not in (Verdict.WORSE, Verdict.WITHIN_NOISE, Verdict.UNCHANGED)

    @property
    def results(self) -> tuple[Delta, ...]:
        """The measured metrics, without bookkeeping."""
        return tuple(delta for delta in self.deltas if not delta.bookkeeping)


def compare(
    before: Snapshot | None,
    after: Snapshot,
    config: RepoConfig,
    sides: Sides = RUN,
) -> Comparison:
    """Compare the experiment `after` with its baseline `before`, which is None where there is none.

    A metric is not comparable where it is a NaN, or where on either side a stage that it comes from is stale, older
    than its files or measured otherwise. The whole is not comparable where a metric that decides is not.
    """
    bars = barred(before, after, sides)
    deltas = arranged(_deltas(before, after, config, bars), config)
    verdict, reason = whole(deltas, config, sides)
    if not (after.metrics or (before and before.metrics)):
        reason = f"{opening(sides.after)} declares no metric."
    if before is None:
        verdict = Verdict.NO_BASELINE
    params = param_changes(before, after) if before else ()
    closed = failing(config.gate, deltas, after, sides)
    return Comparison(deltas, params, verdict, reason, beside(bars, reason), closed)


def beside(bars: Mapping[str, Bar], reason: str) -> tuple[str, ...]:
    """Return the sentences about what bars a judgement that are not in the reason of the whole."""
    return tuple(dict.fromkeys(bar.sentence for bar in bars.values() if bar.sentence not in reason))


def _deltas(before: Snapshot | None, after: Snapshot, config: RepoConfig, bars: Mapping[str, Bar]) -> list[Delta]:
    """Return a delta for each metric of either side."""
    left, right = measured(before) if before else {}, measured(after)
    deltas = []
    for file, name in [*right, *(each for each in left if each not in right)]:
        values = left.get((file, name)), right.get((file, name))
        readings = _reading(before, file, values[0]), _reading(after, file, values[1])
        delta = weigh(file, name, values, readings, config.rule(file, name))
        deltas.append(withheld(traced(delta, after.origins.get(file, Made.UNKNOWN)), bars))
    return deltas


def traced(delta: Delta, made: Made) -> Delta:
    """Return the metric with what made it. It is not comparable where nothing of the run did: it is no number of the
    experiment."""
    verdict = Verdict.NOT_COMPARABLE if made is Made.NOTHING else delta.verdict
    return replace(delta, made=made, verdict=verdict)


def arranged(given: Sequence[Delta], config: RepoConfig) -> tuple[Delta, ...]:
    """Return the metrics in the order of a table.

    The first is the leading metric, which has the verdict of the whole. Primary metrics come before others, bookkeeping
    and text after them. Within each kind, metrics that are not comparable come first, then the worse and the better
    ones, then those that did not change.
    """
    results = {delta.file for delta in given if not counts_steps(delta.name)}
    deltas = []
    for delta in given:
        asked_for = delta.better or is_primary(delta, config)
        deltas.append(replace(delta, bookkeeping=counts_steps(delta.name) and delta.file in results and not asked_for))
    leading = _leading(deltas, config)

    def place(delta: Delta) -> tuple[bool, bool, bool, bool, int]:
        # The direction is not known, or nothing of the run made it.
        doubted = delta.verdict is Verdict.NOT_COMPARABLE and (not delta.better or delta.foreign)
        rank = len(_ORDER) - 2 if doubted else _ORDER.index(Verdict.UNCHANGED if _stayed(delta) else delta.verdict)
        return delta is not leading, not is_primary(delta, config), delta.bookkeeping, delta.is_text, rank

    return tuple(sorted(deltas, key=place))


def _leading(deltas: Sequence[Delta], config: RepoConfig) -> Delta | None:
    """Return the first deciding metric that has the verdict of the whole; of a mixed one, the first that is better or
    worse. A metric that changed goes before one that did not."""
    if not deltas:
        return None
    verdict, _ = whole(deltas, config, RUN)
    wanted = (Verdict.BETTER, Verdict.WORSE) if verdict is Verdict.MIXED else (verdict,)
    judged = _deciding(deltas, config)
    if verdict is Verdict.NOT_COMPARABLE:
        judged = [delta for delta in judged if delta.bar] or judged
    return min((delta for delta in judged if delta.bar or delta.verdict in wanted), key=_stayed, default=None)


def _stayed(delta: Delta) -> bool:
    """Return whether both sides have the same number, even where it is not judged."""
    return delta.difference == 0 and not delta.foreign


def _deciding(deltas: Sequence[Delta], config: RepoConfig) -> list[Delta]:
    """Return the metrics whose verdicts make that of the whole: the primary metric of all files that have it, else
    those with a known direction, else all results. Text is among them only where there is no number."""
    measured = [delta for delta in deltas if not delta.bookkeeping]
    results = _own([delta for delta in measured if not delta.is_text] or measured)
    named = _own([delta for delta in deltas if is_primary(delta, config)])
    return named or [delta for delta in results if delta.better] or results


def _own(deltas: list[Delta]) -> list[Delta]:
    """Return the metrics without those that nothing of the run made, unless there are no others."""
    return [delta for delta in deltas if not delta.foreign] or deltas


def counts_steps(name: str) -> bool:
    """Return whether a metric is a count of steps. DVCLive writes a `step` into every metric file."""
    return name.rpartition(".")[2] == "step"


def is_primary(delta: Delta, config: RepoConfig) -> bool:
    """Return whether the configuration names this metric as the primary one."""
    return bool(config.primary) and config.primary in (delta.name, f"{delta.file}:{delta.name}")


def measured(snapshot: Snapshot) -> dict[tuple[str, str], Value]:
    """Return the metrics of a snapshot, by file and name."""
    return {(metric.path, name): value for metric in snapshot.metrics for name, value in metric.values.items()}


def _reading(snapshot: Snapshot | None, file: str, value: Value) -> Reading:
    if value is not None:
        return Reading.READ
    readings = [metric.reading for metric in snapshot.metrics if metric.path == file] if snapshot else []
    return next((reading for reading in readings if reading is not Reading.READ), Reading.ABSENT)


def whole(deltas: Sequence[Delta], config: RepoConfig, sides: Sides) -> tuple[Verdict, str]:
    """Return the verdict on all metrics, and the reason where they are not comparable: a sentence, else empty.

    The primary metric decides where one is configured, of all files that have it. Else all metrics whose direction is
    known do.
    """
    judged = _deciding(deltas, config)
    bars = dict.fromkeys(delta.bar.sentence for delta in judged if delta.bar)
    if bars and any(delta.verdict is not Verdict.NO_BASELINE for delta in judged):
        return Verdict.NOT_COMPARABLE, " ".join(bars)
    if not any(delta.after is not None for delta in deltas):
        return Verdict.NOT_COMPARABLE, f"{opening(sides.after)} has no metric that could be read."
    if config.primary and not any(is_primary(delta, config) for delta in deltas):
        hint = meant(config.primary, [delta.name for delta in deltas])
        named = quoted(config.primary)
        return Verdict.NOT_COMPARABLE, f"No metric file has {named}, the configured primary metric: {hint}"
    if all(delta.foreign for delta in judged):
        return Verdict.NOT_COMPARABLE, doubt(judged[0], sides)
    verdicts = {delta.verdict for delta in judged}
    if Verdict.NOT_COMPARABLE in verdicts:
        return Verdict.NOT_COMPARABLE, next(filter(None, (doubt(delta, sides) for delta in judged)))
    if {Verdict.BETTER, Verdict.WORSE} <= verdicts:
        return Verdict.MIXED, ""
    telling = (Verdict.BETTER, Verdict.WORSE, Verdict.WITHIN_NOISE, Verdict.UNCHANGED, Verdict.NO_BASELINE)
    return next(verdict for verdict in telling if verdict in verdicts), ""


def param_changes(before: Snapshot, after: Snapshot) -> tuple[ParamChange, ...]:
    """Return the parameters that differ, in the order of the files, those of records last. A list is one parameter,
    whatever changed in it."""
    left, right = outermost(before.params), outermost(after.params)
    keys = [*right, *(each for each in left if each not in right)]
    files_with = Counter(key for _, key in keys)
    found = [
        ParamChange(
            file,
            key,
            left.get((file, key), GONE),
            right.get((file, key), GONE),
            file in after.records,
            files_with[key] > 1,
        )
        for file, key in keys
        if ((file, key) in left) != ((file, key) in right) or not same(left[file, key], right[file, key])
    ]
    return tuple(sorted(found, key=lambda change: change.recorded))
