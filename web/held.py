"""How much of what agents send is here of each repository: counted on the disk, and remembered for some seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from bot.errors import TryLater
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
        self._counting: set[int] = set()  # repositories whose files a thread counts at the moment

    def of(self, repository: Repository, remembered: float = REMEMBERED) -> int:
        """Return the bytes of a repository, as they were `remembered` seconds ago at most, with what was added since.

        Raise TryLater while another thread counts them: so a repository has one thread count, however many ask.
        """
        with self._lock:
            when, before = self._known.get(repository.id, (float("-inf"), 0))
            if self._clock() - when <= remembered:
                return before
            if repository.id in self._counting:
                raise TryLater("files of this repository are being counted", 1)
            self._counting.add(repository.id)
        try:
            now, counted = self._clock(), self._files.held(repository)
            with self._lock:
                added = self._known.get(repository.id, (now, before))[1] - before  # let in while this was counting
                self._known[repository.id] = now, counted + added
                return counted + added
        finally:
            with self._lock:
                self._counting.remove(repository.id)

    def add(self, repository: Repository, size: int) -> None:
        """Count `size` bytes more, which are on their way, until the disk is looked at again."""
        with self._lock:
            when, held = self._known.get(repository.id, (float("-inf"), 0))
            self._known[repository.id] = when, held + size

    @contextmanager
    def coming(self, repository: Repository, size: int) -> Iterator[None]:
        """Count `size` bytes more, as `add` does, and no longer where what happens meanwhile fails."""
        self.add(repository, size)
        try:
            yield
        except BaseException:
            self.add(repository, -size)
            raise
