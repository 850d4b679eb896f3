"""Lets time pass between two checkpoints."""

from dataclasses import replace

from bot.ports.store import Store
from experiments.run import Run


def long_ago(store: Store) -> None:
    """Move the checkpoints of all running attempts so far back that another one is due."""
    for run in store.active():
        store.update(run.id, _older)


def _older(run: Run) -> Run:
    every = run.experiment.execution.checkpoint_every
    return replace(run, checkpoints=tuple(replace(each, at=each.at - every) for each in run.checkpoints))
