"""`/data`: list the data that DVC tracks, with its versions."""

from dataclasses import dataclass

from bot.commands import Command, Reply, Word, argument, question
from bot.errors import UserError
from bot.ports.git_host import Permission
from bot.workspace import Workspace
from experiments.data.amounts import counted
from experiments.data.versions import versions
from experiments.projects import rooted
from handlers.lookup import projects
from reports.compare import data as words
from reports.messages.projects import undeclared, with_undeclared
from reports.pages.page import page
from reports.text.titles import selecting

COMMITS = 60  # commits that are looked at: the newest that changed data


@dataclass(frozen=True)
class DataArgs:
    """Arguments of `/data`: which data to list."""

    all: bool = argument("Also what stages make: models, metrics, plots.", "--all")
    project: Word = argument(projects.HELP, "--project", metavar="PATH")


def data(workspace: Workspace, args: DataArgs, line: str) -> Reply:
    """List each file's versions in the history of the head, newest first. Raise UserError without DVC."""
    here = projects.chosen(workspace, args.project, line)
    snapshot = here.snapshot
    if not snapshot.has_dvc:
        raise UserError(undeclared(snapshot, here.config) or words.no_dvc())
    tracked = counted(snapshot)
    files = sorted((file for file in tracked if args.all or not file.is_output), key=lambda file: file.is_output)
    git, repository = workspace.ports.git, workspace.repository
    locks = [path for path in snapshot.outputs if path.rpartition("/")[2] == "dvc.lock"]
    pipelines = [f"{path.removesuffix('dvc.lock')}dvc.yaml" for path in locks]  # outputs are in both files
    made = (*locks, *pipelines) if args.all else ()
    sources = dict.fromkeys([*(file.source for file in files if file.source), *made])
    history = (
        git.changes(repository, here.sha, [rooted(here.project, path) for path in sources], COMMITS) if sources else ()
    )
    at = workspace.ports.snapshots.take_all(repository, history, here.project, here.config.declared)
    found = versions(files, history, at)
    described = git.described(repository, [each.sha for known in found.values() for each in known])
    chosen = selecting(here.project, workspace.config)
    what = words.DataListing(
        repository, files, found, described, chosen, len(history) == COMMITS, args.all, snapshot, here.config.script
    )
    pages = () if what.fits else (page(words.title(what), words.whole(what)),)
    url = workspace.ports.pages.address(pages[0]) if pages else ""
    return Reply(with_undeclared(words.comment(what, url), snapshot, here.config), pages=pages)


COMMAND = Command(
    "data",
    DataArgs,
    question(data),
    needs=Permission.READ,
    summary="List the data that DVC tracks, with the versions in the history of the head.",
    examples=("/data", "/data --all"),
)
