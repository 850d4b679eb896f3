"""`/run`: train the pinned head with other parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.commands import Command, Problem, Problems, Reply, Word, argument
from bot.context import Context, Head
from bot.errors import UserError
from bot.ports import Permission
from experiments.config import RepoConfig
from experiments.durations import parse_duration
from experiments.experiment import Experiment, Override
from experiments.names import check_name, clash, new_name
from experiments.overrides import Plan, plan
from experiments.overrides import Problem as Unfitting
from experiments.overrides.sweeps import plans
from experiments.projects import rooted
from experiments.refs import PATTERN, kept
from experiments.sentences import did_you_mean, quoted
from experiments.snapshot import Snapshot
from experiments.sweep import in_queue
from handlers import choice, composing, projects
from handlers.moment import looked_at
from handlers.origin import Brought, Origin, bring, find
from handlers.starting import begin
from reports import replies, replies_hydra, replies_landing, replies_queue

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
        "Set a parameter; `file:` where several files have it. Several values, `1,2` or `range(2,6)`, are a sweep.",
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
    queue: bool = argument("Only put it into the queue of this pull request; `/start` trains what is there.", "--queue")
    yes: bool = argument("Begin a sweep of more experiments than are begun without being asked twice.", "--yes")
    project: Word = argument(projects.HELP, "--project", metavar="PATH")


def run(context: Context, args: RunArgs, line: str) -> Reply:
    """Everything is checked before anything happens."""
    admit(context, line)
    origin = find(context, args.origin, line) if args.origin else None
    here = projects.chosen(context, args.project, line, (*args.targets, *args.set), origin)
    snapshot = here.snapshot
    _trainable(snapshot, here.config)
    texts = {path: here.text(path) for path in snapshot.param_files}
    asked = composing.asked if snapshot.hydra else _asked
    planned = plans(args.set, snapshot, texts, lambda given: asked(here, given, origin))
    count = len(planned.members)
    used, members = taken(context), count if planned.sweep else 0
    wrong = [*_targets(args.targets, snapshot), *_name(args.name, used, members)]
    problems = [*_places(planned.problems, args.set), *wrong]
    if problems:
        raise Problems(line, sorted(problems, key=lambda problem: problem.start))
    aside = args.temp or args.queue or planned.sweep
    if args.commit and aside:
        raise UserError(replies_landing.first_and_temp())
    if count > here.config.confirm_above and not args.yes:
        raise UserError(replies_queue.confirm(count, here.config.confirm_above, line))
    name = str(args.name) or new_name(used, context.ports.random_name, members)
    experiment = Experiment(
        repository=context.repository,
        pull=context.pull.number,
        baseline=context.pull.head,
        branch=context.pull.branch,
        base_branch=context.pull.base_branch,
        name=name,
        author=context.author,
        comment=context.comment,
        project=here.project,
        targets=tuple(map(str, args.targets)),
        message=str(args.message),
        temp=aside,
        force=args.force or not snapshot.has_dvc,  # nothing else knows whether something changed
        queue=args.queue or planned.sweep,
        sweep=name if planned.sweep else "",
        timeout=args.timeout or here.config.timeout,
        composed=snapshot.hydra,
        script=here.config.script,
        has_dvc=snapshot.has_dvc,
        declared=here.config.declared,
    )
    experiments = tuple(
        _varied(experiment, number if planned.sweep else 0, each) for number, each in enumerate(planned.members, 1)
    )
    if planned.sweep:
        return Reply(experiments=experiments, acts=() if args.queue else (begin(context),))
    if args.queue:
        return Reply(_queued(context, name), experiments)
    (experiment,) = experiments
    if (args.commit or here.config.commit) and not aside:
        if experiment.words:
            raise UserError(replies_hydra.commit_first())
        experiment = _first(context, experiment) if experiment.edits else experiment
    return Reply(experiments=(experiment,))


def _varied(asked: Experiment, number: int, plan: Plan) -> Experiment:
    """With its own parameters; `number`: in a sweep, 0 where there is none."""
    name = f"{asked.name}-{number}" if number else asked.name
    message = _message(asked.message, plan.overrides)
    return replace(asked, name=name, number=number, overrides=plan.overrides, edits=plan.edits, message=message)


def _queued(context: Context, name: str) -> str:
    """A job that runs again does not count what it put there itself."""
    before = [run for run in in_queue(choice.runs(context)) if run.experiment.comment != context.comment]
    return replies_queue.queued(name, len(before) + 1)


def _asked(here: Head, given: Sequence[Sequence[str]], origin: Origin | None) -> list[Plan]:
    """What each of these lists of edits comes to, made in the files as they are or as another experiment has them."""
    texts = {path: here.text(path) for path in here.snapshot.param_files}
    brought = bring(here, origin, texts) if origin else Brought((), texts)
    found = [plan(words, here.snapshot, brought.texts) for words in given]
    return [
        Plan(
            _together(brought.overrides, each.overrides),
            {path: text for path, text in (dict(brought.texts) | dict(each.edits)).items() if text != texts[path]},
            each.problems,
        )
        for each in found
    ]


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
    admitted(context)
    looked_at(context, line)


def admitted(context: Context) -> None:
    """UserError where nothing may be trained for this pull request."""
    writable(context)
    reason = context.ports.runner.admit(context.repository.full_name)
    if reason:
        raise UserError(replies.not_admitted(reason))


def _trainable(snapshot: Snapshot, config: RepoConfig) -> None:
    if not config.trains(snapshot):
        raise UserError(replies.no_pipeline(snapshot, config))


def _places(problems: Sequence[Unfitting], words: tuple[Word, ...]) -> list[Problem]:
    """Problems of tokens, at their places in the line. A quoted word is pointed at as a whole."""
    found = []
    for problem in problems:
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


def _name(name: Word, used: set[str], members: int) -> list[Problem]:
    if not name:
        return []
    wrong = check_name(f"{name}-{members}" if members else name)
    if not wrong and (there := clash(name, used, members)):
        wrong = f"{quoted(there)} is the name of an experiment already: choose another, or leave `-n` out"
    return [Problem(name.start, name.end, wrong)] if wrong else []


def taken(context: Context) -> set[str]:
    """Names of experiments. Across all baselines: the same name under two of them is ambiguous to DVC."""
    store, repository = context.ports.store, context.repository
    there = kept(context.ports.git.remote_refs(repository, PATTERN))
    known = store.of_pull(repository, context.pull.number)
    # A job that runs again meets what it began itself.
    own = {run.experiment.name for run in known if run.experiment.comment == context.comment}
    swept = {run.experiment.sweep for run in known if run.experiment.comment != context.comment}
    return ({each.name for each in there} | store.taken_names(repository) | swept) - own


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
        "/run -S train.lr=0.1,0.01 -S model.depth=range(2,6) -n wide",
        "/run --queue -S train.lr=0.001",
        "/run --from puffy-daks",
        "/run --commit first -S train.lr=0.01",
    ),
)
