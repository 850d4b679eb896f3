"""`/retry`: the same experiment once more, after it did not work."""

from dataclasses import dataclass, replace

from bot.commands import Command, Reply, Word, argument
from bot.context import Context
from bot.errors import UserError
from bot.ports import Permission
from experiments.names import new_name
from experiments.run import RETRYABLE
from handlers import choice, projects
from handlers.run import admit, taken
from reports import replies_runs


@dataclass(frozen=True)
class RetryArgs:
    """Which run."""

    name: Word = argument("A run of this pull request; the newest that did not work when left out.", metavar="NAME")
    force: bool = argument(
        "Also one that worked: once more on the same commit, under a new name, the branch left alone.", "-f", "--force"
    )


def retry(context: Context, args: RetryArgs, line: str) -> Reply:
    """A new run of it on the baseline it had."""
    admit(context, line)
    # A job that runs again meets the run it began itself.
    found = [run for run in choice.runs(context) if run.experiment.comment != context.comment]
    broken = [run for run in found if run.state in RETRYABLE]
    run = choice.run(context, args.name, line) if args.name or not broken else broken[-1]
    if run.experiment.comment == context.comment:
        same = [each for each in found if each.experiment.name == run.experiment.name]
        run = same[-1] if same else run
    repeats = args.force and run.state.ended and run.state not in RETRYABLE
    if run.state not in RETRYABLE and not repeats:
        raise UserError(replies_runs.not_retryable(run))
    old = run.experiment
    if old.baseline != context.pull.head and not repeats:
        raise UserError(replies_runs.retry_elsewhere(run, context.pull.head))
    projects.still(context, old.name, old.project)
    used = taken(context)
    name = old.name if old.name not in used else new_name(used, context.ports.random_name)
    experiment = replace(
        old,
        repository=context.repository,
        branch=context.pull.branch,
        base_branch=context.pull.base_branch,
        name=name,
        author=context.author,
        comment=context.comment,
        temp=old.temp or repeats,
        force=old.force or args.force,
    )
    said = replies_runs.repeats(old, name) if repeats else replies_runs.renamed(old.name, name)
    return Reply(said if name != old.name else "", experiments=(experiment,))


COMMAND = Command(
    "retry",
    RetryArgs,
    retry,
    needs=Permission.WRITE,
    summary="Train the same experiment again after it failed, vanished, was cancelled, timed out or was refused.",
    examples=("/retry", "/retry puffy-daks", "/retry puffy-daks --force"),
)
