"""Answer agents: carry their runs on, and give them what they need or the reason why not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from bot.effects.budget_check import is_full
from bot.effects.renames import follow
from bot.errors import Forbidden, NotFound
from bot.ports import Ports
from bot.ports.reading import ReadingPorts
from bot.remotes import remote_at, remote_for
from bot.specification import secrets_of, specification
from experiments.fleet.indexes import index_for
from experiments.limits import LIMITS, fitting
from experiments.parts.outcome import Environment
from experiments.provenance import Provenance
from experiments.run import Beat, Done, Ended, Observation, Phase, Run, observe, renting
from experiments.run_state import RunState
from experiments.sweep import THROTTLE
from handlers.checks.submodules import NONE, given, pack
from handlers.lookup.checkpoint import resumed

STATES = {"preparing": RunState.PREPARING, "training": RunState.TRAINING, "uploading": RunState.UPLOADING}
LEAST = 500  # characters kept of the reason of a failure where there is no room for more
SOON = 5.0  # seconds until the overview shows a new state; changes in between are combined


class Refused(Exception):
    """An agent does not get what it asks for. `over`: its run has ended, so it will get nothing any more."""

    def __init__(self, why: str, over: bool = False) -> None:
        super().__init__(why)
        self.over = over


def is_over(run: Run) -> bool:
    """Return whether nobody listens to the run's agent any more."""
    return run.state.ended or run.state is RunState.FINISHING


def boot(ports: Ports, run_id: str, attempt: int, key_sha256: str, now: float) -> None:
    """Register the key of a launched machine's agent, by its hash, in exchange for the one-use token.

    So the machine's script is worth nothing to later readers. The same key again is accepted, for an answer may be
    lost. Raise Refused where the token was used with another key, or is for another attempt.
    """

    def taken(seen: Run) -> Run:
        rent = seen.rented
        if not rent or rent.attempt != attempt or not seen.awaits(rent):
            return seen
        there = renting(seen, replace(rent, booted=True, began=rent.began or now))
        return replace(there, attempt=replace(there.attempt, token_hash=key_sha256, heartbeat=now, waits=""))

    run = ports.store.update(run_id, taken)
    if run.attempt.number != attempt or run.attempt.token_hash != key_sha256:
        raise Refused("this token was used before, or is for another attempt")


def claim(
    ports: Ports, run: Run, dvc_version: str, login: Callable[[], str], clock: Callable[[], float]
) -> Mapping[str, Any]:
    """Return the specification of a run for its agent; the run is in preparation from now on.

    Raise Refused where it was claimed already or can't be trained.
    """
    if run.state not in (
        RunState.QUEUED,
        RunState.PREPARING,
    ):  # the answer may have been lost: claiming again is allowed
        raise Refused("claimed already")
    before = run
    try:
        run, _ = follow(ports, run)
        experiment = run.experiment
        project, declared = experiment.project, experiment.execution.declared
        snapshot = ports.snapshots.take(experiment.repository, experiment.baseline, project, declared)
        token = ports.host.read_token(experiment.repository)
        modules, missing = given(ports, experiment, snapshot, waits=False) if not run.fetch else (NONE, ())
    except (NotFound, Forbidden) as error:
        host = run.experiment.repository.host
        _end(ports, before, f"{host.title} no longer lets this App read the repository: {error}", clock())
        raise Refused("the repository can't be read", over=True) from error
    if missing:
        _end(ports, before, " ".join(each.sentence for each in missing), clock())
        raise Refused("it can't be trained without what its asker may not read", over=True)
    run = _heard(ports, before, Phase(RunState.PREPARING), clock())
    _show(ports, before, run)
    _, newest = resumed(ports, run)
    runners = ports.runners
    runner = runners.fleet.runners.get(experiment.execution.place.runner)
    secrets = {} if run.fetch else secrets_of(runner, runners.secrets)  # a fetch runs no code of the project
    remote = remote_for(runners.fleet, runners.secrets, runners.plugins, run, snapshot, remote_at(ports.git, run))
    index = index_for(runners.fleet.indexes, runners.secrets, experiment.repository.full_name)
    return specification(
        run, snapshot, token, dvc_version, login(), clock(), newest, secrets, remote, modules.described, index
    )


def beat(ports: Ports, run: Run, stage: str, training: int, now: float) -> Run:
    """Record an agent's heartbeat and state. Return the run. `training`: bytes of the log before training began.

    Raise Refused where another attempt has begun.
    """
    state = STATES.get(stage)
    heard = _heard(ports, run, Phase(state, training) if state else Beat(), now)
    _show(ports, run, heard)
    return heard


def done(ports: Ports, run: Run, report: Done, now: float) -> None:
    """Record that an agent has ended. Finish the run, or queue it again to go on from its checkpoint.

    Raise Refused where another attempt has begun.
    """
    seen = _shortened(report)
    if is_full(ports.store, run.experiment.repository):  # many runs started while they were small
        unknown = Provenance() if seen.provenance else None
        seen = replace(seen, reason=seen.reason[:LEAST], environment=Environment(), provenance=unknown)
    heard = _heard(ports, run, seen, now)
    if heard.state is RunState.QUEUED:
        ports.queue.train(heard)
        _show(ports, run, heard)
    else:
        ports.queue.finish(heard)


def submodule(ports: ReadingPorts, run: Run, number: int) -> BinaryIO | None:
    """Return a submodule's files as a Git pack; None where the run's author may not read it by now.

    Raise Refused unless the run is in preparation.
    """
    if run.state is not RunState.PREPARING:
        raise Refused("only what is prepared gets submodules")
    experiment = run.experiment
    snapshot = ports.snapshots.take(
        experiment.repository, experiment.baseline, experiment.project, experiment.execution.declared
    )
    return pack(ports, experiment, snapshot, number)


def _shortened(report: Done) -> Done:
    """Return what an agent said at its end, cut to the limits of what is remembered."""
    found, line = report.environment, LIMITS.line
    packages = fitting([each[:line] for each in found.packages[: LIMITS.packages]], LIMITS.installed)
    environment = Environment(found.python[:line], found.dvc[:line], packages, found.machine[:line])
    return replace(report, reason=report.reason[: LIMITS.reason], environment=environment)


def _heard(ports: Ports, asked: Run, observation: Observation, now: float) -> Run:
    """Store an observation of the attempt that was at work when the agent asked, and return the run.

    Answering may take longer than the clock waits for a sign of life. Raise Refused where it has begun another attempt
    meanwhile: that one is left as it is.
    """
    own = True

    def seen(run: Run) -> Run:
        nonlocal own
        present, its = run.attempt, asked.attempt
        own = (present.number, present.token_hash) == (its.number, its.token_hash)
        return observe(run, observation, now) if own else run

    run = ports.store.update(asked.id, seen)
    if not own:
        raise Refused("another attempt of this run has begun", over=True)
    return run


def _end(ports: Ports, run: Run, why: str, now: float) -> None:
    ports.queue.finish(_heard(ports, run, Ended(RunState.FAILED, why), now))


def _show(ports: Ports, before: Run, run: Run) -> None:
    """Ask for updates of what shows a run: its check run, and the overview or the sweep's table for a new state."""
    experiment, changed = run.experiment, run.state is not before.state
    if experiment.sweep.name:
        if changed:
            ports.queue.show(experiment.pull_ref, experiment.sweep.name, after=THROTTLE)
        return
    ports.queue.announce(run)
    if changed and not run.fetch:
        ports.queue.refresh(experiment.pull_ref, after=SOON)
