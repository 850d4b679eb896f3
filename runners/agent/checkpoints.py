"""Checkpoints: copies of a running experiment's persistent outputs, sent to the bot, from which a later run goes on.

A copy is taken while nobody writes the files. It is packed inside a closed room, as results are. What comes back was
once made by foreign code: it is unpacked before anything else runs in the tree, as regular files only, and only where
the project declares such outputs.
"""

import hashlib
import shutil
import stat
import tarfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from .errors import Gone, Trouble
from .files import Below, regular_size

LOOK = 1.0  # seconds between two looks
MOST = 100_000  # files whose state is compared

# `dvc exp run` begins with a checkout, which deletes what dvc.lock does not record. So these files, and no others, are
# recorded first. The project's own Python runs this in the project's folder, with the paths as arguments.
RECORD = """
import os, sys
from dvc.repo import Repo
with Repo() as repo, repo.lock:
    for stage in repo.index.stages:
        outs = [out for out in stage.outs if os.path.relpath(out.fs_path, repo.root_dir) in sys.argv[1:] and out.exists]
        for out in outs:
            out.save()
            out.commit()
        if outs:
            stage.dump(update_pipeline=False)
"""

Signature = tuple[tuple[str, int, int, int], ...]  # path, bytes, time of the last change in nanoseconds, inode


@dataclass(frozen=True)
class WantedCheckpoints:
    """The checkpoints that the bot asks for."""

    paths: tuple[str, ...]  # files and folders, from the project's folder
    every: float  # least seconds between two checkpoints
    limit: int  # most bytes of one checkpoint
    size: int = 0  # bytes of the checkpoint to go on from; 0: there is none
    sha256: str = ""


class Keeper:
    """Watches the outputs while training runs, and sends checkpoints from a thread of its own."""

    def __init__(
        self,
        wanted: WantedCheckpoints,
        project: Below,
        pack: Callable[[], str],
        send: Callable[[], None],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`pack` makes the file that `send` sends. It returns what it had to leave out, empty where nothing."""
        self._wanted, self._project = wanted, project
        self._pack, self._send, self._say, self._clock = pack, send, say, clock
        self._since = self._looked = clock()
        self._last = self._kept = signature(project, wanted.paths)
        self._sending: threading.Thread | None = None
        self._over = False

    def look(self) -> None:
        """Pack and send a checkpoint where one is due and nobody writes the files. May be called at any rate."""
        now = self._clock()
        if self._over or now - self._looked < LOOK:
            return
        self._looked = now
        try:
            self._look(now)
        except (Trouble, OSError) as error:
            self._give_up(error)

    def _look(self, now: float) -> None:
        found = signature(self._project, self._wanted.paths)
        at_rest, self._last = whole(self._last, found), found
        busy = self._sending is not None and self._sending.is_alive()
        if at_rest and not busy and found and found != self._kept and now - self._since >= self._wanted.every:
            self._keep(found)

    def join(self) -> None:
        """Wait until the packed checkpoint is sent."""
        if self._sending:
            self._sending.join()

    def close(self, is_last: bool) -> None:
        """Stop when training has ended. With `is_last`, keep what was written since the last checkpoint."""
        self.join()
        try:
            found = signature(self._project, self._wanted.paths)
            if is_last and found and found != self._kept and not self._over:
                self._keep(found)
                self.join()
        except (Trouble, OSError) as error:
            self._give_up(error)
        self._over = True

    def _give_up(self, error: Exception) -> None:
        """Keep no more checkpoints. A copy that fails must not end the training that it is a copy of."""
        self._over = True
        self._say(f"No more checkpoints are kept: {error}")

    def _keep(self, found: Signature) -> None:
        left_out = self._pack()
        if not whole(found, signature(self._project, self._wanted.paths)):
            return  # somebody wrote meanwhile: a later look tries again
        self._kept, self._since = found, self._clock()
        if left_out:
            self._say(f"No checkpoint is kept: {left_out}")
            return
        self._sending = threading.Thread(target=self._deliver, daemon=True)
        self._sending.start()

    def _deliver(self) -> None:
        try:
            self._send()
        except (Trouble, Gone, OSError) as error:  # where the run is over, the heartbeat hears the same and ends it
            self._give_up(error)


def whole(before: Signature, after: Signature) -> bool:
    """Return whether the files that are read between two looks are complete.

    They are where nothing changed, and where one file took the place of another (`os.replace`): a reader then has
    either the old or the new one.
    """
    if before == after:
        return True
    changed = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
    return len(before) == len(after) and len(changed) == 1 and _replaced(*changed[0])


def _replaced(old: tuple[str, int, int, int], new: tuple[str, int, int, int]) -> bool:
    return old[0] == new[0] and old[3] != new[3]


def signature(project: Below, paths: Sequence[str]) -> Signature:
    """Return path, size, time and inode of all regular files at these paths and below. Symlinks are not followed."""
    found: list[tuple[str, int, int, int]] = []
    for name in paths:
        for path, seen in islice(project.files(name), MOST):
            if stat.S_ISREG(seen.st_mode):
                found.append((path, seen.st_size, seen.st_mtime_ns, seen.st_ino))
    return tuple(sorted(found))


def unpack(archive: Path, wanted: WantedCheckpoints, project: Below) -> int:
    """Unpack a checkpoint into the project, in place of what is there, and return the number of files.

    Raises Trouble where the archive is not the one that was promised, or cannot be unpacked.
    """
    if regular_size(archive) != wanted.size or _digest(archive) != wanted.sha256:
        raise Trouble("The checkpoint did not arrive as it was kept; `/run --resume` once more, or add `--reset`.")
    try:
        for name in wanted.paths:
            if project.look(name):
                project.remove(name)
        return _unpack(archive, wanted, project)
    except Exception as error:  # tarfile does not say which: RecursionError, OverflowError, MemoryError, ValueError, …
        raise Trouble(f"The checkpoint cannot be unpacked: {error}") from error


def _unpack(archive: Path, wanted: WantedCheckpoints, project: Below) -> int:
    count = 0
    with tarfile.open(archive, "r:") as found:  # uncompressed only: a compressed one could grow without end
        for entry in found:
            declared = any(PurePosixPath(entry.name).is_relative_to(name) for name in wanted.paths)
            if (
                entry.type not in tarfile.REGULAR_TYPES
                or entry.issparse()
                or not declared
                or ".git" in PurePosixPath(entry.name).parts
                or not project.leads(entry.name)
            ):
                continue
            source = found.extractfile(entry)
            if source is not None and not project.look(entry.name):
                with source, project.written(entry.name, make=True) as out:
                    shutil.copyfileobj(source, out)
                count += 1
    return count


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
