"""`/show`: list the commits of the pull request and the experiments under each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.commands import Command, Reply, Word, argument, count, question
from bot.errors import NotFound, UserError
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from experiments.judging.listing import Row, arrange
from experiments.projects import touched
from experiments.provenance import own
from experiments.refs import PATTERN, ExperimentRef, kept
from experiments.snapshot import BEYOND
from handlers.checks.experiment_commit import fit
from handlers.jobs.fetch_results import why_not
from handlers.lookup import by_name, projects, revisions
from handlers.lookup.changed_since import dating
from handlers.lookup.provenance import traced
from handlers.lookup.reverts import reverted
from reports.compare import show as words
from reports.messages.projects import with_undeclared
from reports.pages.page import page
from reports.run.provenance import foreign_notes
from reports.run.reached import unpushed
from reports.text.markdown import code
from reports.text.titles import selecting

COMMITS = 250  # commits of a pull request; GitHub's own list has no more
EXPERIMENTS = 500


@dataclass(frozen=True)
class ShowArgs:
    """Arguments of `/show`: how much to list, and in which order."""

    sort: Word = argument("A metric to sort experiments by, the best first.", "--sort", metavar="METRIC")
    number: int = argument("Only this many of the newest commits.", "-n", metavar="N", type=count(COMMITS))
    all: bool = argument("Hide no commit, and add the experiments on the base.", "--all")
    project: Word = argument(projects.HELP, "--project", metavar="PATH")


@dataclass(frozen=True)
class Rows:
    """Rows of the table: commits, base and experiments, newest first."""

    commits: tuple[Row, ...]
    base: Row | None
    experiments: tuple[Row, ...]
    unread: int  # number of older experiments that were not read


def show(workspace: Workspace, args: ShowArgs, line: str) -> Reply:
    """List commits and experiments, newest first, with those that people pushed by `dvc exp push`."""
    project = projects.chosen(workspace, args.project, line).project
    config = workspace.config.of(project)
    rows = _rows(workspace, project, args)
    if args.sort:
        by_name.metric(args.sort, [*rows.commits, *rows.experiments], line)
    listing = arrange(rows.commits, rows.base, rows.experiments, config, args.all, str(args.sort))
    chosen = selecting(project, workspace.config)
    older = COMMITS if len(rows.commits) == COMMITS else 0
    away = unpushed([run for run in by_name.runs(workspace) if run.experiment.project == project])
    missing = [row.snapshot for row in listing.rows if row.snapshot.unfetched]
    best = next((row.kept for row in listing.rows if row.kept and row.sha == listing.best), None)
    what = words.ExperimentListing(
        workspace.repository,
        workspace.pull,
        chosen,
        listing,
        workspace.now,
        rows.unread,
        (
            *away,
            *foreign_notes([(code(row.name), row.snapshot) for row in listing.rows]),
            *(problem for row in rows.commits[:1] for problem in row.snapshot.problems),
            *words.unheld(sum(BEYOND in row.snapshot.problems for row in (*rows.commits, *rows.experiments))),
            *config.problems,
        ),
        older,
        best is None or fit(workspace, best),
        why_not(workspace, missing[0]) if missing else "",
    )
    pages = () if what.fits else (page(words.title(what), words.whole(what)),)
    url = workspace.ports.pages.address(pages[0]) if pages else ""
    head = rows.commits[0].snapshot if rows.commits else None
    text = words.comment(what, url)
    return Reply(with_undeclared(text, head, config) if head else text, pages=pages)


def _rows(workspace: Workspace, project: str, args: ShowArgs) -> Rows:
    git, repository, pull = workspace.ports.git, workspace.repository, workspace.pull
    base = revisions.base(workspace)
    commits = git.history(repository, base.sha if base else "", pull.head, args.number or COMMITS)
    under = {*commits, *([base.sha] if base and args.all else [])}
    found = [each for each in kept(git.remote_refs(repository, PATTERN)) if each.baseline in under]
    try:
        git.fetch(repository, [each.sha for each in found])
    except NotFound:
        raise UserError(words.removed()) from None
    found = _of_project(workspace, project, found)
    described = git.described(repository, [*commits, *([base.sha] if base else []), *(each.sha for each in found)])
    landed = _landed(workspace, commits, found)
    off = reverted({sha: described[sha] for sha in commits})  # by messages of the branch only
    aside = sorted((each for each in found if each not in landed.values()), key=lambda each: -described[each.sha].when)
    read = aside[:EXPERIMENTS]
    # Where not all fit, the head and its base come first.
    shas = [*commits[:1], *([base.sha] if base else []), *commits[1:], *(each.sha for each in read)]
    declared = workspace.config.of(project).declared
    taken = workspace.ports.snapshots.take_all(repository, list(dict.fromkeys(shas)), project, declared)
    runs = by_name.runs(workspace)
    snapshots = {sha: traced(each, runs) for sha, each in taken.items()}
    if pull.head in snapshots:
        snapshots[pull.head] = dating(workspace.ports, repository, runs, workspace.config)(snapshots[pull.head])

    asked = {
        sha: run.experiment.change.overrides for run in runs for sha in (run.result.commit, run.result.head) if sha
    }

    def row(sha: str, parent: str, experiment: ExperimentRef | None = None, is_base: bool = False) -> Row:
        sets = {(each.file, each.key): each.value for each in asked.get(sha, ())}
        when, message = described[sha].when, described[sha].message
        return Row(sha, parent, when, message, own(snapshots[sha]), experiment, is_base, sets, sha in off)

    return Rows(
        tuple(row(sha, described[sha].parent, landed.get(sha)) for sha in commits),
        row(base.sha, "", is_base=True) if base else None,
        tuple(row(each.sha, each.baseline, each) for each in read),
        len(aside) - len(read),
    )


def _landed(
    workspace: Workspace, commits: Sequence[str], found: Sequence[ExperimentRef]
) -> Mapping[str, ExperimentRef]:
    """Return commit -> experiment that landed as it, also where it was taken back; the host may have made the commit
    again to sign it."""
    by_commit = {each.sha: each for each in found}
    again = {run.result.head: run.result.commit for run in by_name.runs(workspace) if run.result.head}
    places = ((sha, by_commit.get(again.get(sha, sha))) for sha in commits)
    return {sha: each for sha, each in places if each}


def _of_project(workspace: Workspace, project: str, found: Sequence[ExperimentRef]) -> list[ExperimentRef]:
    """Return the experiments of a project. Refs do not name it: the files that an experiment changes tell."""
    folders = workspace.config.folders
    if len(folders) == 1:
        return list(found)
    git, repository = workspace.ports.git, workspace.repository
    return [each for each in found if project in touched(folders, git.changed(repository, each.baseline, each.sha))]


COMMAND = Command(
    "show",
    ShowArgs,
    question(show),
    needs=Permission.READ,
    summary="Show the commits of this pull request and the experiments under each, with what differs.",
    examples=("/show", "/show --sort accuracy", "/show -n 3 --all"),
)
