"""`/run`: train the pinned head with other parameters."""

from dataclasses import dataclass, replace

from bot.commands import Command, Problem, Problems, Reply, Word, argument
from bot.context import Context, Head
from bot.errors import UserError
from bot.ports import Permission
from experiments.config import RepoConfig
from experiments.durations import parse_duration
from experiments.experiment import Experiment, Override
from experiments.names import check_name, new_name
from experiments.overrides import Plan, plan
from experiments.projects import rooted
from experiments.refs import PATTERN, kept
from experiments.sentences import did_you_mean, quoted
from experiments.snapshot import Snapshot
from handlers import composing, projects
from handlers.moment import looked_at
from handlers.origin import Brought, Origin, bring, find
from reports import replies, replies_hydra, replies_landing

TITLE = 72  # characters of a commit message's first line
SKIP = " [skip studio]"  # this commit has no results: it is neither reported nor shown in tables


def parse_commit(word: str) -> str:
    """ValueError with a sentence for the reader."""
    if word != "first":
        raise ValueError("`--commit` takes the word `first`; without it parameters and results are one commit")
    return word


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
    origin: Word = argument("Take the parameters of this experiment; -S goes before them.", "--from", metavar="NAME")
    commit: str = argument(
        "Parameters onto the branch before training, results in a commit after it.",
        "--commit",
        metavar="first",
        type=parse_commit,
    )
    timeout: int = argument("Stop it after this long, `90m` or `2h`.", "--timeout", metavar="TIME", type=parse_duration)
    force: bool = argument("Train even if nothing changed.", "-f", "--force")
    project: Word = argument(projects.HELP, "--project", metavar="PATH")


def run(context: Context, args: RunArgs, line: str) -> Reply:
    """Everything is checked before anything happens."""
    admit(context, line)
    origin = find(context, args.origin, line) if args.origin else None
    here = projects.chosen(context, args.project, line, (*args.targets, *args.set), origin)
    snapshot = here.snapshot
    _trainable(snapshot, here.config)
    found = (composing.asked if snapshot.hydra else _asked)(here, args.set, origin)
    problems = [*_places(found, args.set), *_targets(args.targets, snapshot), *_name(args.name, context)]
    if problems:
        raise Problems(line, sorted(problems, key=lambda problem: problem.start))
    if args.commit and args.temp:
        raise UserError(replies_landing.first_and_temp())
    experiment = Experiment(
        repository=context.repository,
        pull=context.pull.number,
        baseline=context.pull.head,
        branch=context.pull.branch,
        base_branch=context.pull.base_branch,
        name=str(args.name) or new_name(taken(context), context.ports.random_name),
        author=context.author,
        comment=context.comment,
        overrides=found.overrides,
        edits=found.edits,
        targets=tuple(map(str, args.targets)),
        message=_message(str(args.message), found.overrides),
        temp=args.temp,
        force=args.force or not snapshot.has_dvc,  # nothing else knows whether something changed
        timeout=args.timeout or here.config.timeout,
        project=here.project,
        composed=snapshot.hydra,
        script=here.config.script,
        has_dvc=snapshot.has_dvc,
        declared=here.config.declared,
    )
    if (args.commit or here.config.commit) and not args.temp:
        if experiment.words:
            raise UserError(replies_hydra.commit_first())
        experiment = _first(context, experiment) if experiment.edits else experiment
    return Reply(experiments=(experiment,))


def _asked(here: Head, given: tuple[Word, ...], origin: Origin | None) -> Plan:
    """What these edits come to, made in the files as they are or as another experiment has them."""
    texts = {path: here.text(path) for path in here.snapshot.param_files}
    brought = bring(here, origin, texts) if origin else Brought((), texts)
    found = plan(given, here.snapshot, brought.texts)
    edited = {path: text for path, text in (dict(brought.texts) | dict(found.edits)).items() if text != texts[path]}
    return Plan(_together(brought.overrides, found.overrides), edited, found.problems)


def _first(context: Context, experiment: Experiment) -> Experiment:
    """Its baseline is a commit of the parameters, which goes onto the branch before it is trained."""
    message = f"{_cut(experiment.message, TITLE - len(SKIP))}{SKIP}"
    login = context.ports.github.bot_login
    head = context.pull.head
    texts = {rooted(experiment.project, path): text for path, text in experiment.edits.items()}
    made = context.ports.git.commit(context.repository, head, message, login, context.now, texts)
    results = _cut(f"Results of: {experiment.message}", TITLE)
    return replace(experiment, baseline=made, head_before=head, edits={}, message=results)


def _together(brought: tuple[Override, ...], given: tuple[Override, ...]) -> tuple[Override, ...]:
    """What was given goes before what was brought."""
    keys = {(each.file, each.key) for each in given}
    return (*(each for each in brought if (each.file, each.key) not in keys), *given)


def writable(context: Context) -> None:
    """UserError where nothing may be brought onto the branch of this pull request."""
    if context.pull.fork:
        raise UserError(replies.fork())
    if context.pull.state != "open":
        raise UserError(replies.pull_over(context.pull.state))


def admit(context: Context, line: str) -> None:
    """UserError where nothing may be trained for this pull request, or not at this head."""
    writable(context)
    looked_at(context, line)
    reason = context.ports.runner.admit(context.repository.full_name)
    if reason:
        raise UserError(replies.not_admitted(reason))


def _trainable(snapshot: Snapshot, config: RepoConfig) -> None:
    if not config.trains(snapshot):
        raise UserError(replies.no_pipeline(snapshot, config))


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
    if not wrong and name in taken(context):
        wrong = f"{quoted(name)} is the name of an experiment already: choose another, or leave `-n` out"
    return [Problem(name.start, name.end, wrong)] if wrong else []


def taken(context: Context) -> set[str]:
    """Names of experiments. Across all baselines: the same name under two of them is ambiguous to DVC."""
    store, repository = context.ports.store, context.repository
    there = kept(context.ports.git.remote_refs(repository, PATTERN))
    known = store.of_pull(repository, context.pull.number)
    # A job that runs again meets what it began itself.
    own = {run.experiment.name for run in known if run.experiment.comment == context.comment}
    return ({each.name for each in there} | store.taken_names(repository)) - own


def _message(given: str, overrides: tuple[Override, ...]) -> str:
    """One line: what was given, or what is set."""
    text = " ".join(given.split()) or (
        f"Set {', '.join(each.text for each in overrides)}" if overrides else "Train again"
    )
    return _cut(text, TITLE)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


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
        "/run --from puffy-daks",
        "/run --commit first -S train.lr=0.01",
    ),
)
