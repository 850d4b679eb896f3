"""An accepted experiment becomes a run: remembered, queued, shown on the commit."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from bot.effects.landing import land
from bot.errors import Forbidden, Rejected
from bot.ports import Ports
from experiments.experiment import Experiment
from experiments.run import Run, State

_APART = 1e-5  # seconds between two that were asked for at once: they keep their order


def launch(ports: Ports, experiment: Experiment, number: int, now: float) -> Run | None:
    """Start the `number`th experiment of its comment; doing so again changes nothing.

    Returns the run that holds the branch where this one wanted to land, None when it was started. Rejected where its
    parameter commit has to be on the branch first and the host will not have it; then nothing was started.
    """
    state = State.ASKING if experiment.asks else State.QUEUED
    run = Run(id=run_id(experiment, number), experiment=experiment, created=now, state=state)
    # Remembered before it takes the branch, so that a branch is never held by a run that nobody knows.
    if not ports.store.create(run):
        run = ports.store.get(run.id) or run
    if run.state.ended:  # a repeated job comes after all is done
        return None
    if not experiment.temp:
        holder = ports.store.lock_landing(experiment.repository, experiment.branch, run.id)
        if holder != run.id:
            ports.store.forget(run)
            return ports.store.get(holder) or run
    if run.experiment.head_before and not run.experiment.temp and run.state in (State.QUEUED, State.ASKING):
        run = _commit_first(ports, run)
    if run.state is not State.ASKING:
        ports.queue.train(run)
    ports.queue.announce(run)
    ports.queue.refresh(experiment.pull_ref)
    return None


def hold(ports: Ports, asked: Sequence[tuple[int, Experiment]], now: float) -> None:
    """Put experiments (with their numbers in the comment) into the queue of their pull request, in this order, where
    they wait until they are started; doing so again changes nothing. They are shown apart, by `show_held`: what the
    same comment starts is never called waiting."""
    runs = [
        Run(
            id=run_id(experiment, number),
            experiment=experiment,
            created=now + place * _APART,
            state=State.ASKING if experiment.asks else State.HELD,
        )
        for place, (number, experiment) in enumerate(asked)
    ]
    ports.store.create_all(runs)


def show_held(ports: Ports, asked: Sequence[Experiment]) -> None:
    """Ask for the tables and the overview of what was put into a queue."""
    for where, sweep in dict.fromkeys((each.pull_ref, each.sweep) for each in asked):
        if sweep:
            ports.queue.show(where, sweep)
        ports.queue.refresh(where)


def _commit_first(ports: Ports, run: Run) -> Run:
    """The parameter commit onto the branch, unless it is there."""
    experiment = run.experiment
    repository, ref = experiment.repository, f"refs/heads/{experiment.branch}"
    tip = ports.git.remote_refs(repository, ref).get(ref)
    if tip and tip != experiment.head_before:
        ports.git.fetch(repository, [tip])
        if ports.git.is_ancestor(repository, experiment.baseline, tip):
            return run
    words = ports.git.look(repository, experiment.baseline, experiment.head_before, ()).message
    try:
        sha = land(ports, repository, experiment.branch, experiment.baseline, experiment.head_before, words)
    except (Rejected, Forbidden):
        ports.store.forget(run)
        ports.store.unlock_landing(repository, experiment.branch, run.id)
        raise
    return ports.store.update(run.id, lambda now: replace(now, experiment=replace(now.experiment, baseline=sha)))


def run_id(experiment: Experiment, number: int) -> str:
    """Of the `number`th experiment of a comment: the same whenever that is handled, whatever random name it got."""
    asked = f"{experiment.repository.id}/{experiment.comment}/{number}"
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
