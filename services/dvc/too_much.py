"""Remembers which trees were too much to read, so that nobody tries again for a while."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

FOR = 3600.0  # seconds; not for ever, because the machine may have been busy or full


@dataclass(frozen=True)
class RememberedRefusals:
    """Keeps a note beside the path where a snapshot would be kept."""

    version: int  # of the reading; another version may read what this one could not
    clock: Callable[[], float] = time

    def why(self, place: Path) -> str:
        """Return why the tree at this path is not read now; empty where it may be read."""
        with suppress(FileNotFoundError, ValueError):
            version, at, why = json.loads(self._file(place).read_bytes())
            if version == self.version and 0 <= self.clock() - at < FOR:
                return str(why)
        return ""

    def remember(self, place: Path, why: str) -> None:
        """Note that nobody shall read this tree again for an hour."""
        place.parent.mkdir(parents=True, exist_ok=True)
        self._file(place).write_text(json.dumps([self.version, self.clock(), why]))

    def _file(self, place: Path) -> Path:
        return place.with_suffix(".unread")
