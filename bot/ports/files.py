"""Ports to files on disk: those that people look at, and those that agents send."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from experiments.experiment import Repository
from experiments.run import Run


class ImageAddresses(Protocol):
    """Addresses of pictures, before they are stored."""

    def address(self, png: bytes) -> str:
        """Return the address that `keep` would give. Raise ValueError where `keep` would."""
        ...


class Images(ImageAddresses, Protocol):
    """Pictures at addresses that nobody can guess."""

    def keep(self, png: bytes, repository: Repository, guest: bool = False) -> str:
        """Store it for a repository and return its address below PUBLIC_URL. The oldest of the repository go where
        there is no more room; `guest`: a fork's pull request or somebody who cannot write caused it, which has less."""
        ...

    def use(self, address: str) -> bool:
        """Count a picture as stored now, and return whether it is still there."""
        ...


class PageAddresses(Protocol):
    """Addresses of pages, before they are stored."""

    def address(self, html: str) -> str:
        """Return the address that `keep` would give."""
        ...


class Pages(PageAddresses, Protocol):
    """Pages for what does not fit a comment, at addresses that nobody can guess."""

    def keep(self, html: str, repository: Repository, guest: bool = False) -> str:
        """Store it and return its address below PUBLIC_URL, as `Images.keep` does."""
        ...


class Received(Protocol):
    """A file that came in and is not one of a run's checkpoints yet."""

    size: int  # bytes
    sha256: str
    number: int  # number of the checkpoint that it became; 0: of none yet

    def become(self, number: int) -> None:
        """Make this file the checkpoint of that number."""
        ...


class ReadFiles(Protocol):
    """Files that agents sent, by run and attempt."""

    def log(self, run: Run, limit: int = 60_000, whole: bool = False) -> str:
        """Return the end of what training printed as text; of the log where `whole` or where it printed nothing."""
        ...

    def path(self, run: Run, name: str) -> Path:
        """Return the path of `bundle`, `baseline.tar` or `experiment.tar`, which may not exist."""
        ...

    def checkpoint(self, run: Run, number: int) -> Path:
        """Return the path of a checkpoint of any attempt."""
        ...

    def is_cut(self, run: Run) -> bool:
        """Return whether the rest of the log of the present attempt was not kept."""
        ...

    def held(self, repository: Repository) -> int:
        """Bytes of all that is here of a repository's runs, logs and what is being written included."""
        ...


class RunFiles(ReadFiles, Protocol):
    """Files that agents sent, with the means to write and delete them."""

    def append_log(self, run: Run, offset: int, data: bytes) -> int:
        """Add to the log at `offset` (bytes), without what is there already. Return the log's size in bytes."""
        ...

    def cut_log(self, run: Run) -> None:
        """Keep nothing more of the log of the present attempt, and have that said at its end."""
        ...

    def show_live(self, run: Run, text: str) -> None:
        """Show this text below the log until the next one comes."""
        ...

    def write(self, run: Run, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file that `path` names, completely or not at all."""
        ...

    def receive(self, run: Run, chunks: Iterable[bytes], promised: int) -> AbstractContextManager[Received]:
        """Write what comes beside the checkpoints that are there. It is gone at the end unless it became one.
        `promised`: how many bytes will come, which `held` counts from now on."""
        ...

    def drop_checkpoint(self, run: Run, number: int) -> None:
        """Delete a checkpoint; one that is gone already is fine."""
        ...

    def drop_checkpoints(self, run: Run, before: int) -> None:
        """Delete every checkpoint of a run whose number is less than `before`, whoever knows of it."""
        ...

    def ids(self, after: str, most: int) -> Sequence[str]:
        """Return at most `most` ids of runs with files here, in order: those after the id `after`, or the first."""
        ...

    def drop(self, run: Run, names: Sequence[str], before: int = 0) -> None:
        """Delete a run's files of these names, of all attempts or of those before `before`."""
        ...

    def drop_parts(self, run_id: str, before: float) -> None:
        """Delete partly written files of a run that were last written before a time."""
        ...

    def forget(self, run_id: str, before: float) -> None:
        """Take all of it away, unless something of it was written since."""
        ...
