"""An answer that its client has not read yet, so that no thread waits for who reads slowly."""

from socket import MSG_DONTWAIT, socket
from time import monotonic
from typing import Any

KEPT = 4 * 1024 * 1024  # bytes of an answer that wait; only agents get longer ones, and a thread waits for those
PATIENCE = 20.0  # seconds that the thread waits for one of them to read a piece


class Sending:
    """A socket that takes what it can't send at once."""

    def __init__(self, sock: socket) -> None:
        self._sock = sock
        self.rest = bytearray()  # what is still to be sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def sendall(self, data: bytes) -> None:
        """Send, or keep. TimeoutError where much is kept and the client does not read as much as this in time."""
        self.rest += data
        self.flush()
        until = monotonic() + PATIENCE
        while len(self.rest) > KEPT:
            self._sock.settimeout(max(0.001, until - monotonic()))
            del self.rest[: self._sock.send(self.rest[:KEPT])]

    def flush(self) -> bool:
        """Send what the client takes now; whether that was all."""
        try:
            while self.rest:
                del self.rest[: self._sock.send(self.rest[:KEPT], MSG_DONTWAIT)]
        except BlockingIOError:
            return False
        return True
