"""`/branch`: an experiment on a branch and in a pull request of its own."""

from dataclasses import dataclass

from bot.commands import Command, Problem, Problems, Reply, Word, argument
from bot.context import Context
from bot.errors import Rejected, UserError
from bot.ports import Permission, Ports
from experiments.comparison import compare
from experiments.experiment import Repository
from experiments.names import check_branch
from handlers import choice
from handlers.vetting import vet
from reports import replies, replies_landing


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
    body = replies_landing.pull_body(kept, context.repository, context.pull.number, context.author, compared)
    title = replies_landing.pull_title(vetted.bundle.message, kept.name)
    into = context.pull.branch if context.pull.state == "open" else context.pull.base_branch
    new = NewBranch(context.repository, name, into, kept.sha, kept.name, title, body)
    return Reply(acts=(new,))


COMMAND = Command(
    "branch",
    BranchArgs,
    branch,
    needs=Permission.WRITE,
    summary="Give an experiment a branch of its own, with a pull request into this one's branch.",
    examples=("/branch puffy-daks", "/branch puffy-daks try-small-steps"),
)
