"""The commits of a pull request with the experiments on each, and the parameters and metrics that differ among them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from experiments.judging.comparison import Verdict, compare, counts_steps, measured
from experiments.judging.delta import Delta, same
from experiments.judging.metrics import direction
from experiments.judging.ranking import Measured, Ranking, rank
from experiments.params.lists import outermost
from experiments.params.merging import GONE
from experiments.refs import ExperimentRef
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot, Value

SKIP = "[skip studio]"
Column = tuple[str, str]  # file, and the name of a metric or parameter in it


@dataclass(frozen=True)
class Row:
    """A commit or an experiment, as one row of the list."""

    sha: str
    parent: str  # SHA of its parent; of an experiment, its baseline
    when: float
    message: str
    snapshot: Snapshot
    kept: ExperimentRef | None = None  # the experiment that it is, even where it landed
    is_base: bool = False  # it is the commit where the pull request left its base branch
    sets: Mapping[Column, Value] = field(default_factory=dict)  # what was asked for: parameters, and choices of Hydra's
    taken_back: bool = False  # it was on the branch, and a later commit reverts it

    @property
    def name(self) -> str:
        """The experiment's name, or the first seven characters of the commit's SHA."""
        return self.kept.name if self.kept else self.sha[:7]

    @property
    def skipped(self) -> bool:
        """Whether its message asks to leave it out."""
        return SKIP in self.message.lower()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The file and name of each of its metrics."""
        return tuple(self._metrics)

    def metric(self, column: Column) -> Value:
        """Return the value of a metric. None where it has none."""
        return self._metrics.get(column)

    def param(self, column: Column) -> Value:
        """Return the value of a parameter. GONE where it has none."""
        return self._params.get(column, self.sets.get(column, GONE))

    @cached_property
    def _metrics(self) -> Mapping[Column, Value]:
        return measured(self.snapshot)

    @cached_property
    def _params(self) -> Mapping[Column, Value]:
        return params(self.snapshot)


@dataclass(frozen=True)
class Group:
    """A commit and the experiments on it."""

    commit: Row
    experiments: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Listing:
    """Groups, the newest first, and the columns in which they differ."""

    groups: tuple[Group, ...]
    metrics: tuple[Column, ...]  # metrics that differ, the one that decides first
    params: tuple[Column, ...]  # parameters that differ
    ranking: Ranking
    hidden: int = 0  # commits that are not shown
    invites: bool = True  # whether the best one is worth applying to the head
    above: Row | None = None  # the base or head, where the first in the order is no better than it
    apart: bool = False  # the numbers of `above` and of the first can't be compared

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in the order of the table."""
        return tuple(row for group in self.groups for row in (group.commit, *group.experiments))

    def named(self, row: Row) -> str:
        """Return what commands call a row, with its baseline where several experiments have its name."""
        return _named(row, self.rows)

    @property
    def best(self) -> str:
        """SHA of the best row. Empty where there is none, or where none is better than base and head."""
        return "" if self.above else self.first

    @property
    def first(self) -> str:
        """SHA of the first row in the order. Empty where there is no order."""
        return self.ranking.best.after.sha if self.ranking.best else ""

    @property
    def left_out(self) -> Mapping[str, str]:
        """Why a row has no place in the order, by the row's name."""
        return self.ranking.left_out


def arrange(
    commits: Sequence[Row],
    base: Row | None,
    experiments: Sequence[Row],
    config: RepoConfig,
    everything: bool = False,
    sort: str = "",
) -> Listing:
    """Return the list of commits and experiments, both of which are given the newest first.

    `sort`: a metric by which each commit's experiments are ordered, the best first. `everything`: no commit is hidden.
    Otherwise these are: commits whose message asks for it, whose experiments are put under the next older one, and
    commits without experiments that change no parameter and no metric.
    """
    config = replace(config, primary=sort) if sort else config
    under: dict[str, list[Row]] = {}  # by SHA of the commit they are told under
    oldest_first = [*([base] if base else []), *reversed(commits)]
    place = ""
    for commit in oldest_first:
        place = commit.sha if everything or not commit.skipped or not place else place
        mine = [each for each in experiments if each.parent == commit.sha]
        under.setdefault(place, []).extend(mine)
    snapshots = {row.sha: row.snapshot for row in oldest_first}

    def hides(commit: Row) -> bool:
        is_head = bool(commits) and commit is commits[0]
        if everything or commit.is_base or under.get(commit.sha) or (is_head and not commit.skipped):
            return False
        before = snapshots.get(commit.parent)
        return commit.skipped or (before is not None and unchanged(before, commit.snapshot))

    shown = [commit for commit in oldest_first if not hides(commit)]
    groups = tuple(Group(commit, tuple(_sorted(under.get(commit.sha, ()), sort, config))) for commit in reversed(shown))
    rows = [row for group in groups for row in (group.commit, *group.experiments)]
    ranking = _ranking(
        rows, base, config, snapshots
    )  # the newest first: what is measured otherwise is left out, not it
    invites = not commits or not ranking.best or compare(commits[0].snapshot, ranking.best.after, config).invites
    hidden = len(oldest_first) - len(shown)
    first = ranking.best.after if ranking.best else None
    # Where the head ties with an experiment, the experiment is marked, since its name can be typed.
    head = [row for row in commits[:1] if row.sha not in {each.after.sha for each in ranking.equal}]
    sides = [row for row in (base, *head) if row in rows and first and row.sha != first.sha]
    above = next((row for row in sides if first and not _better(row.snapshot, first, ranking, config)), None)
    apart = bool(above and first and not _comparable(above.snapshot, first, ranking, config))
    return Listing(groups, _metrics(rows, ranking, config), _params(rows), ranking, hidden, invites, above, apart)


def once(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows, the newest first, with one for each experiment: its commit that is on the branch, else the
    newest.

    An experiment that was taken back and applied again is two commits of the branch.
    """
    rows = tuple(rows)
    standing: dict[str, str] = {}  # ref -> SHA of the commit that stands for it
    for row in sorted(rows, key=lambda each: each.taken_back):
        if row.kept:
            standing.setdefault(row.kept.ref, row.sha)
    return tuple(row for row in rows if row.kept is None or standing[row.kept.ref] == row.sha)


def _named(row: Row, rows: Iterable[Row]) -> str:
    alike = {each.kept.ref for each in rows if each.kept and each.name == row.name}
    return row.kept.exact if row.kept and len(alike) > 1 else row.name


def metric_names(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the metrics by which rows can be sorted: their names, or `file:name` where several files have one of that
    name."""
    columns = list(dict.fromkeys(column for row in rows for column in measured(row.snapshot)))
    names = [name for _, name in columns]
    return tuple(name if names.count(name) == 1 else f"{file}:{name}" for file, name in columns)


def unchanged(before: Snapshot, after: Snapshot) -> bool:
    """Return whether neither a parameter nor a metric differs."""
    return _alike(params(before), params(after)) and _alike(measured(before), measured(after))


def _alike(left: Mapping[Column, Value], right: Mapping[Column, Value]) -> bool:
    return left.keys() == right.keys() and all(same(left[column], right[column]) for column in left)


def params(snapshot: Snapshot) -> dict[Column, Value]:
    """Return the parameters by file and key, where a list is one value. A record's copy of a parameter that training
    reads is left out."""
    read = {each.key for each in snapshot.settable}
    return outermost([each for each in snapshot.params if each.file not in snapshot.records or each.key not in read])


def _ranking(rows: Sequence[Row], base: Row | None, config: RepoConfig, snapshots: Mapping[str, Snapshot]) -> Ranking:
    """Return the ranking of the rows that were measured, each experiment once. A commit with the numbers of its parent,
    or of the base, was not, and one that was taken back counts only as the experiment that it is.

    `snapshots`: of all commits, by SHA.
    """
    before = base.snapshot if base else None

    def was_measured(row: Row) -> bool:
        mine = measured(row.snapshot)
        others = [snapshots[sha] for sha in (row.parent, base.sha if base else "") if sha in snapshots]
        inherited = row.kept is None and not row.is_base and any(_alike(measured(each), mine) for each in others)
        gone = row.kept is None and row.taken_back
        return not (inherited or gone) and any(value is not None for value in mine.values())

    shown = [row for row in once(rows) if was_measured(row)]

    def member(row: Row) -> Measured:
        comparison = compare(before, row.snapshot, config)
        return Measured(_named(row, rows), row.snapshot, comparison, nameless=row.kept is None)

    ranking = rank([member(row) for row in shown], config)
    alone = base is not None and [each.after.sha for each in ranking.order] == [base.sha]
    return replace(ranking, order=()) if alone else ranking


def _better(than: Snapshot, first: Snapshot, ranking: Ranking, config: RepoConfig) -> bool:
    """Return whether the first in the order is better than this commit: in the metric that orders, or in another where
    both are equal in it. It is better, too, where the two have no numbers to compare."""
    deltas = compare(than, first, config).deltas
    leading = _leading(deltas, ranking)
    if leading is None or leading.difference is None:
        return True
    others = (each for each in deltas if each.better and each.difference and not each.bar)
    judged = [leading] if leading.difference else others
    return any(((each.difference or 0) > 0) == (each.better == "higher") for each in judged)


def _comparable(one: Snapshot, first: Snapshot, ranking: Ranking, config: RepoConfig) -> bool:
    """Return whether the metric that orders can be compared between this commit and the first."""
    leading = _leading(compare(one, first, config).deltas, ranking)
    return leading is not None and leading.verdict is not Verdict.NOT_COMPARABLE


def _leading(deltas: Iterable[Delta], ranking: Ranking) -> Delta | None:
    """Return the metric that orders. None where it is not among these."""
    return next((each for each in deltas if (each.file, each.name) == (ranking.file, ranking.metric)), None)


def _sorted(experiments: Iterable[Row], sort: str, config: RepoConfig) -> Iterator[Row]:
    """Yield the experiments by a metric, those without it last. Without a metric they keep their order."""
    rows = list(experiments)
    if not sort:
        yield from rows
        return
    columns = [column for row in rows for column in measured(row.snapshot) if sort in (column[1], ":".join(column))]
    placed: list[tuple[float, Row]] = []
    for row in rows:
        values = [row.metric(column) for column in columns[:1]]
        if values and isinstance(values[0], int | float) and values[0] == values[0]:
            placed.append((values[0], row))
    lower = bool(columns) and (config.rule(*columns[0]).better or direction(columns[0][1])) == "lower"
    placed.sort(key=lambda pair: pair[0], reverse=not lower)
    yield from (row for _, row in placed)
    there = {row.sha for _, row in placed}
    yield from (row for row in rows if row.sha not in there)


def _metrics(rows: Sequence[Row], ranking: Ranking, config: RepoConfig) -> tuple[Column, ...]:
    """Return the metrics that differ, and the one that decides, which comes first. Counts of steps are last."""
    found = dict.fromkeys(column for row in rows for column in measured(row.snapshot))
    asked = (each for each in found if config.primary and config.primary in (each[1], ":".join(each)))
    leading = (ranking.file, ranking.metric) if ranking.metric else next(asked, None)
    differing = [column for column in found if column == leading or _differs([row.metric(column) for row in rows])]

    def place(column: Column) -> tuple[bool, bool]:
        return column != leading, counts_steps(column[1])

    return tuple(sorted(differing, key=place))


def _params(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the parameters that differ. What experiments were asked to set comes before the others."""
    found = dict.fromkeys(column for row in rows for column in row.sets)
    known = [{**row.sets, **params(row.snapshot)} for row in rows]
    found |= dict.fromkeys(column for each in known for column in each)
    return tuple(column for column in found if _differs([each.get(column, GONE) for each in known]))


def _differs(values: Sequence[Value]) -> bool:
    return any(not same(values[0], value) for value in values[1:])
