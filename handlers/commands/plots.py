"""`/plots`: plots of several revisions in one picture each, or a metric over the commits of the branch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.commands import Command, Problem, Problems, Reply, Word, argument, question
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from experiments.judging.evaluation import other_evaluation
from experiments.judging.listing import Row
from experiments.judging.standing import Standing
from experiments.provenance import own
from experiments.revisions import Revision
from experiments.snapshot import BEYOND
from experiments.wording import Sides
from handlers.commands.show import COMMITS
from handlers.jobs.fetch_results import asked_for
from handlers.jobs.fetch_results import notes as about_fetching
from handlers.lookup import by_name, projects, revisions
from handlers.lookup.pictures import addressed
from handlers.lookup.provenance import traced
from reports.compare import plots as plots_report
from reports.messages.projects import with_undeclared
from reports.pages.page import page
from reports.plots import overlaid
from reports.plots import trend as drawn_trend
from reports.run.provenance import foreign_notes
from reports.run.report import MOST, unread


@dataclass(frozen=True)
class PlotsArgs:
    """Arguments of `/plots`: what to draw."""

    names: tuple[Word, ...] = argument(
        f"Experiments, branches, tags, commits, `best` of the newest sweep, {plots_report.LIMIT} at most; `base`, "
        "where the pull request left its base branch, and `HEAD` when left out. One alone is drawn with the head.",
        metavar="REVISION",
        many=True,
    )
    trend: Word = argument("A metric over the commits of this branch instead.", "--trend", metavar="METRIC")
    project: Word = argument(projects.COMPARED, "--project", metavar="PATH")


def plots(workspace: Workspace, args: PlotsArgs, line: str) -> Reply:
    """Draw plots of several revisions, as `dvc plots diff` does, or with `--trend` a metric over commits."""
    if args.trend:
        return _trend(workspace, args, line)
    sides = _sides(workspace, args, line)
    project = projects.compared(workspace, args.project, line, [each.sha for each in sides])
    shas = [each.sha for each in sides]
    declared = workspace.config.of(project).declared
    found = workspace.ports.snapshots.take_all(workspace.repository, shas, project, declared, plots=True)
    runs = by_name.runs(workspace)
    snapshots = {sha: replace(traced(each, runs), metrics=()) for sha, each in found.items()}  # only plots are shown
    names = [each.name for each in sides]
    drawn, undrawn = overlaid(
        [(each.name if names.count(each.name) == 1 else each.sha[:7], snapshots[each.sha]) for each in sides]
    )
    kept = [addressed(workspace.ports, each) for each in drawn]
    pictures = [picture for picture, _ in kept]
    notes = [note for each in sides for note in unread(None, snapshots[each.sha], Sides(after=each.called))]
    notes += [plots_report.undrawn(undrawn)] if undrawn else []
    notes += foreign_notes([(each.called, snapshots[each.sha]) for each in sides])
    has_plots = any(each.plots or each.problems for each in snapshots.values())
    notes += about_fetching(workspace, list(snapshots.values()))
    problems = [problem for each in sides for problem in snapshots[each.sha].problems]
    shown = [each for each in sides if snapshots[each.sha].drawable or not pictures]
    what = plots_report.PlotsPage(
        workspace.repository, shown, pictures, tuple(dict.fromkeys([*notes, *problems])), has_plots
    )
    has_page = len(pictures) > MOST
    pages = (page(plots_report.title(what), plots_report.whole(what)),) if has_page else ()
    url = workspace.ports.pages.address(pages[0]) if pages else ""
    text = with_undeclared(plots_report.comment(what, url), found[shas[-1]], workspace.config)
    acts = asked_for(workspace, tuple(snapshots.values()), declared)
    return Reply(text, acts=acts, pages=pages, pictures=tuple(png for _, png in kept))


def _sides(workspace: Workspace, args: PlotsArgs, line: str) -> Sequence[Revision]:
    """Return the revisions to draw, each commit once. Raise Problems where they are too many."""
    if len(args.names) > plots_report.LIMIT:
        first, last = args.names[plots_report.LIMIT], args.names[-1]
        raise Problems(line, [Problem(first.start, last.end, plots_report.too_many(len(args.names)))])
    found = revisions.sides(workspace, args.names, line)
    return tuple({each.sha: each for each in reversed(found)}.values())[::-1]


def _trend(workspace: Workspace, args: PlotsArgs, line: str) -> Reply:
    """Draw a metric over the commits of the branch, without commits marked to be skipped, as everywhere."""
    if args.names:
        first, last = args.names[0], args.names[-1]
        raise Problems(line, [Problem(first.start, last.end, plots_report.either())])
    project = projects.chosen(workspace, args.project, line).project
    git, repository, pull = workspace.ports.git, workspace.repository, workspace.pull
    base = revisions.base(workspace)
    commits = git.history(repository, base.sha if base else "", pull.head, COMMITS)
    shas = [*reversed(commits)] if base is None else [base.sha, *reversed(commits)]
    described = git.described(repository, shas)
    declared = workspace.config.of(project).declared
    found = workspace.ports.snapshots.take_all(repository, shas[::-1], project, declared)
    runs = by_name.runs(workspace)
    snapshots = {sha: own(traced(each, runs)) for sha, each in found.items()}
    rows = [Row(sha, "", described[sha].when, described[sha].message, snapshots[sha]) for sha in shas]
    by_name.metric(args.trend, rows, line)
    columns = [column for row in rows for column in row.columns if args.trend in (column[1], ":".join(column))]
    shown = [row for row in rows if not row.skipped]
    has_base = base is not None and shown[0].sha == base.sha
    names = [row.name for row in shown]
    names[:1] = ["base"] if has_base else names[:1]
    points = [(name, row.metric(columns[0])) for name, row in zip(names, shown, strict=True)]
    drawn = drawn_trend(str(args.trend), points, has_base)
    picture, png = addressed(workspace.ports, drawn) if drawn else (None, b"")
    stands = [(name, Standing(row.snapshot, [columns[0][0]])) for name, row in zip(names, shown, strict=True)]
    notes = plots_report.doubts(
        [name for name, each in stands if each.stale],
        [name for name, each in stands if each.bars and not each.stale],
        [
            name
            for name, row in zip(names, shown, strict=True)
            if other_evaluation(row.snapshot, shown[-1].snapshot, {columns[0][0]})
        ],
    )
    unheld = [name for name, row in zip(names, shown, strict=True) if BEYOND in row.snapshot.problems]
    notes += [plots_report.unheld(unheld)] if unheld else []
    skipped = len(rows) - len(shown)
    words = plots_report.trend(str(args.trend), picture, len(commits), pull.branch, skipped, notes)
    return Reply(words, pictures=(png,) if png else ())


COMMAND = Command(
    "plots",
    PlotsArgs,
    question(plots),
    needs=Permission.READ,
    summary="Draw the plots of several experiments, branches, tags or commits, or a metric over the commits.",
    examples=("/plots", "/plots main puffy-daks 1a2b3c4", "/plots --trend accuracy"),
)
