"""One request at a time of each kind and run, in one web process."""

from threading import Lock

from bot.errors import TryLater

Key = tuple[str, str]  # id of the run, and what is asked for


class Singly:
    """The requests that are being answered.

    A run may be long, and each heartbeat reads and writes all of it. Two of them at once would make each other begin
    anew.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._answered: set[Key] = set()

    def take(self, key: Key) -> Key:
        """Begin a request. Raise TryLater while another one of the same kind and run is being answered."""
        with self._lock:
            if key in self._answered:
                raise TryLater("another such request of this run is on its way", 1)
            self._answered.add(key)
            return key

    def leave(self, key: Key) -> None:
        """End a request."""
        with self._lock:
            self._answered.discard(key)
