"""The log that is sent to the bot: as a terminal shows it, without secrets, and no longer than the bot accepts."""

import codecs
import re
import threading
from collections.abc import Mapping, Sequence

from ..limits import AttemptLimits
from .lines import Clipped, RepeatedLines
from .scrubbing import Scrubber
from .terminal import Terminal

STALLS = 3  # beats without progress after which the bot is taken to refuse more of the log
BEFORE = 4  # what comes before training may take one part in so many of the log


class Journal:
    """Collects the log.

    The run writes it, and the heartbeat reads it. Offsets count the UTF-8 bytes that the bot has.
    """

    def __init__(self, secrets: Sequence[str], limits: AttemptLimits) -> None:
        self._limits = limits
        self._scrubber = Scrubber(secrets)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._terminal, self._repeats = Terminal(), RepeatedLines()
        self._clipped = Clipped(limits.log // BEFORE)
        self._lock = threading.Lock()
        self._paths: list[tuple[str, str]] = []
        self._pending = bytearray()  # bytes to be sent
        self._offset = 0  # offset of the first byte of `_pending`
        self._stalled = 0  # beats in a row of which the bot accepted nothing
        self._over = False  # whether the bot accepts no more
        self.refused = 0  # bytes that the bot did not accept
        self.training: int | None = None  # offset at which training's own lines begin

    def call(self, paths: Mapping[str, str]) -> None:
        """Set the names under which these paths of this machine are shown."""
        with self._lock:
            self._paths = sorted(paths.items(), key=lambda each: len(each[0]), reverse=True)

    def scrub(self, text: str) -> str:
        """Return a whole text without secrets and paths of this machine."""
        text = self._scrubber.whole(text)
        for path, name in self._paths:
            text = text.replace(path, name)
        return text

    def write(self, data: bytes) -> None:
        """Add what a program printed."""
        with self._lock:
            self._add(self._terminal.feed(self._scrubber.feed(self._decoder.decode(data))))

    def say(self, sentence: str) -> None:
        """Add a line of the agent's own, below what programs printed."""
        with self._lock:
            self._add(self._terminal.fresh())
            self._add(self._terminal.feed(f"{self._scrubber.whole(sentence)}\n"))

    def begin_training(self) -> None:
        """Mark where training's own lines begin. Lines before them take none of their room."""
        with self._lock:
            self._settle()
            self.training = self._offset + len(self._pending)
            self._clipped = Clipped(self._limits.log - self.training)

    def close(self) -> None:
        """Release what was held back: nothing more is printed."""
        with self._lock:
            self._settle()

    def pending(self) -> tuple[int, str]:
        """Return offset and text of what is to be sent next; the text is empty where there is nothing."""
        with self._lock:
            return self._offset, bytes(self._pending[: self._limits.beat]).decode(errors="ignore")

    def live(self) -> str:
        """Return what is shown below the log now and may still change, or is kept for its end.

        Empty while older lines wait to be sent.
        """
        with self._lock:
            if self._over or len(self._pending) > self._limits.beat:
                return ""
            lines = [self.scrub(line) for line in (*self._repeats.waiting, *self._terminal.shown)]
            shown = self._clipped.newest(self._limits.live) + "".join(f"{line}\n" for line in lines)
            return shown.encode()[-self._limits.live :].decode(errors="ignore")

    def confirm(self, sent: str, size: int) -> None:
        """Note that the bot was sent this text and has `size` bytes of the log now."""
        with self._lock:
            taken = min(max(0, size - self._offset), len(sent.encode()))
            del self._pending[:taken]
            self._offset = size
            self._stalled = self._stalled + 1 if sent and not taken else 0
            if self._stalled >= STALLS:
                self._refuse()

    def refuse(self) -> None:
        """Note that the bot accepts no more of the log."""
        with self._lock:
            self._refuse()

    def _refuse(self) -> None:
        self._over = True
        self.refused += len(self._pending)
        self._pending.clear()

    def _settle(self) -> None:
        """Fix what was printed so far: nothing of it can change any more."""
        rest = self._scrubber.feed(self._decoder.decode(b"", final=True)) + self._scrubber.close()
        self._decoder.reset()
        self._add([*self._terminal.feed(rest), *self._terminal.close()])
        self._terminal = Terminal()
        self._take(self._repeats.flush())
        self._repeats = RepeatedLines()  # the next line does not repeat one from before
        self._send(self._clipped.close())

    def _add(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._take(self._repeats.add(self.scrub(line)))

    def _take(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._send(self._clipped.add(line))

    def _send(self, data: bytes) -> None:
        if self._over:
            self.refused += len(data)
        else:
            self._pending += data


def tail(text: str, lines: int = 12) -> str:
    """Return the last lines that are not empty, without the colours of terminals."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return "\n".join([line.rstrip() for line in plain.replace("\r", "\n").splitlines() if line.strip()][-lines:])
