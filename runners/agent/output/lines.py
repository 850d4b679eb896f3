"""Lines on their way into a log of limited size: what repeats is told once, the middle of what is too long left out."""

REPEATS = 3  # times a line comes once more until that is only counted
MARK = 120  # bytes of the line that tells what was left out


class Repeats:
    """The same line many times in a row is shown once, with how often it came."""

    def __init__(self) -> None:
        self._last: str | None = None
        self._again = 0

    def add(self, line: str) -> list[str]:
        """What there is to show by now."""
        if line == self._last:
            self._again += 1
            return []
        lines = [*self.flush(), line]
        self._last = line
        return lines

    def flush(self) -> list[str]:
        """What is left to show: another line comes, or none."""
        lines, self._again = self.waiting, 0
        return lines

    @property
    def waiting(self) -> list[str]:
        """As it would be shown now."""
        if self._again < REPEATS:
            return [self._last or ""] * self._again
        return [f"[… repeated {self._again:,} more times …]"]


class Clipped:
    """Beginning and end of what may take `limit` bytes. Whole lines; each is kept or counted."""

    def __init__(self, limit: int) -> None:
        self._room = max(0, limit - MARK) // 2  # bytes that the beginning still has
        self._most = max(0, limit - MARK) - self._room  # bytes of the end
        self._open = True  # the beginning
        self._end = bytearray()
        self.lines = self.bytes = 0  # left out

    def add(self, line: str) -> bytes:
        """What goes into the log now; empty once its end is waited for."""
        data = f"{line}\n".encode()
        if self._open and len(data) <= self._room:
            self._room -= len(data)
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
        """The end, after a line that tells what is missing before it."""
        mark = f"[… {self.lines:,} lines ({self.bytes:,} bytes) left out …]\n".encode() if self.bytes else b""
        rest, self._end = mark + bytes(self._end), bytearray()
        return rest

    def newest(self, size: int) -> str:
        """The last bytes of the end."""
        return bytes(self._end[-size:]).decode(errors="ignore") if size > 0 else ""
