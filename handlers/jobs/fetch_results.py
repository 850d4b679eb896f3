"""Fetch what only the DVC remote has of a commit: an agent brings it, without training.

A failed fetch is tried again: by the clock, after a longer time each time, and at once when somebody asks.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.errors import NotFound
from bot.ports import Ports
from bot.ports.git_host import Permission, PullRequest
from bot.ports.reading import ReadingPorts
from bot.remotes import CONFIG
from bot.workspace import Workspace
from experiments.data.addresses import default_remote
from experiments.data.fetching import Fetching, anew, due, waits
from experiments.experiment import Experiment, Repository
from experiments.parts.execution import Execution
from experiments.parts.landing_plan import LandingPlan
from experiments.placement import EngineKind, Placement
from experiments.projects import rooted
from experiments.run import Ended, Run, observe
from experiments.run_state import RunState
from experiments.settings.declared import Declared
from experiments.snapshot import Snapshot
from experiments.wording import opening
from reports.messages import fetching as fetching_messages

TIMEOUT = 1800  # seconds of one fetch


def fetching(
    ports: Ports,
    repository: Repository,
    pull: PullRequest,
    snapshot: Snapshot,
    declared: Declared,
    now: float,
    asked: bool = False,
) -> Fetching:
    """Start to fetch a project's metrics and plots at a commit that Git does not hold. Return how that stands.

    There is one try at a time, whoever asks. `asked`: whether somebody asks who may have something run. Then the next
    try after a failed one begins at once, else when it is due.
    """
    if not snapshot.unfetched:
        return Fetching()
    place = _place(ports, repository.full_name)
    why = obstacle(ports, repository, pull, snapshot)
    if why or place is None:
        return Fetching(obstacle=why)
    run = Run(
        id=_id(repository, snapshot),
        experiment=Experiment(
            repository=repository,
            pull=pull.number,
            baseline=snapshot.sha,
            name=f"fetch-{snapshot.sha[:7]}",
            landing=LandingPlan(pull.branch, pull.base_branch, temp=True),
            project=snapshot.project,
            execution=Execution(timeout=TIMEOUT, place=place, declared=declared),
        ),
        created=now,
        fetch=True,
    )
    if ports.store.create(run):
        ports.queue.train(run)
        return Fetching(under_way=True)
    known = ports.store.get(run.id) or run
    if known.state.ended and (asked or due(known) <= now):
        known = _once_more(ports, known)
    if known.state.ended:
        return Fetching(cause=known.outcome.reason, again=due(known))
    return Fetching(under_way=True, cause=known.outcome.reason)


def obstacle(ports: ReadingPorts, repository: Repository, pull: PullRequest, snapshot: Snapshot) -> str:
    """Return why it can't be fetched, as the end of a sentence; empty where it can."""
    if pull.fork:
        return fetching_messages.fork()
    if snapshot.prerequisites.refused:
        return fetching_messages.refused()
    if not default_remote(_config(ports, repository, snapshot))[1]:
        return fetching_messages.no_remote()
    return "" if _place(ports, repository.full_name) else fetching_messages.no_runner()


def _config(ports: ReadingPorts, repository: Repository, snapshot: Snapshot) -> str:
    found = ports.git.read(repository, snapshot.sha, rooted(snapshot.project, CONFIG))
    return (found or b"").decode(errors="replace")


def _once_more(ports: Ports, run: Run) -> Run:
    """Begin the next try of a fetch that has ended, unless another process did. Return its run."""
    begun = ports.store.update(run.id, anew)
    ports.queue.train(begun)
    return begun


def again(ports: Ports, run_id: str) -> None:
    """Try a failed fetch again when the clock finds it due. Cancel it where the pull request is over."""
    run = ports.store.relist(run_id)  # the clock may have found it by an outline that nobody has kept up
    if run is None or not waits(run):
        return
    experiment = run.experiment
    try:
        pull = ports.host.pull(experiment.pull_ref)
    except NotFound:
        pull = None
    if pull is None or pull.state != "open" or _place(ports, experiment.repository.full_name) is None:
        ports.store.update(run_id, lambda seen: replace(seen, state=RunState.CANCELLED) if waits(seen) else seen)
        return
    _once_more(ports, run)
    ports.queue.refresh(experiment.pull_ref)


def _place(ports: ReadingPorts, full_name: str) -> Placement | None:
    """Return a runner that has a machine already and that everybody may use; None without one.

    A fetch that nobody asked for launches no machine for money.
    """
    for name, runner in ports.runners.fleet.runners.items():
        if not (runner.type.queued and runner.serves(full_name)) or runner.people:
            continue
        if runner.type is not EngineKind.LOCAL or not ports.runner.admit(full_name):
            return Placement(name, runner.type)
    return None


@dataclass(frozen=True)
class Fetch:
    """Fetches what only the DVC remote has of commits that somebody asked about."""

    repository: Repository
    pull: PullRequest
    snapshots: tuple[Snapshot, ...]
    declared: Declared

    def do(self, ports: Ports, now: float) -> str:
        """Fetch at once, also after failed tries. Return the reply."""
        repository, pull, declared = self.repository, self.pull, self.declared
        return fetching_messages.asked(
            [fetching(ports, repository, pull, each, declared, now, asked=True) for each in self.snapshots]
        )


def asked_for(workspace: Workspace, snapshots: Sequence[Snapshot], declared: Declared) -> tuple[Fetch, ...]:
    """Return the act that fetches what these snapshots lack; none for who may not, since it occupies a runner."""
    missing = tuple(each for each in snapshots if each.unfetched)
    return (Fetch(workspace.repository, workspace.pull, missing, declared),) if missing and may_ask(workspace) else ()


def may_ask(workspace: Workspace) -> bool:
    """Return whether the person who asks may have something fetched."""
    return workspace.permission >= Permission.WRITE


def notes(workspace: Workspace, snapshots: Sequence[Snapshot]) -> list[str]:
    """Return notes on why what these snapshots lack is not fetched; none where it is."""
    missing = [each for each in snapshots if each.unfetched]
    why = dict.fromkeys(obstacle(workspace.ports, workspace.repository, workspace.pull, each) for each in missing)
    sentences = [fetching_messages.note(Fetching(obstacle=each), "these") for each in why if each]
    return sentences + ([fetching_messages.may_not()] if "" in why and not may_ask(workspace) else [])


def why_not(workspace: Workspace, snapshot: Snapshot) -> str:
    """Return a sentence on why the person who asks can't have it fetched; empty where that works."""
    why = obstacle(workspace.ports, workspace.repository, workspace.pull, snapshot)
    return opening(why) if why else "" if may_ask(workspace) else fetching_messages.may_not()


def failed(workspace: Workspace, declared: Declared, project: str) -> tuple[Fetch, ...]:
    """Return the act that fetches again what failed fetches for head and merge base did not bring."""
    ports, repository, pull = workspace.ports, workspace.repository, workspace.pull
    ports.git.fetch_pull(pull)
    base = ports.git.merge_base(repository, pull.base, pull.head)
    sides = [
        ports.snapshots.take(repository, sha, project, declared) for sha in dict.fromkeys([pull.head, base]) if sha
    ]
    tried = [each for each in sides if each.unfetched and _tried(ports, repository, each)]
    return (Fetch(repository, pull, tuple(tried), declared),) if tried else ()


def _tried(ports: ReadingPorts, repository: Repository, snapshot: Snapshot) -> bool:
    run = ports.store.get(_id(repository, snapshot))
    return run is not None and run.state.ended


def _id(repository: Repository, snapshot: Snapshot) -> str:
    """Return the id of a fetch, the same for the same project at the same commit."""
    one = f"{repository.id}/fetch/{snapshot.sha}/{snapshot.project}"
    return hashlib.sha256(one.encode()).hexdigest()[:16]


def fetched(ports: Ports, run: Run, now: float) -> None:
    """Store what an agent fetched with the snapshot, and show it. What is still missing will be fetched again."""
    experiment = run.experiment
    project, declared = experiment.project, experiment.execution.declared
    brought, missing = ports.files.path(run, "baseline.tar"), None
    if brought.exists() and run.state is not RunState.SUCCEEDED:
        after = ports.snapshots.take(experiment.repository, experiment.baseline, project, declared, brought)
        missing = after.unfetched
    if run.state is RunState.FINISHING:
        incomplete = fetching_messages.incomplete(missing or ())
        ended = Ended(RunState.SUCCEEDED) if missing == () else Ended(RunState.FAILED, incomplete)
        ports.store.update(run.id, lambda seen: observe(seen, ended, now))
    elif missing == () and waits(run):

        def well(seen: Run) -> Run:
            return replace(seen, state=RunState.SUCCEEDED, outcome=replace(seen.outcome, reason=""))

        ports.store.update(run.id, well)
    ports.queue.refresh(experiment.pull_ref)
