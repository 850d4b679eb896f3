"""Make small DVC projects in real Git repositories, with as much of the port `Git` as snapshots need."""

import hashlib
import io
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from PIL import Image

from bot.ports.git import Git, LeftOut
from experiments.experiment import Repository
from experiments.projects import ROOT
from experiments.settings.declared import Declared
from experiments.snapshot import Snapshot
from services.dvc.snapshots import DvcSnapshots
from services.git import trees

NOTHING = Declared()
REPOSITORY = Repository(7, "octo/iris", 1)
AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
with io.BytesIO() as _file:
    Image.new("RGB", (4, 3), "red").save(_file, "PNG")
    PNG = _file.getvalue()

Files = Mapping[str, str | bytes]


class LocalGit:
    """Write trees of one repository, and count how often that was asked."""

    def __init__(self, repository: Path) -> None:
        self.repository = repository
        self.checkouts = 0

    def checkout(self, repository: Repository, sha: str, folder: Path) -> LeftOut:
        self.checkouts += 1
        return trees.checkout(self.repository, sha, folder)

    def room(self, repository: Repository, sha: str) -> int:
        return trees.room(self.repository, sha)

    def brought(self, repository: Repository, shas: Sequence[str]) -> Mapping[str, Path]:
        return {}

    def tree(self, repository: Repository, sha: str) -> str:
        return git(self.repository, "rev-parse", f"{sha}^{{tree}}")


class Workbench:
    """Commit files and take snapshots of the commits."""

    def __init__(self, folder: Path, seconds: float = 90) -> None:
        self.tree = folder / "repository"
        self.tree.mkdir()
        self._git("init", "--quiet")
        self.mirror = LocalGit(self.tree / ".git")
        self.kept = folder / "kept"
        self.snapshots = DvcSnapshots(cast(Git, self.mirror), self.kept, isolate=False, seconds=seconds)

    def commit(self, files: Files = {}) -> str:  # noqa: B006 - a Mapping is not changed
        """Write and commit files beside those that are there, and return the SHA."""
        for name, content in files.items():
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self._git("add", "--all", "--force")
        self._git(*AUTHOR, "commit", "--quiet", "--allow-empty", "--message", "x")
        return self._git("rev-parse", "HEAD")

    def take(self, files: Files, tar: Path | None = None) -> Snapshot:
        """Return the snapshot of a commit with these files, in a DVC project."""
        return self.snapshots.take(REPOSITORY, self.commit({".dvc/config": "", **files}), ROOT, NOTHING, tar)

    def _git(self, *words: str) -> str:
        return git(self.tree, *words)


def git(folder: Path, *words: str) -> str:
    """Run git there, and return what it prints."""
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def md5(content: str | bytes) -> str:
    """Return the MD5 as DVC writes it in dvc.lock."""
    data = content.encode() if isinstance(content, str) else content
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def pack(place: Path, files: Files) -> Path:
    """Return a tar as an agent sends it."""
    with tarfile.open(place, "w") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return place
