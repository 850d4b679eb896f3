"""The entry point of the training process. It reaches Redis and the bot, and never GitHub."""

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
    """Train one attempt of a run on this machine. Return when its agent has ended."""
    here = training()
    train_here(here.store, here.queue, here.runner, run_id, attempt, secrets.token_urlsafe(32), time)


def main(name: str) -> int:
    """Train runs of the runner of this name, or of the bot's own machine for an empty name, until told to stop.

    Return the exit code; 2 where the settings are wrong.
    """
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
