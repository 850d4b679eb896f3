"""Handle an owner who gave the App access or took it away: make up for missing reports, or stop runs there."""

from collections.abc import Callable
from dataclasses import replace

from bot.events import AccessChanged
from bot.ports import Ports
from experiments.run import Ended, Run, observe
from experiments.run_state import RunState
from reports.messages import run_reasons


def access_changed(ports: Ports, event: AccessChanged, now: float) -> None:
    """Report unreported runs where access was given. End runs, and free what they held, where it was taken away."""
    for run in ports.store.unreported() if event.given else ports.store.active():
        if _meant(event, run):
            changed = ports.store.update(run.id, _tell_again if event.given else _stopped(event.what, now))
            ports.queue.finish(changed)


def _meant(event: AccessChanged, run: Run) -> bool:
    repository = run.experiment.repository
    if event.repositories:
        return repository.id in event.repositories
    return repository.installation == event.installation


def _tell_again(run: Run) -> Run:
    return replace(run, published=replace(run.published, unreported=False))


def _stopped(what: str, now: float) -> Callable[[Run], Run]:
    def stopped(run: Run) -> Run:
        if run.state is RunState.FINISHING:
            return run
        return observe(run, Ended(RunState.CANCELLED, run_reasons.no_access(what, run.state)), now)

    return stopped
