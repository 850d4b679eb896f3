"""Check whether experiments may train on their runners and for their cost, and whether somebody has to approve."""

from collections.abc import Sequence, Set
from dataclasses import replace

from bot.effects.start_run import run_id
from bot.errors import UserError
from bot.ports.files import ReadFiles
from bot.ports.store import Store
from bot.workspace import Workspace
from experiments.experiment import Experiment, Repository
from experiments.fleet.choosing import OutOfBounds, usable
from experiments.fleet.ledger import Account, account, beyond
from experiments.limits import RUN_FILES
from experiments.placement import worst_cost
from experiments.run_state import RunState
from experiments.wording import did_you_mean, quoted

DAY = 24 * 3600  # seconds
MB = 1024 * 1024
LONGEST = 1_000_000  # bytes of one experiment, all of which each heartbeat of its agent reads and writes
MEMORY = 100_000_000  # bytes that the bot stores of one repository's experiments; all repositories share one Redis
RUNS = 2000  # runs of one repository that are not over; the clock looks after all that runners have or may take


def accounted(workspace: Workspace, experiments: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """Return a request's experiments, with the cost that needs approval. Raise UserError where a bound forbids them.

    Everything that starts runs passes here, for what one person may do, another may not. The bound of approval holds
    for all that a person asked for within a day, since many small runs cost as much as a large one.
    """
    runners = workspace.ports.runners
    repository, author = workspace.repository.full_name, workspace.person
    _begun(workspace, experiments)
    _check_length(experiments)
    _remembered(workspace, experiments)
    kept(workspace, experiments)
    theirs = usable(runners.fleet, repository, author)
    for place in dict.fromkeys(each.execution.place for each in experiments):
        known = theirs.get(place.runner)
        if known is None or known.type is not place.kind:
            others = did_you_mean(place.runner, theirs)[0]
            raise UserError(f"There is no runner {quoted(place.runner)} for you: {others}")
    money = sum(worst_cost(each.execution.place, each.execution.timeout) for each in experiments)
    if why := beyond(runners.fleet, runners.audit.month(workspace.now), repository, author, money):
        raise UserError(why)
    approval, asking = runners.fleet.approval, {each.asked.comment for each in experiments}
    free = approval is None or money <= 0 or approves(workspace) or money + unasked(workspace, asking) <= approval.above
    return tuple(replace(each, asked=replace(each.asked, cost=0.0 if free else money)) for each in experiments)


def _begun(workspace: Workspace, experiments: Sequence[Experiment]) -> None:
    """Raise UserError where too many runs of the repository would wait, train or be unreported.

    Runs that this request started itself, when the job runs again, do not count twice.
    """
    own = {run_id(each, number) for number, each in enumerate(experiments)}
    runs = len(experiments) + workspace.ports.store.unfinished(workspace.repository, own) if experiments else 0
    if runs > RUNS:
        requests = f"{workspace.repository.host.request}s"
        raise UserError(
            f"One repository may have {RUNS:,} runs that wait, train or are not yet reported, in all its {requests} "
            f"together, and with {len(experiments):,} more it would be {runs:,}. Ask for fewer, or make room first: "
            "`/queue` shows what waits here, `/remove --queue` takes it out, and `/cancel NAME` ends a run or a sweep."
        )


def _check_length(experiments: Sequence[Experiment]) -> None:
    """Raise UserError where one of the experiments is too long."""
    longest = max(experiments, key=lambda each: each.weight, default=None)
    if longest is None or longest.weight <= LONGEST:
        return
    texts = {path: len(text.encode("utf-8", "replace")) for path, text in longest.change.edits.items()}
    largest = sorted(texts, key=lambda path: texts[path], reverse=True)[:3]
    where = ", ".join(f"{quoted(path)} {texts[path] / 1000:,.0f} KB" for path in largest)
    raise UserError(
        f"An experiment may have {LONGEST / 1000:,.0f} KB, and {quoted(longest.name)} would have "
        f"{longest.weight / 1000:,.0f} KB: what was typed, and the whole text of each parameter file that it changes"
        f"{f' ({where})' if where else ''}. Change fewer files at once, or move long values that nobody sets into a "
        "file that is no parameter file."
    )


def _remembered(workspace: Workspace, experiments: Sequence[Experiment]) -> None:
    """Raise UserError where the repository's experiments would take too much of the shared memory.

    Runs that this request started itself, when the job runs again, do not count twice.
    """
    own = {run_id(each, number) for number, each in enumerate(experiments)}
    more = sum(each.weight for each in experiments)
    weight = more + workspace.ports.store.weight(workspace.repository, own) if experiments else 0
    if weight > MEMORY:
        raise UserError(
            f"The bot remembers {MEMORY // 1_000_000} MB of experiments of one repository, and with these "
            f"{len(experiments)} it would be {weight / 1e6:,.0f} MB: each has the whole text of the parameter files "
            "that it changes, until a week after it ended. Ask for fewer, take others out with `/remove --queue`, or "
            "move long values that nobody sets into a file that is no parameter file."
        )


def kept(workspace: Workspace, experiments: Sequence[Experiment]) -> None:
    """Raise UserError where the repository's runs left so many files that nothing of another one would be kept."""
    if experiments and (held := workspace.ports.files.held(workspace.repository)) > RUN_FILES:
        raise UserError(
            f"The bot keeps {RUN_FILES // MB:,} MB of what runs of one repository sent to it, and {held // MB:,} MB "
            "are here. Checkpoints and results go a week after their run ended, and logs with what is known of it. "
            "`/remove NAME` takes the checkpoints of an experiment away now."
        )


def files_are_full(files: ReadFiles, repository: Repository) -> bool:
    """Return whether nothing would be kept of another run of a repository, so that none begins."""
    return files.held(repository) > RUN_FILES


def is_full(store: Store, repository: Repository) -> bool:
    """Return whether the experiments of a repository take more memory than they may."""
    return store.weight(repository, ()) > MEMORY


def unasked(workspace: Workspace, asking: Set[int]) -> float:
    """Return the cost of this person's runs of the last day, in all repositories: what they spent or may still spend.

    Runs that were approved or wait for approval do not count, nor do those of the requests `asking` (their ids), which
    a job that runs again started itself.
    """
    ports, day, author = workspace.ports, workspace.now - DAY, workspace.person.lower()
    known = [entry for entry in ports.runners.audit.month(workspace.now) if entry.person.lower() == author]
    known += [entry for entry in ports.runners.audit.month(day) if entry.person.lower() == author]
    machines = {entry.machine: entry for entry in known if entry.at >= day}  # the end of one, where it has ended
    runs = {run.id: run for run in ports.store.asked_by(author)}
    launched = {entry.run for entry in machines.values()}
    runs |= {run_id: run for run_id in launched - runs.keys() if (run := ports.store.get(run_id))}
    asked = {run_id for run_id, run in runs.items() if run.decisions.approved_by or run.state is RunState.ASKING}
    own = {run_id for run_id, run in runs.items() if run.experiment.asked.comment in asking}
    waiting = [run for run_id, run in runs.items() if run_id not in launched and run_id not in asked | own]
    spent = sum(entry.money for entry in machines.values() if entry.run not in asked | own)
    return spent + sum(worst_cost(run.experiment.execution.place, run.experiment.execution.timeout) for run in waiting)


def approves(workspace: Workspace) -> bool:
    """Return whether the operator named the person who asks among those who may approve."""
    approval = workspace.ports.runners.fleet.approval
    return approval is not None and workspace.person.lower() in {each.lower() for each in approval.by}


def bounded(error: OutOfBounds) -> UserError:
    """Return an exceeded bound as an error to show in the pull request."""
    more = "`/runners` shows what this repository may use, and its bounds."
    return UserError("\n\n".join([*error.sentences, more]))


def budgets(workspace: Workspace) -> tuple[tuple[str, float, Account], ...]:
    """Return the budgets of repository and person: whose, the monthly bound (0: none), and this month's use."""
    fleet, author = workspace.ports.runners.fleet, workspace.person
    name, known = workspace.repository.full_name, workspace.ports.runners.audit.month(workspace.now)
    return (
        (name, fleet.repositories.of(name), account(known, repository=name)),
        (f"@{author}", fleet.people.of(author), account(known, person=author)),
    )
