"""What a machine keeps between runs: mirrors, environments and caches per repository, and the trees of living runs."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .errors import Stopped
from .files import remove
from .isolation.process import end_within


class Home:
    """The agent's folder on this machine. What lies below a repository's id belongs to that repository alone."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        for name in ("mirrors", "envs", "uv", "caches", "work"):
            (self.root / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    def mirror(self, repository: int) -> Path:
        return self.root / "mirrors" / f"{repository}.git"

    def envs(self, owner: str) -> Path:
        """Return the folder for environments of a repository (`owner` is its id) or the agent itself (`agent`)."""
        return self.root / "envs" / owner

    def tool(self, scheme: str) -> Path:
        """Return where the operator may have put an environment for DVC remotes of this scheme."""
        return self.root / "remotes" / scheme

    def uv(self, owner: str) -> Path:
        """Return uv's cache for a repository (its id) or the agent itself (`agent`).

        Repositories never share one: code that builds a package may write into it.
        """
        return self.root / "uv" / owner

    def lfs(self, repository: int) -> Path:
        """Return the folder of a repository's Git LFS files, each named by the hash of its content."""
        return self.root / "lfs" / str(repository)

    def cache(self, repository: int) -> Path:
        """Return the folder of a repository's DVC objects, whose hashes were checked, and of its run-cache entries."""
        return self.root / "caches" / str(repository)

    @contextmanager
    def workplace(self, run: str, attempt: int, why_stop: Callable[[], str]) -> Iterator[Path]:
        """Make a new folder for one attempt and delete it after the block.

        First, the folders of agents that were killed are deleted, and their processes are ended. Raises Stopped when
        the run is stopped while it waits for the lock.
        """
        folder = self.root / "work" / f"{run}-{attempt}"
        with ExitStack() as stack:
            with locked(self.root / "work.lock", why_stop):
                for other in (self.root / "work").iterdir():
                    with _opened(other) as descriptor:
                        if _try(descriptor):  # no living agent holds the lock
                            end_within(other)
                            remove(other)
                folder.mkdir(mode=0o700)
                _try(stack.enter_context(_opened(folder)))  # locked until this process ends, however it ends
            try:
                yield folder
            finally:
                remove(folder)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, why_stop: Callable[[], str]) -> Iterator[None]:
    """Hold the lock at `path` inside the block: one run on this machine has it at a time.

    Raises Stopped when the run is stopped while it waits.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        while not _try(file.fileno()):
            if reason := why_stop():
                raise Stopped(reason)
            time.sleep(0.1)
        yield


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
