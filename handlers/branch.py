"""`/branch`: an experiment on a branch and in a pull request of its own."""

from dataclasses import dataclass

from bot.commands import Command, Problem, Problems, Reply, Word, argument
from bot.context import Context
from bot.errors import Rejected, UserError
from bot.ports import Permission, Ports
from experiments.comparison import compare
from experiments.experiment import Repository
from experiments.names import check_branch
from experiments.refs import Kept
from handlers import choice
from handlers.reporting import drawn
from handlers.vetting import vet
from reports import replies, replies_landing
from reports.description import describe
from reports.overview import comment_url
from reports.report import undrawn, unread


@dataclass(frozen=True)
class BranchArgs:
    """Which experiment, and where."""

    name: Word = argument("An experiment of this repository.", metavar="NAME", required=True)
    branch: Word = argument("The new branch; `NAME-branch` when left out.", metavar="BRANCH")


@dataclass(frozen=True)
class NewBranch:
    """A branch at an experiment's commit, and its pull request."""

    repository: Repository
    branch: str
    base: str
    sha: str
    name: str
    title: str
    body: str

    def do(self, ports: Ports, now: float) -> str:
        """What is there already is found again."""
        try:
            ports.git.push(self.repository, self.sha, f"refs/heads/{self.branch}")
            number = ports.github.open_pull(self.repository, self.branch, self.base, self.title, self.body)
        except Rejected as error:
            raise UserError(replies_landing.no_branch(self.name, self.branch, str(error))) from error
        return replies_landing.branched(self.name, self.repository, self.branch, self.base, number)


def branch(context: Context, args: BranchArgs, line: str) -> Reply:
    """The new pull request goes into this one's head branch; into its base where this one is over."""
    if context.pull.fork:
        raise UserError(replies.fork())
    kept = choice.experiment(context, args.name, line)
    name = str(args.branch) or f"{kept.name}-branch"
    wrong = check_branch(name)
    if wrong:
        place = args.branch or args.name
        raise Problems(line, [Problem(place.start, place.end, wrong)])
    vetted = vet(context, kept)
    ref = f"refs/heads/{name}"
    there = context.ports.git.remote_refs(context.repository, ref).get(ref, kept.sha)
    if there != kept.sha:
        raise UserError(replies_landing.branch_taken(kept.name, name, there))
    config = context.config.of(vetted.project)
    after = context.ports.snapshots.take(context.repository, kept.sha, vetted.project, config.declared)
    compared = compare(vetted.before, after, config)
    pictures = drawn(context.ports, vetted.before, after)
    notes = tuple(dict.fromkeys([*unread(vetted.before, after), *undrawn(after, pictures), *config.problems]))
    came_from = context.pull.number, context.author, _report_of(context, kept)
    body = describe(kept, context.repository, came_from, compared, notes, pictures)
    title = replies_landing.pull_title(vetted.bundle.message, kept.name)
    into = context.pull.branch if context.pull.state == "open" else context.pull.base_branch
    new = NewBranch(context.repository, name, into, kept.sha, kept.name, title, body)
    return Reply(acts=(new,))


def _report_of(context: Context, kept: Kept) -> str:
    """The URL of the comment that told of its run in this pull request; empty where there is none."""
    told = [run.report for run in choice.runs(context) if run.commit == kept.sha and run.report]
    return comment_url(context.repository, context.pull.number, told[-1]) if told else ""


COMMAND = Command(
    "branch",
    BranchArgs,
    branch,
    needs=Permission.WRITE,
    summary="Give an experiment a branch of its own, with a pull request into this one's branch.",
    examples=("/branch puffy-daks", "/branch puffy-daks try-small-steps"),
)
