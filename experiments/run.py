"""One execution of an experiment on a runner: a state machine that observations move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from experiments.data.delivered import Delivered, counted
from experiments.experiment import Experiment
from experiments.parts.change import Override
from experiments.placement import Lease
from experiments.provenance import Provenance
from experiments.run_state import ACTIVE, RunState

ATTEMPTS = 3  # most attempts of one run


@dataclass(frozen=True)
class Environment:
    """The environment of training, as the agent found it."""

    python: str = ""
    dvc: str = ""
    packages: tuple[str, ...] = ()  # lines of `pip freeze`
    machine: str = ""  # `Linux x86_64, 2 cores, 23 GiB, no GPU`


@dataclass(frozen=True)
class Checkpoint:
    """A copy of the outputs of a run while it trains, from which it can go on."""

    number: int  # counted from 1 in its run
    at: float  # when it was kept, in seconds since the epoch
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Run:
    """One execution. Every step reads it first and does nothing where it is done, since a step may happen twice."""

    id: str
    experiment: Experiment
    created: float  # seconds since the epoch, as all times here
    fetch: bool = False  # it does not train: it fetches what only the DVC remote has of its baseline, or pushes data
    attempt: int = 1
    state: RunState = RunState.QUEUED
    token_hash: str = ""  # SHA-256 of the token of the attempt, in hex
    started: float | None = None  # when training began
    trained: float | None = None  # when the script ended
    ended: float | None = None
    heartbeat: float | None = None
    exit_code: int | None = None
    reason: str = ""  # why it did not succeed: a sentence
    environment: Environment = Environment()
    commit: str = ""  # SHA of the experiment's commit, once verified
    landed: bool = False  # the branch was fast-forwarded to it
    head: str = ""  # SHA it landed as: not `commit` where the host signed it, or it was applied to a newer head
    not_landed: str = ""  # why it did not land: a sentence
    unfit: str = ""  # why its commit may go onto no branch, not even a new one: sentences
    undone: bool = False  # it landed, and `/undo` took it off the branch again
    opened: int = 0  # number of the pull request that was made for it
    removed: bool = False  # somebody had its ref deleted
    checkpoints: tuple[Checkpoint, ...] = ()  # those that are kept, the newest last
    machines: tuple[Lease, ...] = ()  # those that were launched for it, the newest last
    interruptions: tuple[str, ...] = ()  # why attempts ended early: a sentence for each
    waits: str = ""  # why there is no machine for it yet: a sentence
    approved_by: str = ""  # who approved its cost: login, and id of the comment
    checks: Mapping[str, int] = field(default_factory=dict)  # SHA -> check run id
    report: int = 0  # id of the comment with its report
    started_by: int = 0  # id of the comment that started it from the queue
    cancelled: int = 0  # id of the comment that cancelled it
    pressed: int = 0  # how many presses of buttons of its check run were answered
    unreported: bool = False  # the host no longer takes its report: the conversation is locked, or the App was removed
    provenance: Provenance | None = None  # None: the agent told nothing
    logged_before: int = 0  # bytes of the log before training's own lines; 0: training has not begun
    delivered: Delivered = field(default_factory=Delivered)  # how far its data is in the DVC remote
    pushes: str = ""  # with `fetch`: id of the run whose data is pushed again

    @property
    def rented(self) -> Lease | None:
        """The machine of the present attempt. None where none was launched for it."""
        return next((each for each in self.machines if each.attempt == self.attempt), None)

    def machine(self, name: str) -> Lease | None:
        """Return the machine of this name as it is known. None where there is none."""
        return next((each for each in self.machines if each.name == name), None)

    @property
    def unclaimed(self) -> bool:
        """Whether no agent has claimed it and one may."""
        return self.state is RunState.QUEUED and not self.token_hash

    def awaits(self, rent: Lease) -> bool:
        """Return whether this machine was launched for the present attempt and its agent has not claimed it yet."""
        return self.unclaimed and self.attempt == rent.attempt

    def hours(self, now: float) -> float:
        """Return the hours of all its machines. `now`: seconds since the epoch."""
        return sum(each.hours(now) for each in self.machines)

    def time_left(self, now: float) -> int:
        """Return the seconds that the present attempt may train. Where machines cost money, all attempts share the
        limit, so that they cost no more than was approved."""
        limit = self.experiment.execution.timeout
        if not self.experiment.execution.place.dearest:
            return limit
        earlier = sum(each.hours(now) for each in self.machines if each.attempt < self.attempt)
        return max(0, int(limit - 3600 * earlier))

    def cost(self, now: float) -> float:
        """Return the cost of all its machines, an estimate in the currency of the prices."""
        return sum(each.cost(now) for each in self.machines)

    @property
    def ignored(self) -> tuple[Override, ...]:
        """The overrides that change a value, where DVC skipped every stage and so none read them."""
        idle = self.provenance is not None and self.provenance.idle
        return tuple(each for each in self.experiment.change.overrides if each.value != each.before) if idle else ()

    @property
    def told(self) -> bool:
        """Whether there is nothing left to report, or no way to report it."""
        return bool(self.report or self.unreported or self.fetch)

    @property
    def commits(self) -> tuple[str, ...]:
        """SHAs of the commits that show it: the one it was asked for at, and the one it landed as."""
        return tuple(filter(None, (self.experiment.shown_at, self.landed_as)))

    @property
    def in_git(self) -> bool:
        """Whether the host has its commit, as an experiment or on a branch."""
        return bool(self.commit) and (self.landed or bool(self.opened) or not self.removed)

    @property
    def keeps_objects(self) -> bool:
        """Whether its runner keeps what it made after it ends. A machine that was launched for it is gone."""
        return self.experiment.execution.place.kind.queued

    @property
    def push_due(self) -> float | None:
        """When its data is pushed again, in seconds since the epoch. None where that is not needed or can't help."""
        wanted = self.state is RunState.SUCCEEDED and self.in_git and self.keeps_objects
        return self.delivered.due if wanted else None

    @property
    def landed_as(self) -> str:
        """SHA of its commit on the branch. Empty where it did not land."""
        return (self.head or self.commit) if self.landed else ""


def latest(runs: Sequence[Run]) -> Sequence[Run]:
    """Return every experiment's newest run, newest first. `runs` are oldest first. A retry replaces what it repeats."""
    found: dict[str, Run] = {}
    for run in reversed(runs):
        found.setdefault(run.experiment.name, run)
    return list(found.values())


@dataclass(frozen=True)
class QueueMove:
    """An observation: the bot moves the run in its pull request's queue, forward or back to being held."""

    state: RunState


@dataclass(frozen=True)
class Phase:
    """An observation: the agent tells its phase."""

    state: RunState
    logged_before: int = 0


@dataclass(frozen=True)
class Beat:
    """An observation: the agent sent a heartbeat."""


@dataclass(frozen=True)
class Done:
    """An observation: the agent is done, with the script's exit code, and a sentence where it failed."""

    exit_code: int | None
    reason: str = ""
    timed_out: bool = False
    environment: Environment = Environment()
    interrupted: bool = False  # its machine was taken away
    provenance: Provenance | None = None
    delivered: Delivered = field(default_factory=Delivered)


@dataclass(frozen=True)
class Ended:
    """An observation: the bot ends the run."""

    state: RunState
    reason: str = ""


Observation = QueueMove | Phase | Beat | Done | Ended


_MOVES = (
    (RunState.ASKING, RunState.HELD),
    (RunState.ASKING, RunState.WAITING),
    (RunState.ASKING, RunState.QUEUED),
    (RunState.HELD, RunState.WAITING),
    (RunState.WAITING, RunState.QUEUED),
    (RunState.WAITING, RunState.HELD),
    (RunState.QUEUED, RunState.HELD),  # as long as no runner has claimed it
)


def observe(run: Run, seen: Observation, now: float) -> Run:
    """Return the run after an observation. An ended run stays as it is, and no state goes back."""
    if run.state.ended:
        return run
    if isinstance(seen, QueueMove):
        return replace(run, state=seen.state) if (run.state, seen.state) in _MOVES and not run.token_hash else run
    run = replace(run, heartbeat=now)
    match seen:
        case Phase(state, before):
            run = replace(run, logged_before=run.logged_before or before)
            if state not in ACTIVE or ACTIVE.index(state) <= ACTIVE.index(run.state):
                return run
            started = now if state is RunState.TRAINING and run.started is None else run.started
            trained = now if state is RunState.UPLOADING and run.trained is None else run.trained
            return replace(run, state=state, started=started, trained=trained)
        case Done(interrupted=True, reason=reason):
            return _again(run, reason, now, RunState.INTERRUPTED)
        case Done(exit_code, reason, timed_out, environment):
            run = replace(run, exit_code=exit_code, reason=reason, environment=environment, trained=run.trained or now)
            run = replace(run, provenance=seen.provenance)
            if seen.delivered != Delivered():
                run = replace(run, delivered=counted(seen.delivered, Delivered(), now))
            if timed_out:
                return replace(run, state=RunState.TIMED_OUT, ended=now)
            if exit_code != 0:
                return replace(run, state=RunState.FAILED, ended=now)
            return replace(run, state=RunState.FINISHING)
        case Ended(state, reason):
            return replace(run, state=state, reason=reason or run.reason, ended=now)
        case Beat():
            return run


def renting(run: Run, rent: Lease) -> Run:
    """Return the run with what is known now of one of its machines."""
    if run.machine(rent.name) is None:
        return replace(run, machines=(*run.machines, rent))
    return replace(run, machines=tuple(rent if each.name == rent.name else each for each in run.machines))


def lost(run: Run, reason: str, now: float) -> Run:
    """Return the run after its runner, agent or machine was lost: queued for its next attempt, or ended after ATTEMPTS.
    A new attempt goes on from the newest checkpoint. Its new token locks out an agent that might still come back, so
    that two of them never train for long."""
    launched = not run.experiment.execution.place.kind.queued
    return _again(run, reason, now, RunState.INTERRUPTED if launched else RunState.VANISHED)


def _again(run: Run, reason: str, now: float, end: RunState) -> Run:
    """Return the run with a new attempt, unless it has had enough of them or its result is being verified."""
    begun = run.state in (RunState.PREPARING, RunState.TRAINING, RunState.UPLOADING)
    if not (begun or run.state is RunState.QUEUED) or run.attempt >= ATTEMPTS:
        return observe(run, Ended(end, reason), now)
    on = f" It went on from checkpoint {run.checkpoints[-1].number}." if run.checkpoints else ""
    anew = replace(run, state=RunState.QUEUED, attempt=run.attempt + 1, token_hash="", heartbeat=None, waits="")
    why = (*run.interruptions, f"{reason}{on}") if begun else run.interruptions
    # A report tells the time that the successful attempt took.
    return replace(anew, started=None, trained=None, interruptions=why, logged_before=0)
