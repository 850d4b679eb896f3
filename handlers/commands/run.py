"""`/run`: train the pinned head with other parameters."""

from collections.abc import Sequence
from dataclasses import replace

from bot.commands import Command, Problems, Reply, Word
from bot.comment import CommandLine
from bot.errors import UserError
from bot.ports.git_host import Permission
from bot.request import Request
from bot.specification import script
from bot.workspace import Workspace
from experiments.experiment import Experiment
from experiments.names import BEST, new_name
from experiments.overrides.sweeps import Plans, plans
from experiments.parts.asked import Asked
from experiments.parts.change import Change
from experiments.parts.execution import Execution
from experiments.parts.landing_plan import LandingPlan
from experiments.parts.membership import Membership
from experiments.readiness.foretelling import all_below, checkpointed, confused, foretold, passed_by, undeclared, unread
from experiments.readiness.trial import Obstacle
from experiments.snapshot import Snapshot
from experiments.sweep import in_queue
from handlers.checks import names, preflight
from handlers.checks.admission import admit, trainable
from handlers.jobs.start_queue import begin
from handlers.lookup import by_name, projects, revisions
from handlers.lookup.best import standing_for
from handlers.planning import data_versions, edits, hydra, repeats
from handlers.planning.dvc_options import ANSWERS
from handlers.planning.edits import Member
from handlers.planning.placement import placed
from handlers.planning.resume import resume
from handlers.planning.run_arguments import RunArgs
from handlers.planning.source_experiment import Origin, find
from reports.messages import hydra as hydra_messages
from reports.messages import landing, queue, runs
from reports.messages import script as script_messages


def run(workspace: Workspace, request: Request, args: RunArgs, line: CommandLine) -> Reply:
    """Plan the experiments that were asked for, one or a sweep, and check all of it before anything starts.

    Raise Problems for what can be marked in the line, and UserError for other reasons not to train.
    """
    admit(workspace, request, line)
    if args.resume or args.reset:
        return resume(workspace, request, args, line)
    known = by_name.runs(workspace)
    before = request.before(known)
    whose = standing_for(workspace, args.origin)[0] if args.origin == BEST else args.origin
    origin = find(workspace, before, whose, line) if whose else None
    elsewhere = _elsewhere(workspace, args.rev, line)
    of = (origin.name, origin.project) if origin else None
    here = projects.chosen(workspace, args.project, line, (*args.targets, *args.set), of)
    here = replace(here, revision=elsewhere)
    snapshot = here.snapshot
    trainable(snapshot, here.config, workspace.repository.url)
    flags = _flags(args)
    texts = {path: here.text(path) for path in snapshot.param_files}
    asked = hydra.asked if snapshot.hydra else edits.edited

    def planned(words: Sequence[str], origin: Origin | None = origin) -> Plans:
        return plans(words, snapshot, texts, lambda given: asked(here, given, origin))

    chosen = data_versions.choose(here, args.data, line)
    plan = planned(args.set)
    members = [Member(each) for each in plan.members]
    if args.repeat and not plan.problems:
        members = repeats.members(
            here, before, args.repeat, args.set, origin, plan, planned, bool(chosen.inputs), not (args.targets or flags)
        )
    swept = plan.sweep or bool(args.repeat)
    used, numbers = names.taken(workspace, request.own(known)), len(members) if swept else 0
    wrong = [*names.of_targets(args.targets, snapshot), *names.of_name(args.name, used, numbers)]
    wrong += [*names.of_branch(workspace, args.branch), *names.of_runner(workspace, args.runner)]
    if here.config.script and (beside := (*args.targets, *flags, *_fetching_and_force(args))):
        raise UserError(runs.not_to_script(beside, here.config.script))
    problems = [*names.of_edits(plan.problems, args.set), *wrong]
    if problems:
        raise Problems(line, sorted(problems, key=lambda problem: problem.start))
    aside = args.temp or args.queue or swept or bool(elsewhere or args.branch)
    if args.commit and aside:
        raise UserError(landing.first_and_temp())
    if (args.branch and swept) or (args.base and not args.branch):
        raise UserError(landing.one_branch(workspace.repository.host, swept))
    if len(members) > here.config.confirm_above and not args.yes:
        raise UserError(queue.confirm(len(members), here.config.confirm_above, line))
    place, timeout = placed(workspace, here.config, args)
    name = str(args.name) or new_name(used, workspace.ports.random_name, numbers)
    pull = workspace.pull
    experiment = Experiment(
        repository=workspace.repository,
        pull=pull.number,
        baseline=here.sha,
        name=name,
        landing=LandingPlan(
            branch=pull.branch,
            base_branch=pull.base_branch,
            temp=aside,
            new_branch=str(args.branch),
            into_base=args.base,
        ),
        project=here.project,
        asked=Asked(
            author=request.author,
            comment=request.id,
            origin=str(whose),
            rev=str(args.rev) if elsewhere else "",
            head=pull.head if elsewhere else "",
        ),
        change=Change(
            inputs=chosen.inputs,
            edits=chosen.texts,
            composed=snapshot.hydra,
            message=edits.message(args.message, line.under),
        ),
        execution=Execution(
            queue=args.queue or swept,
            place=place,
            timeout=timeout,
            targets=tuple(map(str, args.targets)),
            flags=_for_dvc(flags, snapshot, args),
            force=args.force or not snapshot.has_dvc,  # without DVC, nothing shows whether something changed
            anew=_anew(snapshot, here.config.script, members),
            script=here.config.script,
            has_dvc=snapshot.has_dvc,
            declared=here.config.declared,
            requirements=here.config.requirements,
            history=here.config.history,
            checkpoint_every=60 * here.config.checkpoint_minutes,
        ),
        sweep=Membership(name if swept else ""),
    )
    experiments = tuple(
        edits.varied(experiment, number if swept else 0, each) for number, each in enumerate(members, 1)
    )
    experiments = tuple(
        replace(each, execution=replace(each.execution, checkpointed=checkpointed(snapshot, each)))
        for each in experiments
    )
    foreseen = foretold(snapshot, experiments[0])
    ignored, passed = unread(snapshot, experiments[0].change.overrides), passed_by(snapshot, experiments[0])
    idle = foreseen and not foreseen.run and len(ignored) + len(passed) == len(experiments[0].change.overrides)
    if passed and (idle or not args.targets):
        raise UserError(script_messages.passes_by(passed, snapshot, line))
    if foreseen and idle and ignored:
        raise UserError(script_messages.nothing_reads(ignored, foreseen, line))
    ahead = preflight.looked_ahead(here, experiments, before)
    if args.script:
        over = hydra.written_over(
            workspace.ports,
            workspace.repository,
            snapshot,
            experiments[0].change.words,
            experiments[0].change.overrides,
        )
        ahead = (*ahead, *map(Obstacle, over or ()))
        files = here.config.requirements or (snapshot.requires,)
        return Reply(
            script_messages.shown(experiments, script(experiments[0], snapshot), files, foreseen, ahead, snapshot)
        )
    answer = preflight.acknowledged(here, ahead, before)
    if swept:
        return Reply(answer, experiments, () if args.queue else (begin(workspace, request),))
    if args.queue:
        return Reply("\n\n".join(filter(None, [queue.queued(name, len(in_queue(before)) + 1), answer])), experiments)
    (experiment,) = experiments
    if (args.commit or here.config.commit) and not aside:
        if experiment.change.words:
            raise UserError(hydra_messages.commit_first())
        experiment = edits.parameters_first(workspace, experiment) if experiment.change.edits else experiment
    return Reply(answer, (experiment,))


def _anew(snapshot: Snapshot, command: str, members: Sequence[Member]) -> bool:
    """Return whether a result from the run cache could be that of other parameters, or lack the numbers."""
    if command or not snapshot.has_dvc:
        return False
    overrides = [each for member in members for each in member.plan.overrides]
    nothing = not (snapshot.metrics or snapshot.plots)  # as before DVCLive first trains: it declares them then
    ignored = unread(snapshot, overrides) or undeclared(snapshot)
    return bool(ignored or nothing or confused(snapshot, overrides))


def _flags(args: RunArgs) -> tuple[str, ...]:
    """Return the options for `dvc exp run` that choose which stages are trained."""
    given = {
        "--single-item": args.single,
        "--all-pipelines": args.everything,
        "--downstream": args.downstream,
        "--pipeline": args.pipeline,
        "--force-downstream": args.force_downstream,
        "--keep-going": args.keep_going,
    }
    return tuple(flag for flag, is_given in given.items() if is_given)


def _fetching_and_force(args: RunArgs) -> tuple[str, ...]:
    """Return the options of DVC, as they are typed, that a script of the project would not receive."""
    given = {"-f": args.force, "--pull": args.pull, "--allow-missing": args.allow_missing}
    return tuple(flag for flag, is_given in given.items() if is_given)


def _for_dvc(flags: tuple[str, ...], snapshot: Snapshot, args: RunArgs) -> tuple[str, ...]:
    """Return the options for DVC, with `--all-pipelines` where no stage is named and all are in folders below."""
    return flags if args.everything or args.targets or not all_below(snapshot) else (*flags, "--all-pipelines")


def _elsewhere(workspace: Workspace, rev: Word, line: str) -> str:
    """Return the SHA of the named commit; empty for the head or without a name."""
    sha = revisions.resolve(workspace, [rev], line)[0].sha if rev else ""
    return "" if sha == workspace.pull.head else sha


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
        "/run evaluate --single-item",
        "/run -S train.lr=0.1,0.01 -S model.depth=range(2,6) -n wide",
        "/run --queue -S train.lr=0.001",
        "/run --from puffy-daks",
        "/run -S train.lr=0.01 --repeat 5",
        "/run --resume puffy-daks",
        "/run --rev v1.0 -S train.lr=0.01",
        "/run --data data/raw.csv@main -S train.lr=0.01",
        "/run --branch wider --base -S model.depth=8",
        "/run --commit first -S train.lr=0.01",
        "/run -S train.lr=0.01 --runner ec2 --machine m+t4 --spot --timeout 2h",
        "/run --script -S train.lr=0.01",
    ),
    answers=ANSWERS,
)
