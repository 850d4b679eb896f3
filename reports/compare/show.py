"""The table of commits and the experiments on each: the answer to `/show`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.ports.git_host import PullRequest
from experiments.experiment import Repository
from experiments.judging.listing import Column, Group, Listing, Row, once
from experiments.params.merging import GONE
from experiments.params.yaml_literal import flow
from experiments.snapshot import Reading
from experiments.wording import quoted, some
from reports.compare.revision_names import longest
from reports.text import links
from reports.text.markdown import code, link, plain, points, table, text
from reports.text.shortened import apart, ending
from reports.text.tables import shown
from reports.text.values import NONE

METRICS, PARAMS = 3, 4  # columns of each kind in a comment
ROWS = 30  # rows in a comment
NOTES = 4
TITLE = 40  # characters of a commit's first line
LONG_AGO = 300 * 86_400  # seconds, after which a date has its year


@dataclass(frozen=True)
class ExperimentListing:
    """A listing, with what its answer says beside it."""

    repository: Repository
    pull: PullRequest
    project: str  # words that choose the project in a command; empty where there is only one
    listing: Listing
    now: float
    unread: int = 0  # older experiments that were not looked at
    problems: Sequence[str] = ()
    commits: int = 0  # number of commits that were looked at, where there may be older ones
    applicable: bool = True  # the best one changes only what is declared, so the branch may get it
    unfetchable: str = ""  # why metrics that Git does not hold can't be fetched: a sentence

    @property
    def fits(self) -> bool:
        """Whether a comment has room for all rows and columns."""
        listing = self.listing
        return len(listing.metrics) <= METRICS and len(listing.params) <= PARAMS and len(listing.rows) <= ROWS


def comment(what: ExperimentListing, page: str) -> str:
    """Return the answer as a comment. `page`: address of the whole table; empty where the comment has all of it."""
    rows = ROWS
    while True:
        words = "\n\n".join(filter(None, _parts(what, what.listing, rows, page)))
        if len(words) <= longest(what.repository) or rows == 1:
            return words
        rows = rows * 2 // 3


def whole(what: ExperimentListing) -> str:
    """Return the whole answer, for a page."""
    listing = what.listing
    every = (listing.metrics, listing.params)
    return "\n\n".join(filter(None, [_headline(what), _table(what, listing.groups, *every), *_notes(what, 10_000)]))


def title(what: ExperimentListing) -> str:
    """Return the title of the page, as plain text."""
    return f"Experiments of {what.repository.full_name}, {what.repository.host.request} {what.pull.number}"


def removed() -> str:
    """Return the answer where an experiment was removed while all were read."""
    return "An experiment was removed just now. Type the command again."


def unheld(count: int) -> tuple[str, ...]:
    """Return a note on commits and experiments that one answer has no room for. Empty where there are none."""
    if not count:
        return ()
    these = "1 of these was" if count == 1 else f"{count} of these were"
    return (f"{these} not read: all together hold too much. `-n` asks for fewer commits.",)


def _parts(what: ExperimentListing, listing: Listing, rows: int, page: str) -> Iterator[str]:
    groups = tuple(_fewer(listing, rows))
    metrics, params = listing.metrics[:METRICS], listing.params[:PARAMS]
    yield _headline(what)
    yield _table(what, groups, metrics, params)
    if page:
        of = [f"{len(listing.rows)} rows"]
        of += [f"{len(listing.metrics)} metrics"] if len(listing.metrics) > METRICS else []
        of += [f"{len(listing.params)} parameters"] if len(listing.params) > PARAMS else []
        yield f"{link('The whole table', page)}: {', '.join(of)}."
    yield from _notes(what, NOTES)
    yield _next(what)


def _headline(what: ExperimentListing) -> str:
    listing = what.listing
    count = sum(len(group.experiments) for group in listing.groups)
    became = [row for row in once(group.commit for group in listing.groups) if row.kept]  # each has a row as a commit
    back = sum(row.taken_back for row in became)
    number = count or len(became)
    experiments = f"{number} experiment{'' if number == 1 else 's'}" if number else "No experiments"
    commits = sum(not group.commit.is_base for group in listing.groups)
    where = f"on {commits} commit{'' if commits == 1 else 's'} of {code(what.pull.branch, 60)}"
    where += _became(len(became) - back, back, bool(count))
    first = next((row for row in listing.rows if row.sha == listing.first), None)
    if first is None or not listing.ranking.metric or len(listing.rows) < 2:
        return f"**{experiments} {where}.**"
    return f"**{experiments} {where}. {_best(listing, first)}**"


def _became(landed: int, back: int, beside: bool) -> str:
    """Return the end of a sentence that tells how many experiments are on the branch, and how many were taken back off
    it. `beside`: the sentence has told the number of others."""
    if beside:
        parts = [f"{landed} that landed"] if landed else []
        parts += [f"{back} that {'was' if back == 1 else 'were'} taken back"] if back else []
        return f", {' and '.join(parts)}" if len(parts) > 1 else "".join(f", and {each}" for each in parts)
    if landed and back:
        return f", {landed} landed and {back} taken back"
    return ", landed" if landed else ", taken back" if back else ""


def _best(listing: Listing, first: Row) -> str:
    """Return a sentence about the first row in the order: that it is the best, or why it is not marked as the best."""
    leading = (listing.ranking.file, listing.ranking.metric)
    metric, name = code(ending(listing.ranking.label, 60), 60), code(listing.named(first), 80)
    base = listing.above or next((row for row in listing.rows if row.is_base), None)
    value = shown(first.metric(leading), base.metric(leading) if base else None)
    side = "base" if base and base.is_base else "head"
    there = shown(base.metric(leading), first.metric(leading)) if base and base is not first else ""
    if listing.apart:
        return f"None is marked as best: {metric} of {name} is {value}, of the {side} {there}, which is not comparable."
    against = f" ({side} {there})" if there else ""
    if listing.above:
        return f"None is better than the {side}: {name} has {metric} {value}{against}."
    return f"★ Best is {name}: {metric} {value}{against}."


def _fewer(listing: Listing, rows: int) -> Iterator[Group]:
    """Yield the groups for about `rows` rows: every commit, the first experiments of each, and the best one."""
    left = max(1, rows - len(listing.groups))
    asking = sorted(len(group.experiments) for group in listing.groups if group.experiments)
    each = left
    for number, count in enumerate(asking):  # groups with few experiments leave room to the others
        each = max(1, left // (len(asking) - number))
        left -= min(count, each)
    for group in listing.groups[:rows]:
        first = group.experiments[:each]
        best = [row for row in group.experiments[each:] if row.sha == listing.best]
        yield replace(group, experiments=(*first[: each - len(best)], *best) if best else first)


def _table(
    what: ExperimentListing, groups: Sequence[Group], metrics: Sequence[Column], params: Sequence[Column]
) -> str:
    listing = what.listing
    every = tuple(dict.fromkeys(column for row in listing.rows for column in row.columns))
    header = ["commit, experiment", *_headers(metrics, every), *_headers(params, params), "when"]
    whole = {group.commit.sha: len(group.experiments) for group in listing.groups}
    reference = next((row for row in listing.rows if row.is_base), listing.rows[0])
    lines = []
    for group in groups:
        more = whole[group.commit.sha] - len(group.experiments)
        lines.append([_commit(what, group.commit), *_values(what, group.commit, reference, metrics, params)])
        for number, row in enumerate(group.experiments):
            last = number == len(group.experiments) - 1 and not more
            label = f"{'└' if last else '├'} {_starred(listing, row)}"
            lines.append([label, *_values(what, row, reference, metrics, params)])
        if more:
            lines.append([f"└ … {more} more", *[""] * (len(header) - 1)])
    left = len(listing.groups) - len(groups)
    if left > 0:
        lines.append([f"… {left} older commits", *[""] * (len(header) - 1)])
    return table(header, lines, f"l{'r' * (len(metrics) + len(params))}l")


def _commit(what: ExperimentListing, row: Row) -> str:
    sha = links.commit(what.repository, row.sha)
    if row.is_base:
        return f"{_star(what.listing, row)}{sha} base, {code(what.pull.base_branch, 40)}"
    named = f" {code(what.listing.named(row), 80)}" if row.kept else ""
    first = plain(row.message.partition("\n")[0], TITLE)
    place = " (head)" if row.sha == what.pull.head else " (taken back)" if row.taken_back else ""
    return f"{_star(what.listing, row)}{sha}{named} {text(first, TITLE)}{place}"


def _values(
    what: ExperimentListing, row: Row, reference: Row, metrics: Sequence[Column], params: Sequence[Column]
) -> list[str]:
    measured = [shown(row.metric(column), reference.metric(column)) for column in metrics]
    if row.sha == what.listing.best and measured:
        measured[0] = f"**{measured[0]}**"
    values = [row.param(column) for column in params]
    return [*measured, *(NONE if value is GONE else code(flow(value), 40) for value in values), _when(what, row)]


def _when(what: ExperimentListing, row: Row) -> str:
    try:
        date = datetime.fromtimestamp(row.when, UTC)
    except (OverflowError, ValueError, OSError):  # the author of a commit chooses its time
        return NONE
    year = f", {date.year}" if abs(what.now - row.when) > LONG_AGO else ""
    return f"{date:%b} {date.day}{year}"


def _notes(what: ExperimentListing, most: int) -> Iterator[str]:
    listing = what.listing
    notes = []
    why = Counter(listing.left_out.values())
    for reason, count in why.items():
        names = [name for name, reason_of in listing.left_out.items() if reason_of == reason]
        names_shown = some(map(quoted, names), 3)
        each = reason if count == 1 else f"Of each: {reason[:1].lower()}{reason[1:]}"
        notes.append(f"{names_shown} {'is' if count == 1 else 'are'} not ranked. {each}")
    notes += [listing.ranking.tied] if listing.ranking.tied else []
    away = [row for row in listing.rows if _is_away(row)]
    measured = any(row.columns for row in listing.rows)
    if listing.ranking.reason and len(listing.rows) > 1 and (measured or not away):
        notes.append(listing.ranking.reason)
    if away:
        names = [listing.named(row) for row in away]
        names_shown = some(map(quoted, names), 3)
        other = next((listing.named(row) for row in away if row.sha != what.pull.head and not row.is_base), "")
        how = what.unfetchable or f"{quoted(f'/diff HEAD {other}' if other else '/diff')} fetches them."
        notes.append(f"Metrics of {names_shown} are in the DVC cache or remote only: {how}")
    notes += what.problems
    lines = [points(notes, most)] if notes else []
    if listing.hidden:
        which = "commit" if listing.hidden == 1 else "commits"
        everything = code(f"/show{what.project} --all")
        lines.append(f"- {listing.hidden} {which} without a change of these, or skipped by a message: {everything}.")
    if what.commits:
        lines.append(f"- The newest {what.commits} commits of this {what.repository.host.request} are looked at.")
    if what.unread:
        lines.append(f"- {what.unread} older experiments are not looked at.")
    yield "\n".join(lines)


def _is_away(row: Row) -> bool:
    return any(metric.reading is Reading.NOT_FETCHED for metric in row.snapshot.metrics)


def _next(what: ExperimentListing) -> str:
    """Return what to type about the best row. Empty unless it is an experiment that is not on the branch."""
    groups = what.listing.groups
    best = [row for group in groups for row in group.experiments if row.sha == what.listing.best]
    if not best or what.pull.state != "open" or what.pull.fork:
        return ""
    name = what.listing.named(best[0])
    command = f"**Next:** {code(f'/diff HEAD {name}')} compares it with the head"
    if not what.listing.invites:
        return f"{command}, and it is not better."
    if not what.applicable:
        return f"{command}. It changes what is not declared, so no branch gets it."
    return f"{command}, {code(f'/apply {name}')} puts it on the branch where its results fit the head."


def _headers(columns: Sequence[Column], every: Sequence[Column]) -> list[str]:
    """Return the names of columns, with the file in front where another of `every` has the same name."""
    names = [name for _, name in every]
    called = [name if names.count(name) == 1 else f"{file}:{name}" for file, name in columns]
    short = apart(called, 40)
    return [code(short[name], len(short[name])) for name in called]


def _starred(listing: Listing, row: Row) -> str:
    return f"{_star(listing, row)}{code(listing.named(row), 80)}"


def _star(listing: Listing, row: Row) -> str:
    return "★ " if row.sha == listing.best else ""
