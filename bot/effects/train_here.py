"""Train one attempt of a run on the machine of the process that took it."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from bot.ports.queue import Queue
from bot.ports.runners import Trainer
from bot.ports.store import Store
from experiments.run import Ended, Run, lost, observe
from experiments.run_state import RunState

NO_MACHINE = 2  # exit code of an agent that can't train on its machine, where no other agent could either
UNFIT = (
    "This runner can't train: its agent ended before it began the run, and what it said is in the log of the runner's "
    "operator."
)


def train(
    store: Store, queue: Queue, runner: Trainer, run_id: str, attempt: int, token: str, clock: Callable[[], float]
) -> None:
    """Train an attempt until its agent has ended. `token`: the agent's own key.

    Doing it again does nothing, since only one process can take an attempt.
    """
    if store.relist(run_id) is None:  # the clock may have found it by an outline that nobody has kept up
        return
    hashed = hashlib.sha256(token.encode()).hexdigest()
    run = store.update(run_id, lambda seen: taken(seen, attempt, hashed, clock()))
    if run.attempt.token_hash != hashed:
        return  # it was cancelled, or another runner was faster
    repository = run.experiment.repository.full_name
    if why_not := runner.admit(repository):
        refused = Ended(RunState.FAILED, why_not)
        queue.finish(store.update(run_id, lambda seen: observe(seen, refused, clock())))
        return
    code: int | None = None
    try:
        code = runner.run(run_id, attempt, token, repository, run.experiment.execution.timeout)
    finally:
        run = store.update(run_id, lambda seen: left(seen, hashed, code, clock()))
        if run.attempt.number > attempt:
            queue.train(run)  # it starts again, from its checkpoint where there is one
            queue.announce(run)
        heard = code == 0 and run.state is not RunState.VANISHED
        if not heard and (run.state.ended or run.state is RunState.FINISHING):
            queue.finish(run)  # a killed web process may not have asked for it


def taken(run: Run, attempt: int, hashed: str, now: float) -> Run:
    """Return the run with the hash of its agent's key, where that attempt waits for an agent."""
    free = run.unclaimed and run.attempt.number == attempt
    return replace(run, attempt=replace(run.attempt, token_hash=hashed, heartbeat=now)) if free else run


def left(run: Run, hashed: str, code: int | None, now: float) -> Run:
    """Return the run after its agent left with this exit code; None: it could not be started.

    What the agent has reported counts more than that it left.
    """
    if run.attempt.token_hash != hashed or run.state is RunState.FINISHING:
        return run
    if code == NO_MACHINE:
        return observe(run, Ended(RunState.FAILED, UNFIT), now)
    started = f"Its agent ended with exit code {code} and said nothing more."
    return lost(run, "Its agent could not be started." if code is None else started, now)
