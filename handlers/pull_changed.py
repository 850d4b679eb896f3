"""A pull request was opened or pushed to: its overview is made anew."""

from bot.events import PullChanged
from bot.ports import Ports


def pull_changed(ports: Ports, event: PullChanged, now: float) -> None:
    """Our own pushes, too: the overview writes no commits, so nothing goes round in circles."""
    ports.queue.refresh(event.repository, event.number)
