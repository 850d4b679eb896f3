"""One execution of an experiment on a runner: a state machine over what was observed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from experiments.data.delivered import Delivered, counted
from experiments.experiment import Experiment, Override
from experiments.placement import Rented
from experiments.provenance import Provenance


class State(StrEnum):
    """Where a run is. From QUEUED on it goes forward in this order; any state may jump to an end."""

    ASKING = "waiting for approval"  # by whom the operator names: it may cost more than goes without
    HELD = "in the queue"  # of its pull request, until `/start`
    WAITING = "waiting"  # started: its turn comes when fewer of its pull request train at once
    QUEUED = "queued"  # for a runner
    PREPARING = "preparing"  # claimed: clone, environment, data
    TRAINING = "training"
    UPLOADING = "uploading"  # the script ended well: outputs, bundle
    FINISHING = "finishing"  # the agent is done: verify, push, report
    SUCCEEDED = "succeeded"
    REUSED = "reused"  # DVC found nothing to do
    FAILED = "failed"  # the script, or something before it, ended badly
    REFUSED = "refused"  # it trained, and what came back may not be taken: other parameters, undeclared paths
    TIMED_OUT = "timed out"
    VANISHED = "vanished"  # its runner or agent was gone without a word, more often than it is begun again
    INTERRUPTED = "interrupted"  # its machine was taken away, more often than it is begun again
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self not in ACTIVE


RETRYABLE = (State.FAILED, State.REFUSED, State.TIMED_OUT, State.VANISHED, State.INTERRUPTED, State.CANCELLED)
ATTEMPTS = 3  # of one run
BEFORE = (State.ASKING, State.HELD, State.WAITING, State.QUEUED)  # no runner has it
ACTIVE = (*BEFORE, State.PREPARING, State.TRAINING, State.UPLOADING, State.FINISHING)


@dataclass(frozen=True)
class Environment:
    """What it trained with, as the agent found it."""

    python: str = ""
    dvc: str = ""
    packages: tuple[str, ...] = ()  # `pip freeze` lines
    machine: str = ""  # `Linux x86_64, 2 cores, 23 GiB, no GPU`


@dataclass(frozen=True)
class Checkpoint:
    """A copy of what a run had learned so far."""

    number: int  # of its run, from 1
    at: float  # when it was kept
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Run:
    """One execution; everything that may happen twice reads it first and does nothing when its step is done."""

    id: str
    experiment: Experiment
    created: float  # seconds since the epoch, as all times here
    fetch: bool = False  # trains nothing: brings what only the DVC remote has of its baseline, or pushes it there
    attempt: int = 1
    state: State = State.QUEUED
    token_hash: str = ""  # sha256 hex of the attempt's token
    started: float | None = None  # training began
    trained: float | None = None  # the script ended
    ended: float | None = None
    heartbeat: float | None = None
    exit_code: int | None = None
    reason: str = ""  # one sentence for the reader when it did not succeed
    environment: Environment = Environment()
    commit: str = ""  # SHA of the experiment's commit, once verified
    landed: bool = False  # the branch was fast-forwarded to it
    head: str = ""  # SHA it landed as: another one where it was signed by the host, or applied to a newer head
    not_landed: str = ""  # why not, one sentence
    unfit: str = ""  # why no branch may get its commit, neither this one nor a new one: sentences
    undone: bool = False  # it landed, and `/undo` took it off the branch again
    opened: int = 0  # number of the pull request that was made for it
    removed: bool = False  # its ref was deleted, as somebody asked
    checkpoints: tuple[Checkpoint, ...] = ()  # that are kept, the newest last
    machines: tuple[Rented, ...] = ()  # that were launched for it, the newest last
    interruptions: tuple[str, ...] = ()  # why an attempt ended before it was through, a sentence each
    waits: str = ""  # why there is no machine for it yet, a sentence
    approved_by: str = ""  # who let it cost what it may cost: login, and id of the comment
    checks: Mapping[str, int] = field(default_factory=dict)  # SHA -> check run id
    report: int = 0  # id of the report's comment
    started_by: int = 0  # id of the comment that took it out of the queue to train
    cancelled: int = 0  # id of the comment that cancelled it
    pressed: int = 0  # how often a button of its check run was pressed and answered
    unreported: bool = False  # the host takes no report of it any more: the conversation is locked, the App is gone
    provenance: Provenance | None = None  # what was executed, restored and skipped; None: nobody told
    logged_before: int = 0  # bytes of its log that came before training's own lines; 0: training has not begun
    delivered: Delivered = field(default_factory=Delivered)  # how far its data is in the DVC remote
    pushes: str = ""  # with `fetch`: id of the run whose data it pushes once more

    @property
    def rented(self) -> Rented | None:
        """The machine of this attempt, where one was launched for it."""
        return next((each for each in self.machines if each.attempt == self.attempt), None)

    def machine(self, name: str) -> Rented | None:
        """As it is known; None where there is none of this name."""
        return next((each for each in self.machines if each.name == name), None)

    @property
    def unclaimed(self) -> bool:
        """No agent has it, and one may take it."""
        return self.state is State.QUEUED and not self.token_hash

    def awaits(self, rent: Rented) -> bool:
        """Whether the present attempt is to be trained on this machine, and its agent has not come yet."""
        return self.unclaimed and self.attempt == rent.attempt

    def hours(self, now: float) -> float:
        """Of all machines that were launched for it."""
        return sum(each.hours(now) for each in self.machines)

    def time_left(self, now: float) -> int:
        """Seconds that its present attempt may train. Where machines cost something all attempts share the limit that
        was asked for, so that they cost no more than was approved of."""
        limit = self.experiment.timeout
        if not self.experiment.place.dearest:
            return limit
        earlier = sum(each.hours(now) for each in self.machines if each.attempt < self.attempt)
        return max(0, int(limit - 3600 * earlier))

    def cost(self, now: float) -> float:
        """Of them, an estimate in the currency of the prices."""
        return sum(each.cost(now) for each in self.machines)

    @property
    def ignored(self) -> tuple[Override, ...]:
        """Overrides that change something and that no stage read: DVC skipped all of them."""
        idle = self.provenance is not None and self.provenance.idle
        return tuple(each for each in self.experiment.overrides if each.value != each.before) if idle else ()

    @property
    def told(self) -> bool:
        """All that is to be said of it was said, or can't be."""
        return bool(self.report or self.unreported or self.fetch)

    @property
    def commits(self) -> tuple[str, ...]:
        """SHAs that show it: the one it was asked for at, and the one it landed as."""
        return tuple(filter(None, (self.experiment.shown_at, self.landed_as)))

    @property
    def in_git(self) -> bool:
        """Whether the host has its commit, as an experiment or on a branch."""
        return bool(self.commit) and (self.landed or bool(self.opened) or not self.removed)

    @property
    def keeps_objects(self) -> bool:
        """Whether its runner is there after it, with what it made; a machine that was launched for it is gone."""
        return self.experiment.place.kind.queued

    @property
    def push_due(self) -> float | None:
        """When its data is pushed again by itself; None where nobody needs to, or nothing would come of it."""
        wanted = self.state is State.SUCCEEDED and self.in_git and self.keeps_objects
        return self.delivered.due if wanted else None

    @property
    def landed_as(self) -> str:
        """SHA on the branch; empty where it did not land."""
        return (self.head or self.commit) if self.landed else ""


def latest(runs: Sequence[Run]) -> Sequence[Run]:
    """Of every experiment the newest run, newest first; `runs` are oldest first. A retry replaces what it repeats."""
    found: dict[str, Run] = {}
    for run in reversed(runs):
        found.setdefault(run.experiment.name, run)
    return list(found.values())


@dataclass(frozen=True)
class Moved:
    """The bot moves it in the queue of its pull request: on, or back until somebody starts it again."""

    state: State


@dataclass(frozen=True)
class Phase:
    """The agent says where it is."""

    state: State
    logged_before: int = 0


@dataclass(frozen=True)
class Beat:
    """The agent lives."""


@dataclass(frozen=True)
class Done:
    """The agent is through: the script's exit code, and a sentence when it did not work."""

    exit_code: int | None
    reason: str = ""
    timed_out: bool = False
    environment: Environment = Environment()
    interrupted: bool = False  # its machine was taken away
    provenance: Provenance | None = None
    delivered: Delivered = field(default_factory=Delivered)


@dataclass(frozen=True)
class Ended:
    """The bot closes the run."""

    state: State
    reason: str = ""


Observation = Moved | Phase | Beat | Done | Ended


_MOVES = (
    (State.ASKING, State.HELD),
    (State.ASKING, State.WAITING),
    (State.ASKING, State.QUEUED),
    (State.HELD, State.WAITING),
    (State.WAITING, State.QUEUED),
    (State.WAITING, State.HELD),
    (State.QUEUED, State.HELD),  # as long as no runner has claimed it
)


def observe(run: Run, seen: Observation, now: float) -> Run:
    """The run after `seen`. An ended run stays as it is; a state never goes back."""
    if run.state.ended:
        return run
    if isinstance(seen, Moved):
        return replace(run, state=seen.state) if (run.state, seen.state) in _MOVES and not run.token_hash else run
    run = replace(run, heartbeat=now)
    match seen:
        case Phase(state, before):
            run = replace(run, logged_before=run.logged_before or before)
            if state not in ACTIVE or ACTIVE.index(state) <= ACTIVE.index(run.state):
                return run
            started = now if state is State.TRAINING and run.started is None else run.started
            trained = now if state is State.UPLOADING and run.trained is None else run.trained
            return replace(run, state=state, started=started, trained=trained)
        case Done(interrupted=True, reason=reason):
            return _again(run, reason, now, State.INTERRUPTED)
        case Done(exit_code, reason, timed_out, environment):
            run = replace(run, exit_code=exit_code, reason=reason, environment=environment, trained=run.trained or now)
            run = replace(run, provenance=seen.provenance)
            if seen.delivered != Delivered():
                run = replace(run, delivered=counted(seen.delivered, Delivered(), now))
            if timed_out:
                return replace(run, state=State.TIMED_OUT, ended=now)
            if exit_code != 0:
                return replace(run, state=State.FAILED, ended=now)
            return replace(run, state=State.FINISHING)
        case Ended(state, reason):
            return replace(run, state=state, reason=reason or run.reason, ended=now)
        case Beat():
            return run


def renting(run: Run, rent: Rented) -> Run:
    """The run with what is known now of one of its machines."""
    if run.machine(rent.name) is None:
        return replace(run, machines=(*run.machines, rent))
    return replace(run, machines=tuple(rent if each.name == rent.name else each for each in run.machines))


def lost(run: Run, reason: str, now: float) -> Run:
    """The run after its runner, agent or machine is gone: it begins again, from its newest checkpoint if one is kept.

    After ATTEMPTS of them it has ended. With the new attempt the token of an agent that might still come is worth
    nothing, so no two of them train for long."""
    launched = not run.experiment.place.kind.queued
    return _again(run, reason, now, State.INTERRUPTED if launched else State.VANISHED)


def _again(run: Run, reason: str, now: float, end: State) -> Run:
    """A new attempt, unless there were enough of them or the result is being looked at."""
    begun = run.state in (State.PREPARING, State.TRAINING, State.UPLOADING)
    if not (begun or run.state is State.QUEUED) or run.attempt >= ATTEMPTS:
        return observe(run, Ended(end, reason), now)
    on = f" It went on from checkpoint {run.checkpoints[-1].number}." if run.checkpoints else ""
    anew = replace(run, state=State.QUEUED, attempt=run.attempt + 1, token_hash="", heartbeat=None, waits="")
    why = (*run.interruptions, f"{reason}{on}") if begun else run.interruptions
    # What a report tells of the time it took is that of the attempt that came through.
    return replace(anew, started=None, trained=None, interruptions=why, logged_before=0)
