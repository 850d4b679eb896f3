"""The runner's door: trains what is queued for this machine. It knows Redis and the bot, and nothing of GitHub."""

import logging
import secrets
import sys
from time import time

from bot.effects.train_here import train as train_here
from bot.settings import SettingsError
from services.redis.queue import queue_name
from services.redis.workers import LongWorker, work
from wiring import training


def train(run_id: str, attempt: int) -> None:
    """One attempt of a run, here on this machine, until its agent is through."""
    here = training()
    train_here(here.store, here.queue, here.runner, run_id, attempt, secrets.token_urlsafe(32), time)


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
