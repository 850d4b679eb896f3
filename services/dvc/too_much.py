"""Which trees were too much to read: nobody tries again for a while, however often it is asked."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

FOR = 3600.0  # seconds; a machine under load, or full, must not speak for a commit for ever


@dataclass(frozen=True)
class TooMuch:
    """Remembered beside the place where a snapshot would be kept."""

    version: int  # of the reading; another one may manage what this one can't
    clock: Callable[[], float] = time

    def why(self, place: Path) -> str:
        """Return why the tree of this place is not read now; empty where it may be read."""
        with suppress(FileNotFoundError, ValueError):
            version, at, why = json.loads(self._file(place).read_bytes())
            if version == self.version and 0 <= self.clock() - at < FOR:
                return str(why)
        return ""

    def remember(self, place: Path, why: str) -> None:
        """Have nobody read this tree again for an hour."""
        place.parent.mkdir(parents=True, exist_ok=True)
        self._file(place).write_text(json.dumps([self.version, self.clock(), why]))

    def _file(self, place: Path) -> Path:
        return place.with_suffix(".unread")
