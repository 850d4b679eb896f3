"""The runner's door: trains what is queued for this machine. It knows Redis and the bot, and nothing of GitHub."""

import hashlib
import logging
import secrets
import sys
from dataclasses import replace
from time import time

from bot.settings import SettingsError
from experiments.run import Ended, Run, State, lost, observe
from services.redis.queue import queue_name
from services.redis.workers import LongWorker, work
from wiring import training

NO_MACHINE = 2  # exit code of an agent that can't train on its machine: another one could not, either
UNFIT = (
    "This runner can't train: its agent left before it began, and what it said is in the log of the runner's operator."
)


def train(run_id: str, attempt: int) -> None:
    """One attempt of a run, here on this machine, until its agent is through."""
    here = training()
    store = here.store
    if store.get(run_id) is None:
        return
    token = secrets.token_urlsafe(32)
    hashed = hashlib.sha256(token.encode()).hexdigest()
    said, code = "Its agent could not be started.", -1

    def take(run: Run) -> Run:
        free = run.unclaimed and run.attempt == attempt
        return replace(run, token_hash=hashed, heartbeat=time()) if free else run

    def leave(run: Run) -> Run:
        ours = run.token_hash == hashed and run.state is not State.FINISHING
        if not ours:
            return run
        return observe(run, Ended(State.FAILED, UNFIT), time()) if code == NO_MACHINE else lost(run, said, time())

    run = store.update(run_id, take)
    if run.token_hash != hashed:
        return  # it was cancelled, or another runner was faster
    repository = run.experiment.repository.full_name
    if why_not := here.runner.admit(repository):
        here.queue.finish(store.update(run_id, lambda seen: observe(seen, Ended(State.FAILED, why_not), time())))
        return
    try:
        code = here.runner.run(run_id, attempt, token, repository, run.experiment.timeout)
        said = f"Its agent left with exit code {code} and said nothing more."
    finally:
        run = store.update(run_id, leave)
        if run.attempt > attempt:
            here.queue.train(run)  # it begins again, from its checkpoint where there is one
            here.queue.announce(run)
        heard = code == 0 and run.state is not State.VANISHED
        if not heard and (run.state.ended or run.state is State.FINISHING):
            here.queue.finish(run)  # a web that was killed while it heard the last word may not have asked for it


def main(name: str) -> int:
    """Takes runs of the bot's own machine, or of the runner of this name, until it is told to stop."""
    try:
        here = training()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    work(LongWorker, [queue_name(name)], here.redis)
    return 0


if __name__ == "__main__":
    # RQ imports this module as `trainer`; as `__main__` it would be wired twice.
    from trainer import main as run_main

    sys.exit(run_main("".join(sys.argv[1:2])))
