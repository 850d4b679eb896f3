"""A pull request was opened, closed or pushed to: its overview is made anew."""

from bot.events import PullChanged
from bot.ports import Ports
from handlers.checks import head_seen
from handlers.jobs.cancel_on_close import LOOK


def pull_changed(ports: Ports, event: PullChanged, now: float) -> None:
    """Our own pushes, too: the overview writes no commits, so nothing goes round in circles."""
    if event.head:
        head_seen.remember(ports, event.where, event.head)
    ports.queue.refresh(event.where, after=event.wait)
    if event.closed:
        ports.queue.refresh(event.where, after=max(LOOK, event.wait))
