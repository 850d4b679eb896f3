"""How much of what agents send is here of each repository: counted on the disk, and remembered for some seconds."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from bot.ports.files import ReadFiles
from experiments.experiment import Repository

REMEMBERED = 5.0  # seconds; to count looks at every folder of a repository's runs


class NoRoomLeft(Exception):
    """Says that what is being received is more than is kept of a repository."""


class HeldBytes:
    """What one process knows of how much is here."""

    def __init__(self, files: ReadFiles, clock: Callable[[], float] = monotonic) -> None:
        self._files, self._clock = files, clock
        self._lock = Lock()
        self._known: dict[int, tuple[float, int]] = {}  # repository -> when it was counted, bytes

    def of(self, repository: Repository) -> int:
        """Return the bytes of a repository, as they were REMEMBERED seconds ago at most, with what was added since."""
        known, now = self._known.get(repository.id), self._clock()
        if known and now - known[0] <= REMEMBERED:
            return known[1]
        counted = now, self._files.held(repository)
        with self._lock:
            if self._known.get(repository.id) is known:  # or else another thread counted, too
                self._known[repository.id] = counted
            return self._known[repository.id][1]

    def add(self, repository: Repository, size: int) -> None:
        """Count `size` bytes more, which are on their way, until the disk is looked at again."""
        with self._lock:
            when, held = self._known.get(repository.id, (float("-inf"), 0))
            self._known[repository.id] = when, held + size
