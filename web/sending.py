"""A socket that stores what its client has not read yet, so that no thread waits for a slow reader."""

from socket import MSG_DONTWAIT, socket
from time import monotonic
from typing import Any

BUFFERED = 4 * 1024 * 1024  # bytes of an answer that are stored; only agents get longer ones, and there a thread waits
PATIENCE = 20.0  # seconds in which an agent has to read a piece of a longer answer


class Sending:
    """A socket whose `sendall` stores what it can't send at once."""

    def __init__(self, sock: socket) -> None:
        self._sock = sock
        self.rest = bytearray()  # bytes that are still to be sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def sendall(self, data: bytes) -> None:
        """Send what the client takes now, and store the rest.

        Where more than BUFFERED bytes are stored, wait for the client. Raise TimeoutError where it reads too slowly.
        """
        self.rest += data
        self.flush()
        until = monotonic() + PATIENCE
        while len(self.rest) > BUFFERED:
            self._sock.settimeout(max(0.001, until - monotonic()))
            del self.rest[: self._sock.send(self.rest[:BUFFERED])]

    def flush(self) -> bool:
        """Send what the client takes now. Return whether nothing is left to send."""
        try:
            while self.rest:
                del self.rest[: self._sock.send(self.rest[:BUFFERED], MSG_DONTWAIT)]
        except BlockingIOError:
            return False
        return True
