"""`/run`: train the pinned head with other parameters."""

from dataclasses import dataclass

from bot.commands import Command, Problem, Problems, Reply, Word, argument
from bot.context import Context
from bot.errors import UserError
from bot.ports import Permission
from experiments.durations import parse_duration
from experiments.experiment import Experiment, Override
from experiments.names import check_name, new_name
from experiments.overrides import Plan, plan
from experiments.sentences import did_you_mean, quoted
from experiments.snapshot import Snapshot
from reports import replies

TITLE = 72  # characters of a commit message's first line


@dataclass(frozen=True)
class RunArgs:
    """What to train."""

    targets: tuple[Word, ...] = argument("Stages to run; all when left out.", metavar="TARGET", many=True)
    set: tuple[Word, ...] = argument(
        "Set a parameter; `file:` where several files have it.",
        "-S",
        "--set-param",
        metavar="[file:]key=value",
        many=True,
    )
    name: Word = argument("Name of the experiment; one is made up when left out.", "-n", "--name", metavar="NAME")
    message: Word = argument("First line of the commit.", "-m", "--message", metavar="MESSAGE")
    temp: bool = argument("Leave the branch alone: only the experiment is kept.", "--temp")
    timeout: int = argument("Stop it after this long, `90m` or `2h`.", "--timeout", metavar="TIME", type=parse_duration)
    force: bool = argument("Train even if nothing changed.", "-f", "--force")


def run(context: Context, args: RunArgs, line: str) -> Reply:
    """Everything is checked before anything happens."""
    _admit(context)
    snapshot = context.snapshot
    _trainable(snapshot)
    edits = plan(args.set, snapshot, {path: context.text(path) for path in snapshot.param_files})
    problems = [*_places(edits, args.set), *_targets(args.targets, snapshot), *_name(args.name, context)]
    if problems:
        raise Problems(line, sorted(problems, key=lambda problem: problem.start))
    experiment = Experiment(
        repository=context.repository,
        pull=context.pull.number,
        baseline=context.pull.head,
        branch=context.pull.branch,
        base_branch=context.pull.base_branch,
        name=str(args.name) or new_name(_taken(context), context.ports.random_name),
        author=context.author,
        comment=context.comment,
        overrides=edits.overrides,
        edits=edits.edits,
        targets=tuple(map(str, args.targets)),
        message=_message(str(args.message), edits.overrides),
        temp=args.temp,
        force=args.force,
        timeout=args.timeout or context.config.timeout,
    )
    return Reply(experiments=(experiment,))


def _admit(context: Context) -> None:
    if context.pull.fork:
        raise UserError(replies.fork())
    if context.pull.state != "open":
        raise UserError(replies.pull_closed())
    reason = context.ports.runner.admit(context.repository.full_name)
    if reason:
        raise UserError(replies.not_admitted(reason))


def _trainable(snapshot: Snapshot) -> None:
    if not snapshot.has_dvc or not snapshot.stages:
        raise UserError(replies.no_pipeline(snapshot))
    if snapshot.hydra:
        raise UserError(replies.hydra())


def _places(edits: Plan, words: tuple[Word, ...]) -> list[Problem]:
    """Problems of tokens, at their places in the line. A quoted word is pointed at as a whole."""
    found = []
    for problem in edits.problems:
        word = words[problem.token]
        exact = word.end - word.start == len(word)
        start = word.start + problem.start if exact else word.start
        end = word.start + problem.end if exact else word.end
        # the fix is the whole token, the caret only its wrong part
        found.append(Problem(start, end, problem.message, problem.fix, (word.start, word.end)))
    return found


def _targets(targets: tuple[Word, ...], snapshot: Snapshot) -> list[Problem]:
    names = [stage.name for stage in snapshot.stages]
    groups = {name.partition("@")[0] for name in names}
    found = []
    for target in targets:
        if target not in names and target not in groups:
            hint, near = did_you_mean(target, names)
            found.append(Problem(target.start, target.end, f"No stage {quoted(target)}: {hint}", near))
    return found


def _name(name: Word, context: Context) -> list[Problem]:
    if not name:
        return []
    wrong = check_name(name)
    if not wrong and name in _taken(context):
        wrong = f"{quoted(name)} is the name of an experiment already: choose another, or leave `-n` out"
    return [Problem(name.start, name.end, wrong)] if wrong else []


def _taken(context: Context) -> set[str]:
    """Across all baselines: the same name under two of them is ambiguous to DVC."""
    store, repository = context.ports.store, context.repository
    refs = context.ports.git.remote_refs(repository, "refs/exps/*")
    known = store.of_pull(repository, context.pull.number)
    # A job that runs again meets what it began itself.
    own = {run.experiment.name for run in known if run.experiment.comment == context.comment}
    return ({ref.rpartition("/")[2] for ref in refs} | store.taken_names(repository)) - own


def _message(given: str, overrides: tuple[Override, ...]) -> str:
    """One line: what was given, or what is set."""
    text = " ".join(given.split()) or (
        f"Set {', '.join(each.text for each in overrides)}" if overrides else "Train again"
    )
    return text if len(text) <= TITLE else text[: TITLE - 1] + "…"


COMMAND = Command(
    "run",
    RunArgs,
    run,
    needs=Permission.WRITE,
    summary="Train this pull request's head, with other parameters if you like.",
    examples=(
        "/run -S train.lr=0.01",
        "/run -S train.lr=0.01 -S train.epochs=20 --temp -n slow-and-steady",
        "/run train -f",
    ),
)
