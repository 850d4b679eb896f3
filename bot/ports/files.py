"""What the program needs of a disk: files that people look at, and those that agents send."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from experiments.experiment import Repository
from experiments.run import Run


class ImageAddresses(Protocol):
    """Where pictures would be."""

    def address(self, png: bytes) -> str:
        """The one `keep` gives, before anything is kept. ValueError for what it would not keep."""
        ...


class Images(ImageAddresses, Protocol):
    """Pictures at addresses nobody guesses."""

    def keep(self, png: bytes) -> str:
        """Its address below PUBLIC_URL."""
        ...


class PageAddresses(Protocol):
    """Where pages would be."""

    def address(self, html: str) -> str:
        """The one `keep` gives, before anything is kept."""
        ...


class Pages(PageAddresses, Protocol):
    """What does not fit a comment, at addresses nobody guesses."""

    def keep(self, html: str) -> str:
        """Its address below PUBLIC_URL."""
        ...


class Received(Protocol):
    """What has come, and is none of a run's checkpoints yet."""

    size: int  # bytes
    sha256: str

    def become(self, number: int) -> None:
        """It is that checkpoint from now on."""
        ...


class ReadFiles(Protocol):
    """What agents sent, by run and attempt."""

    def log(self, run: Run, limit: int = 60_000, whole: bool = False) -> str:
        """The end of what training printed as text; `whole`, or where it printed nothing: of the log."""
        ...

    def path(self, run: Run, name: str) -> Path:
        """Of `bundle`, `baseline.tar`, `experiment.tar`."""
        ...

    def checkpoint(self, run: Run, number: int) -> Path:
        """Of one of its checkpoints, whichever attempt made it."""
        ...

    def held(self, repository: Repository) -> int:
        """Bytes of all that is here of a repository's runs, logs and what is being written included."""
        ...


class RunFiles(ReadFiles, Protocol):
    """The same, while they send it."""

    def append_log(self, run: Run, offset: int, data: bytes) -> int:
        """Add to the log at `offset`; what is there already is not added again. Returns the log's size."""
        ...

    def show_live(self, run: Run, text: str) -> None:
        """What is to be seen below the log until another such text comes."""
        ...

    def write(self, run: Run, name: str, chunks: Iterable[bytes]) -> None:
        """One of those that `path` names, all of it or nothing."""
        ...

    def receive(self, run: Run, chunks: Iterable[bytes], promised: int) -> AbstractContextManager[Received]:
        """Write what comes beside the checkpoints that are there. It is gone at the end unless it became one.
        `promised`: how many bytes will come, which `held` counts from now on."""
        ...

    def drop_checkpoint(self, run: Run, number: int) -> None:
        """Take one away; one that is gone already is fine."""
        ...

    def ids(self, after: str, most: int) -> Sequence[str]:
        """Of runs of which there is something, in their order, those after one; empty: from the first one."""
        ...

    def drop(self, run: Run, names: Sequence[str], before: int = 0) -> None:
        """Take files of these names away, of all its attempts, or of those before one."""
        ...

    def drop_parts(self, run_id: str, before: float) -> None:
        """Take away what was being written of it, and was last written before a time."""
        ...

    def forget(self, run_id: str, before: float) -> None:
        """Take all of it away, unless something of it was written since."""
        ...
