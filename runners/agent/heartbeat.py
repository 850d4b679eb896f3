"""The heartbeat: once a second it tells the bot what is new, and learns whether the run shall stop."""

import threading
import time
from collections.abc import Callable

from .client import Client
from .errors import Gone, Trouble
from .output.log import Journal

QUIET = 5.0  # seconds between beats while nothing is new: a cancel waits no longer
FAREWELL = 300.0  # seconds to send the rest of the log at the end


class Pulse(threading.Thread):
    """Sends heartbeats from a thread of its own until `close`."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds` is how long the whole attempt may take."""
        super().__init__(daemon=True)
        self.state = "preparing"
        self.gone: Exception | None = None  # set: the bot wants nothing more, or cannot be told
        self._client = client
        self._journal = journal
        self._clock = clock
        self._late = clock() + seconds
        self._seconds = seconds
        self._why = ""
        self._closing = False
        self._wake = threading.Event()
        self._shown = ("", "")  # the state of the last beat, and what was shown below the log

    @property
    def stop(self) -> str:
        """Why the run should end; empty while it should not."""
        return self._why or self.out_of_time

    @property
    def out_of_time(self) -> str:
        """A sentence once the whole attempt has taken longer than it may; empty until then."""
        if self._clock() < self._late:
            return ""
        return f"Out of time: it took more than {self._seconds / 60:.0f} minutes in all, with what is not training."

    def end(self, why: str) -> None:
        """Ask the run to end. The first reason counts."""
        self._why = self._why or why

    def enter(self, state: str) -> None:
        """Begin a new state of the run and tell the bot at once."""
        if state == "training":
            self._journal.begin_training()
        self.state = state
        self._wake.set()

    def run(self) -> None:
        last = self._clock() - QUIET
        while not self._closing:
            self._wake.wait(1.0)
            self._wake.clear()
            if not self._news and self._clock() - last < QUIET:
                continue
            try:
                self._beat()
            except Exception as error:  # kept for `close`: no run may go on that nobody hears of
                self.gone = error
                self.end(str(error))
                return
            last = self._clock()

    def close(self) -> None:
        """Send the rest of the log and stop. Raises Gone where the conversation with the bot has ended."""
        self._closing = True
        self._wake.set()
        self.join()
        self._journal.close()
        until = self._clock() + FAREWELL
        while not self.gone and self._news and self._clock() < until:
            self._beat()
        if self.gone:
            raise self.gone if isinstance(self.gone, Gone) else Gone(str(self.gone)) from self.gone

    @property
    def _news(self) -> bool:
        return bool(self._journal.pending()[1]) or self._shown != (self.state, self._journal.live())

    def _beat(self) -> None:
        shown = self.state, self._journal.live()
        offset, text = self._journal.pending()
        try:
            cancel, size = self._client.beat(shown[0], offset, text, shown[1], self._journal.training)
        except Trouble:
            if not (text or shown[1]):
                raise
            self._journal.refuse()  # a refused log must not end the run that it is about
            return
        self._journal.confirm(text, size)
        self._shown = shown
        if cancel:
            self.end("Cancelled.")
