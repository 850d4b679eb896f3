"""`/diff`: compare two revisions."""

from dataclasses import dataclass

from bot.commands import Command, Reply, Word, argument, question
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from experiments.judging.comparison import compare
from experiments.provenance import own
from experiments.snapshot import COMPOSED, Reading
from experiments.wording import Sides
from handlers.jobs.fetch_results import asked_for
from handlers.jobs.fetch_results import notes as about_fetching
from handlers.lookup import by_name, projects, revisions
from handlers.lookup.changed_since import dating
from handlers.lookup.provenance import traced
from reports.compare import diff as words
from reports.messages import hydra
from reports.messages.projects import with_undeclared
from reports.overview.comment import notes_about
from reports.pages.page import page
from reports.run.provenance import foreign_notes
from reports.run.report import unread


@dataclass(frozen=True)
class DiffArgs:
    """Arguments of `/diff`: the revisions to compare."""

    before: Word = argument(
        "What to compare with: an experiment, branch, tag, commit, or `best` of the newest sweep; `base`, where the "
        "pull request left its base branch, when left out.",
        metavar="A",
    )
    after: Word = argument("What to compare; `HEAD`, the pull request's head, when left out.", metavar="B")
    project: Word = argument(projects.COMPARED, "--project", metavar="PATH")


def diff(workspace: Workspace, args: DiffArgs, line: str) -> Reply:
    """Show what differs in B against A, as `dvc exp diff A B` does."""
    before, after = revisions.sides(workspace, [word for word in (args.before, args.after) if word], line)
    if before.sha == after.sha:
        return Reply(words.same(after, workspace.repository))
    project = projects.compared(workspace, args.project, line, (before.sha, after.sha))
    config = workspace.config.of(project)
    take, repository = workspace.ports.snapshots.take, workspace.repository
    runs = by_name.runs(workspace)
    left, right = (traced(take(repository, each.sha, project, config.declared), runs) for each in (before, after))
    sides = Sides(before.called, after.called)
    dated, base = dating(workspace.ports, repository, runs, config), revisions.base(workspace)
    right = dated(right)
    # As in the overview, numbers that the base branch committed are taken as they are.
    left = left if base and left.sha == base.sha else dated(left)
    compared = compare(own(left), right, config, sides)
    notes = notes_about(list(unread(left, right, sides)), compared, right, left, config, sides)
    notes = (*notes, *foreign_notes([(before.called, left), (after.called, right)]))
    notes = (*notes, *about_fetching(workspace, (left, right)))
    away = any(each.reading is Reading.NOT_FETCHED for side in (left, right) for each in side.metrics)
    called = ((before.called, left), (after.called, right))
    hidden = [name for name, side in called if side.hydra and COMPOSED not in side.param_files]
    why = hydra.uncompared(hidden) if hidden else ""
    what = words.Difference(repository, before, after, compared, notes, away, why)
    pages = () if what.fits else (page(words.title(what), words.whole(what)),)
    url = workspace.ports.pages.address(pages[0]) if pages else ""
    text = with_undeclared(words.comment(what, url), right, config)
    return Reply(text, acts=asked_for(workspace, (left, right), config.declared), pages=pages)


COMMAND = Command(
    "diff",
    DiffArgs,
    question(diff),
    needs=Permission.READ,
    summary="Compare metrics and parameters of two experiments, branches, tags or commits.",
    examples=("/diff", "/diff main", "/diff HEAD puffy-daks", "/diff v1.0 1a2b3c4"),
)
