"""The host is asked again for deliveries that it sent and that nobody here knows of."""

import logging
from collections.abc import Collection, Sequence
from typing import Protocol

from bot.errors import NotFound, Rejected
from bot.ports.store import Store
from bot.redelivery import KEPT, Attempt, decide

_SINCE = "deliveries-since"

log = logging.getLogger(__name__)


class App(Protocol):
    """The host, as it sends deliveries to the App."""

    def attempts(self, since: float) -> Sequence[Attempt]:
        """Those that it made since then."""
        ...

    def send_again(self, attempt: int) -> None:
        """Ask for one more. NotFound, Rejected."""
        ...


class Known(Protocol):
    """Deliveries that came in here."""

    def known(self, guids: Collection[str]) -> set[str]:
        """Those of them that did: they are done, or wait for a worker."""
        ...


def ask_again(app: App, deliveries: Known, store: Store, now: float) -> int:
    """How many were asked for. From where to look the next time is remembered."""
    sent = app.attempts(max(float(store.recall(_SINCE) or 0), now - KEPT))
    found = decide(sent, deliveries.known({attempt.guid for attempt in sent}), now)
    for attempt in found.ask:
        try:
            app.send_again(attempt)
        except (NotFound, Rejected) as gone:  # one that the host will not send must not stand in the way of the others
            log.warning("a delivery is not sent again: %s", gone)
    store.remember(_SINCE, str(found.since))
    return len(found.ask)
