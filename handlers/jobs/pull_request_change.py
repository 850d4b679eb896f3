"""Handle a pull request that was opened, closed or pushed to: write its overview anew."""

from bot.events import NewHead, PullChanged
from bot.ports import Ports
from experiments.experiment import PullRef
from handlers.checks import head_seen
from handlers.jobs.cancel_on_close import LOOK


def pull_changed(ports: Ports, event: PullChanged, now: float) -> None:
    """Ask for a refresh of the overview, also after our own pushes: it makes no commits, so there is no loop."""
    if event.head:
        _remember(ports, event.where, event.head)
    ports.queue.refresh(event.where, after=event.wait)
    if event.closed:
        ports.queue.refresh(event.where, after=max(LOOK, event.wait))


def _remember(ports: Ports, where: PullRef, head: NewHead) -> None:
    """Remember when a commit became the head. One that we pushed gets the time of the head before it."""
    when: float | None = head.when
    if head.by == ports.host.bot_login:
        when = ports.store.recall(head_seen.head(where, head.before))
    kept = ports.store.recall(head_seen.head(where, head.sha))
    if when is not None and (kept is None or kept < when):  # deliveries come in any order, and repeatedly
        ports.store.remember(head_seen.head(where, head.sha), when)
