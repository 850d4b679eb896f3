"""Ask the host again for deliveries that it sent and that are unknown here."""

import logging
from collections.abc import Collection, Sequence
from typing import Protocol

from bot.errors import NotFound, Rejected
from bot.ports.memos import MemoKind
from bot.ports.store import Store
from bot.redelivery import LISTED, DeliveryAttempt, decide

_SINCE = MemoKind[float]("deliveries-since", float).of()  # seconds since the epoch: where the next look begins

log = logging.getLogger(__name__)


class HookSender(Protocol):
    """The host as the sender of deliveries to the App."""

    def attempts(self, since: float) -> Sequence[DeliveryAttempt]:
        """Return the attempts since a time, in seconds since the epoch."""
        ...

    def send_again(self, attempt: int) -> None:
        """Ask for one more attempt. Raise NotFound or Rejected where the host refuses."""
        ...


class Known(Protocol):
    """The deliveries that came in here."""

    def known(self, guids: Collection[str]) -> set[str]:
        """Return those of these guids that came in: they are handled, or wait for a worker."""
        ...


def ask_again(app: HookSender, deliveries: Known, store: Store, now: float) -> int:
    """Ask for unknown deliveries. Return how many were asked for, and remember where the next look begins."""
    sent = app.attempts(max(store.recall(_SINCE) or 0.0, now - LISTED))
    found = decide(sent, deliveries.known({attempt.guid for attempt in sent}), now)
    for attempt in found.ask:
        try:
            app.send_again(attempt)
        except (NotFound, Rejected) as gone:  # one that the host refuses must not keep back the others
            log.warning("a delivery is not sent again: %s", gone)
    store.remember(_SINCE, found.since)
    return len(found.ask)
