"""`.demo`: everything the demo writes is in here, and may be deleted when none runs."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.trouble import Trouble


@dataclass(frozen=True)
class Folder:
    """The places in it."""

    root: Path

    @property
    def github(self) -> Path:
        """Of the local GitHub: repositories, configuration and the App's key."""
        return self.root / "github"

    @property
    def redis(self) -> Path:
        """Redis's append-only file."""
        return self.root / "redis"

    @property
    def remote(self) -> Path:
        """The project's DVC remote."""
        return self.root / "remote"

    @property
    def remotes(self) -> Path:
        """The DVC remotes of the demo's other projects, a folder each."""
        return self.root / "remotes"

    @property
    def logs(self) -> Path:
        """What each program says."""
        return self.root / "logs"

    @property
    def data(self) -> Path:
        """DATA_DIR of the bot."""
        return self.root / "data"

    def box(self, name: str) -> Path:
        """DATA_DIR of another machine."""
        return self.root / "boxes" / name

    @property
    def kept(self) -> Path:
        """The trained project, for the next time."""
        return self.root / "kept"

    @property
    def home(self) -> Path:
        """HOME of every program."""
        return self.root / "home"

    def begin_anew(self) -> None:
        """Forget what the last demo's bot and GitHub knew; keep what only costs time to make."""
        for folder in (self.github, self.redis, self.remote, self.remotes, self.logs):
            _remove(folder)
        agent = self.data / "agent"
        for folder, kept in ((self.data, {agent}), (agent, {agent / "envs", agent / "uv"})):
            for found in set(folder.iterdir()) - kept if folder.is_dir() else ():
                _remove(found)
        for folder in (self.github, self.kept):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Trouble while another demo runs in it: they would empty it for each other."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Trouble(f"A demo is running in {self.root} already. End that one first.") from None
            yield


def _remove(found: Path) -> None:
    if found.is_dir() and not found.is_symlink():
        shutil.rmtree(found)
    else:
        found.unlink(missing_ok=True)
