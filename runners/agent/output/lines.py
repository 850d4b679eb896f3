"""Shortens a log of limited size: repeated lines are counted, and the middle of a long log is left out."""

REPEATS = 3  # repetitions of a line that are shown; more are only counted
MARK = 120  # bytes of the line that says what was left out


class RepeatedLines:
    """Shows a line that comes many times in a row once, with the number of repetitions."""

    def __init__(self) -> None:
        self._last: str | None = None
        self._again = 0

    def add(self, line: str) -> list[str]:
        """Add a line and return the lines that can be shown now."""
        if line == self._last:
            self._again += 1
            return []
        lines = [*self.flush(), line]
        self._last = line
        return lines

    def flush(self) -> list[str]:
        """Return the repetitions that are not shown yet, because another line or nothing more comes."""
        lines, self._again = self.waiting, 0
        return lines

    @property
    def waiting(self) -> list[str]:
        """The repetitions that are not shown yet, as they would be shown now."""
        if self._again < REPEATS:
            return [self._last or ""] * self._again
        return [f"[… repeated {self._again:,} more times …]"]


class Clipped:
    """Keeps the beginning and the end of what may take `limit` bytes. Each line is either kept whole or counted."""

    def __init__(self, limit: int) -> None:
        self._beginning = max(0, limit - MARK) // 2  # bytes that are left for the beginning
        self._most = max(0, limit - MARK) - self._beginning  # bytes for the end
        self._open = True  # whether lines still belong to the beginning
        self._end = bytearray()
        self.lines = self.bytes = 0  # of what was left out

    def add(self, line: str) -> bytes:
        """Add a line. Return the bytes that go into the log now; empty once the beginning is full."""
        data = f"{line}\n".encode()
        if self._open and len(data) <= self._beginning:
            self._beginning -= len(data)
            return data
        self._open = False
        self._end += data
        over = len(self._end) - self._most
        if over > 0:
            cut = self._end.find(b"\n", over - 1) + 1
            self.lines += self._end.count(b"\n", 0, cut)
            self.bytes += cut
            del self._end[:cut]
        return b""

    def close(self) -> bytes:
        """Return the end, after a line that says what is left out before it."""
        mark = f"[… {self.lines:,} lines ({self.bytes:,} bytes) left out …]\n".encode() if self.bytes else b""
        rest, self._end = mark + bytes(self._end), bytearray()
        return rest

    def newest(self, size: int) -> str:
        """Return the last `size` bytes of the end."""
        return bytes(self._end[-size:]).decode(errors="ignore") if size > 0 else ""
