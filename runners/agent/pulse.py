"""The heartbeat: tells the bot once a second what is new, and hears whether to stop."""

import threading
import time

from .client import Client
from .ending import Gone
from .journal import Journal

QUIET = 5.0  # seconds between beats while there is no log: how long a cancel waits at most


class Pulse(threading.Thread):
    """Beats until `close`. `stop` is why the run should end: empty as long as it should not."""

    def __init__(self, client: Client, journal: Journal) -> None:
        super().__init__(daemon=True)
        self.state = "preparing"
        self.stop = ""
        self.gone: Exception | None = None  # nothing more may be said to the bot
        self._client = client
        self._journal = journal
        self._closing = False
        self._wake = threading.Event()
        self._told = ""  # the state of the last beat

    def enter(self, state: str) -> None:
        """Say at once that a new part begins."""
        self.state = state
        self._wake.set()

    def run(self) -> None:
        last = -QUIET
        while not self._closing:
            self._wake.wait(1.0)
            self._wake.clear()
            due = self.state != self._told or time.monotonic() - last >= QUIET or bool(self._journal.pending()[1])
            if not due:
                continue
            try:
                self._beat()
            except Exception as error:  # kept: the run must not go on unheard
                self.gone = error
                self.stop = self.stop or str(error)
                return
            last = time.monotonic()

    def close(self) -> None:
        """Send what is left of the log and end. Raises what ended the conversation, if it is over."""
        self._closing = True
        self._wake.set()
        self.join()
        self._journal.close()
        while not self.gone and (self._journal.pending()[1] or self.state != self._told):
            self._beat()
        if self.gone:
            raise self.gone if isinstance(self.gone, Gone) else Gone(str(self.gone)) from self.gone

    def _beat(self) -> None:
        state = self.state
        offset, text = self._journal.pending()
        cancel, size = self._client.beat(state, offset, text)
        self._journal.confirm(size)
        self._told = state
        if cancel and not self.stop:
            self.stop = "Cancelled."
