"""What only the DVC remote has of a commit: an agent brings it, once, and trains nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.context import Context
from bot.ports import Permission, Ports, Pull
from experiments.declared import Declared
from experiments.experiment import Experiment, Repository
from experiments.place import Kind, Place
from experiments.projects import rooted
from experiments.run import Ended, Run, State, observe
from experiments.snapshot import Snapshot
from reports import replies

TIMEOUT = 1800  # seconds
CONFIG = ".dvc/config"  # of a project


def fetching(
    ports: Ports, repository: Repository, pull: Pull, snapshot: Snapshot, declared: Declared, now: float
) -> bool:
    """Send for the metrics and plots of a project at a commit that Git does not hold; whether an agent is on its way.

    Once for each, whatever comes of it: the report says what was not fetched.
    """
    place = _place(ports, repository.full_name)
    if pull.fork or not snapshot.unfetched or place is None:
        return False
    if b"remote" not in (ports.git.read(repository, snapshot.sha, rooted(snapshot.project, CONFIG)) or b""):
        return False
    fetched_once = f"{repository.id}/fetch/{snapshot.sha}/{snapshot.project}"
    run = Run(
        id=hashlib.sha256(fetched_once.encode()).hexdigest()[:16],
        experiment=Experiment(
            repository=repository,
            pull=pull.number,
            baseline=snapshot.sha,
            branch=pull.branch,
            base_branch=pull.base_branch,
            name=f"fetch-{snapshot.sha[:7]}",
            author="",
            comment=0,
            temp=True,
            timeout=TIMEOUT,
            place=place,
            project=snapshot.project,
            declared=declared,
        ),
        created=now,
        fetch=True,
    )
    if ports.store.create(run):
        ports.queue.train(run)
    known = ports.store.get(run.id)
    return known is not None and not known.state.ended


def _place(ports: Ports, full_name: str) -> Place | None:
    """A machine that is there: none is launched, for money, where nobody asked for anything."""
    for name, runner in ports.runners.fleet.runners.items():
        if not (runner.type.queued and runner.serves(full_name)):
            continue
        if runner.type is not Kind.LOCAL or not ports.runner.admit(full_name):
            return Place(name, runner.type)
    return None


@dataclass(frozen=True)
class Fetch:
    """Sends for what only the DVC remote has of commits that somebody asked about."""

    repository: Repository
    pull: Pull
    snapshots: tuple[Snapshot, ...]
    declared: Declared

    def do(self, ports: Ports, now: float) -> str:
        """Once for each, whoever asks how often."""
        sent = [fetching(ports, self.repository, self.pull, each, self.declared, now) for each in self.snapshots]
        return replies.being_fetched() if any(sent) else ""


def asked_for(context: Context, snapshots: Sequence[Snapshot], declared: Declared) -> tuple[Fetch, ...]:
    """Only for who may have something run here: a runner of the repository is busy with it."""
    missing = tuple(each for each in snapshots if each.unfetched)
    allowed = context.permission >= Permission.WRITE
    return (Fetch(context.repository, context.pull, missing, declared),) if missing and allowed else ()


def fetched(ports: Ports, run: Run, now: float) -> None:
    """The agent is through: keep with the snapshot what it brought, and show it."""
    if run.state is State.FINISHING:
        brought = ports.files.path(run, "baseline.tar")
        if brought.exists():
            experiment = run.experiment
            project, declared = experiment.project, experiment.declared
            ports.snapshots.take(experiment.repository, experiment.baseline, project, declared, brought)
        ports.store.update(run.id, lambda seen: observe(seen, Ended(State.SUCCEEDED), now))
    ports.queue.refresh(run.experiment.repository, run.experiment.pull)
