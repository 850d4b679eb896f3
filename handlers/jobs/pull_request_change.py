"""A pull request was opened, closed or pushed to: its overview is made anew."""

from bot.events import Head, PullChanged
from bot.ports import Ports
from experiments.experiment import PullRef
from handlers.checks import head_seen
from handlers.jobs.cancel_on_close import LOOK


def pull_changed(ports: Ports, event: PullChanged, now: float) -> None:
    """Our own pushes, too: the overview writes no commits, so nothing goes round in circles."""
    if event.head:
        _remember(ports, event.where, event.head)
    ports.queue.refresh(event.where, after=event.wait)
    if event.closed:
        ports.queue.refresh(event.where, after=max(LOOK, event.wait))


def _remember(ports: Ports, where: PullRef, head: Head) -> None:
    """When a commit became the head. One that we pushed is as old as the head it stands on."""
    when = str(head.when)
    if head.by == ports.host.bot_login:
        when = ports.store.recall(head_seen.key(where, head.before))
    kept = ports.store.recall(head_seen.key(where, head.sha))
    if when and (not kept or float(kept) < float(when)):  # deliveries come in any order, and again
        ports.store.remember(head_seen.key(where, head.sha), when)
