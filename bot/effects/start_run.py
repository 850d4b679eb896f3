"""Make an accepted experiment a run: store it, queue it, show it on the commit."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from bot.effects.landing import land
from bot.errors import Forbidden, Rejected
from bot.ports import Ports
from experiments.experiment import Experiment
from experiments.run import Run
from experiments.run_state import RunState

_APART = 1e-5  # seconds between two runs that were asked for at once, so that they keep their order


def launch(ports: Ports, experiment: Experiment, number: int, now: float) -> Run | None:
    """Start the `number`th experiment of its comment. Doing so again changes nothing.

    Return None where it was started, or the run that holds the branch on which this one is to land. Raise Rejected,
    and start nothing, where its parameter commit has to land first and the host refuses it.
    """
    state = RunState.ASKING if experiment.asked.cost else RunState.QUEUED
    run = Run(id=run_id(experiment, number), experiment=experiment, created=now, state=state)
    # Stored before it takes the branch, so that no unknown run ever holds a branch.
    if not ports.store.create(run):
        run = ports.store.get(run.id) or run
    if run.state.ended:  # this job runs again after all was done
        return None
    if not experiment.landing.temp:
        holder = ports.store.lock_landing(experiment.repository, experiment.landing.branch, run.id)
        if holder != run.id:
            ports.store.forget(run)
            return ports.store.get(holder) or run
    landing = run.experiment.landing
    if landing.head_before and not landing.temp and run.state in (RunState.QUEUED, RunState.ASKING):
        run = _commit_first(ports, run)
    if run.state is not RunState.ASKING:
        ports.queue.train(run)
    ports.queue.announce(run)
    ports.queue.refresh(experiment.pull_ref)
    return None


def hold(ports: Ports, asked: Sequence[tuple[int, Experiment]], now: float) -> None:
    """Put experiments (with their numbers in the comment) into the queue of their pull request, in this order.

    They wait there until they are started. Doing so again changes nothing. `show_held` shows them later, since runs
    that the same comment starts must not appear as waiting.
    """
    runs = [
        Run(
            id=run_id(experiment, number),
            experiment=experiment,
            created=now + place * _APART,
            state=RunState.ASKING if experiment.asked.cost else RunState.HELD,
        )
        for place, (number, experiment) in enumerate(asked)
    ]
    ports.store.create_all(runs)


def show_held(ports: Ports, asked: Sequence[Experiment]) -> None:
    """Ask for updates of the tables and the overview for experiments that were put into a queue."""
    for where, sweep in dict.fromkeys((each.pull_ref, each.sweep.name) for each in asked):
        if sweep:
            ports.queue.show(where, sweep)
        ports.queue.refresh(where)


def _commit_first(ports: Ports, run: Run) -> Run:
    """Land the run's parameter commit, unless it is on the branch. Return the run. Raise Rejected with the reason."""
    experiment = run.experiment
    repository, landing = experiment.repository, experiment.landing
    ref = f"refs/heads/{landing.branch}"
    tip = ports.git.remote_refs(repository, ref).get(ref)
    if tip and tip != landing.head_before:
        ports.git.fetch(repository, [tip])
        if ports.git.is_ancestor(repository, experiment.baseline, tip):
            return run
    words = ports.git.look(repository, experiment.baseline, landing.head_before, ()).message
    try:
        sha = land(ports, repository, landing.branch, experiment.baseline, landing.head_before, words)
    except (Rejected, Forbidden):
        ports.store.forget(run)
        ports.store.unlock_landing(repository, landing.branch, run.id)
        raise
    return ports.store.update(run.id, lambda now: replace(now, experiment=replace(now.experiment, baseline=sha)))


def run_id(experiment: Experiment, number: int) -> str:
    """Return the run id of a comment's `number`th experiment: always the same, whatever random name it has."""
    asked = f"{experiment.repository.id}/{experiment.asked.comment}/{number}"
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
