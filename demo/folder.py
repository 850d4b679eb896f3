"""`.demo`: the folder that holds everything the demo writes. It may be deleted while no demo runs."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.trouble import DemoTrouble


@dataclass(frozen=True)
class Folder:
    """The paths in the demo's folder."""

    root: Path

    @property
    def github(self) -> Path:
        """The local GitHub's folder: repositories, configuration and the App's key."""
        return self.root / "github"

    @property
    def redis(self) -> Path:
        """The folder of Redis's append-only file."""
        return self.root / "redis"

    @property
    def remote(self) -> Path:
        """The demo project's DVC remote."""
        return self.root / "remote"

    @property
    def remotes(self) -> Path:
        """The folder of the other projects' DVC remotes, one folder each."""
        return self.root / "remotes"

    @property
    def logs(self) -> Path:
        """The folder of the programs' logs."""
        return self.root / "logs"

    @property
    def data(self) -> Path:
        """The bot's DATA_DIR."""
        return self.root / "data"

    def box(self, name: str) -> Path:
        """Return the DATA_DIR of another machine."""
        return self.root / "boxes" / name

    @property
    def kept(self) -> Path:
        """The folder of trained projects, kept for the next demo."""
        return self.root / "kept"

    @property
    def home(self) -> Path:
        """The HOME of every program."""
        return self.root / "home"

    def begin_anew(self) -> None:
        """Delete what the last demo's bot and GitHub knew; keep what only takes time to make."""
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
        """Lock the folder inside the block.

        Raises DemoTrouble while another demo runs: they would empty it for each other.
        """
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DemoTrouble(f"A demo is running in {self.root} already. End that one first.") from None
            yield


def _remove(found: Path) -> None:
    if found.is_dir() and not found.is_symlink():
        shutil.rmtree(found)
    else:
        found.unlink(missing_ok=True)
