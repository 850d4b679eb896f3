"""One execution of an experiment on a runner: a state machine that observations move."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from experiments.data.delivered import Delivered, counted
from experiments.experiment import Experiment
from experiments.parts.attempt import RunAttempt
from experiments.parts.change import Override
from experiments.parts.decisions import Decisions
from experiments.parts.outcome import Environment, RunOutcome
from experiments.parts.published import Published
from experiments.parts.result import RunResult
from experiments.placement import Lease
from experiments.provenance import Provenance
from experiments.run_state import ACTIVE, RunState

ATTEMPTS = 3  # most attempts of one run


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
    pushes: str = ""  # with `fetch`: id of the run whose data is pushed again
    state: RunState = RunState.QUEUED
    attempt: RunAttempt = field(default_factory=RunAttempt)  # the present one, or the last
    machines: tuple[Lease, ...] = ()  # those that were launched for it, the newest last
    checkpoints: tuple[Checkpoint, ...] = ()  # those that are kept, the newest last
    interruptions: tuple[str, ...] = ()  # why attempts ended early: a sentence for each
    outcome: RunOutcome = field(default_factory=RunOutcome)
    result: RunResult = field(default_factory=RunResult)
    published: Published = field(default_factory=Published)
    decisions: Decisions = field(default_factory=Decisions)

    @property
    def rented(self) -> Lease | None:
        """The machine of the present attempt. None where none was launched for it."""
        return next((each for each in self.machines if each.attempt == self.attempt.number), None)

    def machine(self, name: str) -> Lease | None:
        """Return the machine of this name as it is known. None where there is none."""
        return next((each for each in self.machines if each.name == name), None)

    @property
    def unclaimed(self) -> bool:
        """Whether no agent has claimed it and one may."""
        return self.state is RunState.QUEUED and not self.attempt.token_hash

    def awaits(self, rent: Lease) -> bool:
        """Return whether this machine was launched for the present attempt and its agent has not claimed it yet."""
        return self.unclaimed and self.attempt.number == rent.attempt

    def hours(self, now: float) -> float:
        """Return the hours of all its machines. `now`: seconds since the epoch."""
        return sum(each.hours(now) for each in self.machines)

    def time_left(self, now: float) -> int:
        """Return the seconds that the present attempt may train. Where machines cost money, all attempts share the
        limit, so that they cost no more than was approved."""
        limit = self.experiment.execution.timeout
        if not self.experiment.execution.place.dearest:
            return limit
        earlier = sum(each.hours(now) for each in self.machines if each.attempt < self.attempt.number)
        return max(0, int(limit - 3600 * earlier))

    def cost(self, now: float) -> float:
        """Return the cost of all its machines, an estimate in the currency of the prices."""
        return sum(each.cost(now) for each in self.machines)

    @property
    def ignored(self) -> tuple[Override, ...]:
        """The overrides that change a value, where DVC skipped every stage and so none read them."""
        provenance = self.outcome.provenance
        idle = provenance is not None and provenance.idle
        return tuple(each for each in self.experiment.change.overrides if each.value != each.before) if idle else ()

    @property
    def reported(self) -> bool:
        """Whether there is nothing left to report, or no way to report it."""
        return bool(self.published.report or self.published.unreported or self.fetch)

    @property
    def commits(self) -> tuple[str, ...]:
        """SHAs of the commits that show it: the one it was asked for at, and the one it landed as."""
        return tuple(filter(None, (self.experiment.shown_at, self.result.landed_as)))

    @property
    def keeps_objects(self) -> bool:
        """Whether its runner keeps what it made after it ends. A machine that was launched for it is gone."""
        return self.experiment.execution.place.kind.queued

    @property
    def push_due(self) -> float | None:
        """When its data is pushed again, in seconds since the epoch. None where that is not needed or can't help."""
        wanted = self.state is RunState.SUCCEEDED and self.result.in_git and self.keeps_objects
        return self.result.delivered.due if wanted else None


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
    environment: Environment = field(default_factory=Environment)
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
        may = (run.state, seen.state) in _MOVES and not run.attempt.token_hash
        return replace(run, state=seen.state) if may else run
    attempt = replace(run.attempt, heartbeat=now)
    match seen:
        case Phase(state, before):
            attempt = replace(attempt, logged_before=attempt.logged_before or before)
            if state not in ACTIVE or ACTIVE.index(state) <= ACTIVE.index(run.state):
                return replace(run, attempt=attempt)
            started = now if state is RunState.TRAINING and attempt.started is None else attempt.started
            trained = now if state is RunState.UPLOADING and attempt.trained is None else attempt.trained
            return replace(run, state=state, attempt=replace(attempt, started=started, trained=trained))
        case Done(interrupted=True, reason=reason):
            return _again(replace(run, attempt=attempt), reason, now, RunState.INTERRUPTED)
        case Done(exit_code, reason, timed_out, environment, provenance=provenance):
            run = replace(run, attempt=replace(attempt, trained=attempt.trained or now))
            outcome = RunOutcome(None, exit_code, reason, environment, provenance)
            if seen.delivered != Delivered():
                run = replace(run, result=replace(run.result, delivered=counted(seen.delivered, Delivered(), now)))
            if not timed_out and exit_code == 0:
                return replace(run, state=RunState.FINISHING, outcome=outcome)
            state = RunState.TIMED_OUT if timed_out else RunState.FAILED
            return replace(run, state=state, outcome=replace(outcome, ended=now))
        case Ended(state, reason):
            outcome = replace(run.outcome, ended=now, reason=reason or run.outcome.reason)
            return replace(run, state=state, attempt=attempt, outcome=outcome)
        case Beat():
            return replace(run, attempt=attempt)


def reported(run: Run, comment: int) -> Run:
    """Return the run with its report in this comment; 0: the host takes none."""
    return replace(run, published=replace(run.published, report=comment, unreported=not comment))


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
    if not (begun or run.state is RunState.QUEUED) or run.attempt.number >= ATTEMPTS:
        return observe(run, Ended(end, reason), now)
    on = f" It went on from checkpoint {run.checkpoints[-1].number}." if run.checkpoints else ""
    why = (*run.interruptions, f"{reason}{on}") if begun else run.interruptions
    # A report tells the time that the successful attempt took.
    return replace(run, state=RunState.QUEUED, attempt=RunAttempt(run.attempt.number + 1), interruptions=why)
