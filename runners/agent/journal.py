"""The log on its way to the bot: whole lines, without secrets, its middle left out when it grows too long."""

import codecs
import re
import threading
from collections.abc import Sequence

CHUNK = 128 * 1024  # bytes in one beat
LONGEST_LINE = 64 * 1024  # characters held back for the end of their line


class Journal:
    """Written by the run, read by the heartbeat. Offsets count the UTF-8 bytes the bot has."""

    def __init__(self, secrets: Sequence[str], limit: int) -> None:
        self._secrets = [secret for secret in secrets if secret]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lock = threading.Lock()
        self._line = ""  # the last line, not ended yet
        self._pending = bytearray()  # to be sent
        self._offset = 0  # where `_pending` begins
        self._room = limit // 2  # bytes of the beginning that may still come
        self._tail = bytearray()  # the newest bytes once the beginning is full, sent by `close`
        self._tail_limit = limit - limit // 2
        self._left_out = 0

    def hide(self, secret: str) -> None:
        """Never let this pass."""
        with self._lock:
            self._secrets.append(secret)

    def scrub(self, text: str) -> str:
        """The text without what must not pass."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def write(self, data: bytes) -> None:
        """Add what a program printed."""
        with self._lock:
            self._line += self._decoder.decode(data)
            # Whole lines, so that a secret which comes in two pieces is seen; progress bars end theirs by \r.
            ends = max(self._line.rfind("\n"), self._line.rfind("\r")) + 1
            if not ends and len(self._line) > LONGEST_LINE:
                ends = len(self._line) - max(map(len, self._secrets), default=0)
            whole, self._line = self._line[:ends], self._line[ends:]
            self._add(self.scrub(whole))

    def say(self, sentence: str) -> None:
        """Add a line of the agent's own."""
        self.write(f"{sentence}\n".encode())

    def close(self) -> None:
        """Let go what was held back."""
        with self._lock:
            self._line += self._decoder.decode(b"", final=True)
            self._add(self.scrub(self._line))
            self._line = ""
            if self._left_out:
                self._pending += f"\n[… {self._left_out} bytes left out …]\n".encode()
            self._pending += self._tail.decode(errors="ignore").encode()
            self._tail.clear()

    def pending(self) -> tuple[int, str]:
        """Offset and text of what is to be sent next; empty where there is nothing."""
        with self._lock:
            return self._offset, bytes(self._pending[:CHUNK]).decode(errors="ignore")

    def confirm(self, size: int) -> None:
        """The bot has `size` bytes now."""
        with self._lock:
            del self._pending[: max(0, size - self._offset)]
            self._offset = size

    def _add(self, text: str) -> None:
        data = text.encode()
        fits = data[: self._room].decode(errors="ignore").encode() if len(data) > self._room else data
        self._pending += fits
        self._room = self._room - len(fits) if len(fits) == len(data) else 0
        self._tail += data[len(fits) :]
        over = len(self._tail) - self._tail_limit
        if over > 0:
            del self._tail[:over]
            self._left_out += over


def tail(text: str, lines: int = 12) -> str:
    """The last lines that hold something, without the colours of terminals."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return "\n".join([line.rstrip() for line in plain.replace("\r", "\n").splitlines() if line.strip()][-lines:])
