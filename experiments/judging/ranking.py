"""The order of a sweep's members: which is best, and by which metric."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from experiments.judging.comparison import Comparison, Delta, is_primary, measured
from experiments.judging.delta import doubt as why_not
from experiments.judging.evaluation import other_evaluation
from experiments.judging.metrics import DECLARED_SO, number
from experiments.judging.older import older
from experiments.judging.standing import Standing
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Reading, Snapshot
from experiments.wording import Sides, quoted, some


@dataclass(frozen=True)
class Measured:
    """A member of a sweep that has metrics."""

    name: str
    after: Snapshot
    comparison: Comparison  # with the baseline
    nameless: bool = False  # it is a commit and no experiment: of members that tie, the others come first

    def delta(self, file: str, name: str) -> Delta | None:
        """Return one of its metrics. None where it has none of that name."""
        return self._deltas.get((file, name))

    @cached_property
    def _deltas(self) -> Mapping[tuple[str, str], Delta]:
        return {(each.file, each.name): each for each in self.comparison.deltas}

    def doubt(self, file: str) -> str:
        """Return why the numbers of a metric file may belong to other files than its commit's: a sentence. Empty where
        nothing says so."""
        if not (self._standing.bars or self.after.changed_since):
            return ""
        standing = self._standing.of([file])
        return standing.barred("its commit") or older(self.after, "its commit", standing.behind)

    @cached_property
    def _standing(self) -> Standing:
        return Standing(self.after)

    def value(self, file: str, name: str) -> float:
        """Return the number of a metric. NaN where it has none."""
        delta = self.delta(file, name)
        found = number(delta.after) if delta else None
        return math.nan if found is None else found


@dataclass(frozen=True)
class Ranking:
    """Members ordered by one metric, the best first. Further metrics decide where they tie."""

    file: str = ""
    metric: str = ""
    better: str = ""  # higher | lower
    order: tuple[Measured, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)  # name -> why it has no place in the order: a sentence
    reason: str = ""  # why there is no order: a sentence
    equal: tuple[Measured, ...] = ()  # members that tie with the best in every metric that orders
    tied: str = ""  # that the best ties with others, and which metric decided: a sentence
    label: str = ""  # name of the metric, with its file where several files have one of that name

    @property
    def best(self) -> Measured | None:
        return self.order[0] if self.order else None


@dataclass(frozen=True)
class _Metric:
    """A metric by which members are ordered."""

    file: str
    name: str
    better: str  # higher | lower

    def label(self, files_with: Mapping[str, int]) -> str:
        """Return its name, with its file where several files have a metric of that name."""
        return self.name if files_with[self.name] == 1 else f"{self.file}:{self.name}"

    def place(self, member: Measured) -> float:
        """Return the sort key of a member: lower is better. Values that agree in twelve digits are equal; a missing one
        is last."""
        value = member.value(self.file, self.name)
        if not math.isfinite(value):
            return math.inf
        return float(f"{-value if self.better == 'higher' else value:.12g}")


def rank(members: Sequence[Measured], config: RepoConfig) -> Ranking:
    """Return the order of these members.

    A member has no place in it where the metric is stale, or was measured on other data or by other code.
    """
    if not members:
        return Ranking(reason="None of them has a metric that could be read.")
    deltas = _deltas(members)
    named = [delta for delta in deltas if is_primary(delta, config)]
    if config.primary and not named:
        return Ranking(reason=f"None of them measured {quoted(config.primary)}, the configured primary metric.")
    if len(named) > 1:
        shown = some((quoted(f"{delta.file}:{delta.name}") for delta in named), 3)
        return Ranking(
            reason=f"{quoted(config.primary)} is a metric of {len(named)} files, and only one can order them: {shown}."
        )
    known = [delta for delta in deltas if delta.better and not delta.is_text]
    first = next(iter(named or known), None)
    if not any(each.after.metrics for each in members):
        return Ranking(reason=f"None of them has a metric, because the project declares none. {DECLARED_SO}")
    if not deltas:
        return Ranking(reason="None of them has a metric that could be read.")
    if all(delta.is_text for delta in deltas):
        return Ranking(reason="None of them has a metric that is a number.")
    if first is None or not first.better:
        named = named or [delta for delta in deltas if not (delta.bookkeeping or delta.is_text)]
        what = f"whether {quoted(named[0].name)}" if named else "of any metric whether it"
        return Ranking(
            reason=f"Nothing says {what} is better when higher or when lower: `.github/studio.yml` can, under "
            "`metrics`."
        )
    metric = _Metric(first.file, first.name, first.better)
    placed: list[Measured] = []
    left_out: dict[str, str] = {}
    for each in members:
        doubt = _doubt(placed[0] if placed else None, each, metric.file)
        delta = each.delta(metric.file, metric.name)
        if delta is not None and delta.foreign:
            left_out[each.name] = why_not(delta)
        elif not math.isfinite(each.value(metric.file, metric.name)):
            left_out[each.name] = _without(each, metric)
        elif doubt:
            left_out[each.name] = doubt
        else:
            placed.append(each)
    others = [_Metric(delta.file, delta.name, delta.better) for delta in _configured_first(known, config)]
    unsure = {file for file in {each.file for each in others} if any(each.doubt(file) for each in placed)}
    further = [each for each in others if each != metric and each.file not in unsure]

    def places(member: Measured) -> list[float]:
        return [one.place(member) for one in (metric, *further)]

    placed.sort(key=lambda each: (places(each), each.nameless))
    equal = tuple(each for each in placed[1:] if places(each) == places(placed[0]))
    names = Counter(delta.name for delta in deltas)
    tied = _tied(placed, metric, further, names)
    label = metric.label(names)
    return Ranking(
        metric.file, metric.name, metric.better, tuple(placed), left_out, equal=equal, tied=tied, label=label
    )


def _without(each: Measured, metric: _Metric) -> str:
    """Return why a member has no number of this metric: a sentence."""
    if any(file.path == metric.file and file.reading is Reading.NOT_FETCHED for file in each.after.metrics):
        return f"Its {quoted(metric.name)} is in the DVC cache or remote only, and was not fetched."
    return f"It has no finite {quoted(metric.name)}."


def _deltas(members: Sequence[Measured]) -> list[Delta]:
    """Return each metric that any member has a value of, once, in the order of the files."""
    found: dict[tuple[str, str], Delta] = {}
    for each in members:
        there = {(delta.file, delta.name): delta for delta in each.comparison.deltas if delta.after is not None}
        found |= {place: there[place] for place in measured(each.after) if place in there and place not in found}
    return list(found.values())


def _configured_first(deltas: Sequence[Delta], config: RepoConfig) -> list[Delta]:
    """Return the metrics that the configuration names, in its order, then the others."""
    configured = list(config.metrics)

    def place(delta: Delta) -> int:
        names = [name for name in (f"{delta.file}:{delta.name}", delta.name) if name in configured]
        return configured.index(names[0]) if names else len(configured)

    return sorted((delta for delta in deltas if not delta.bookkeeping), key=place)


def _tied(order: Sequence[Measured], metric: _Metric, further: Sequence[_Metric], files_with: Mapping[str, int]) -> str:
    """Return a sentence where the best member ties with others in the metric. Empty where it does not.

    `files_with`: number of files that have a metric of each name.
    """
    best = order[0] if order else None
    alike = [each for each in order[1:] if best and metric.place(each) == metric.place(best)]
    if best is None or not alike:
        return ""
    names = some((quoted(each.name) for each in alike), 3)
    tie = (
        f"{names} {'ties' if len(alike) == 1 else 'tie'} with {quoted(best.name)} in {quoted(metric.label(files_with))}"
    )
    for one in further:
        alike = [each for each in alike if one.place(each) == one.place(best)]
        if not alike:
            return f"{tie}; {quoted(one.label(files_with))} decides."
    return f"{tie} and in all else that can be compared: the first of them stands for the others."


def _doubt(first: Measured | None, each: Measured, file: str) -> str:
    if (why := each.doubt(file)) or first is None:
        return why
    sides = Sides(quoted(first.name), quoted(each.name))
    return other_evaluation(first.after, each.after, {file}, sides)
