"""An accepted experiment becomes a run: remembered, queued, shown on the commit."""

import hashlib

from bot.ports import Ports
from experiments.experiment import Experiment
from experiments.run import Run


def launch(ports: Ports, experiment: Experiment, number: int, now: float) -> Run | None:
    """Start the `number`th experiment of its comment; doing so again changes nothing.

    Returns the run that holds the branch where this one wanted to land, None when it was started.
    """
    run = Run(id=_id(experiment, number), experiment=experiment, created=now)
    if not experiment.temp:
        holder = ports.store.lock_landing(experiment.repository, experiment.branch, run.id)
        if holder != run.id:
            return ports.store.get(holder) or run
    ports.store.create(run)
    ports.queue.train(run)
    ports.queue.announce(run)
    ports.queue.refresh(experiment.repository, experiment.pull)
    return None


def _id(experiment: Experiment, number: int) -> str:
    """The same whenever the same comment is handled, whatever random name it got."""
    asked = f"{experiment.repository.id}/{experiment.comment}/{number}"
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
