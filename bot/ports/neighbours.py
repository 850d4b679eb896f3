"""What bringing submodules needs of GitHub and of Git: other repositories than the one a run is of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from experiments.experiment import Repository


class Neighbours(Protocol):
    """Part of the GitHub port."""

    def repository(self, full_name: str, beside: Repository) -> Repository | None:
        """The repository of this name on the same host; None where the App is not installed on it, or may not work."""
        ...


@dataclass(frozen=True)
class Held:
    """What a commit holds."""

    tree: str  # SHA
    size: int  # bytes of its files
    files: int
    submodules: tuple[str, ...]  # paths
    pointers: tuple[str, ...]  # paths of files that Git LFS has elsewhere, the first hundred


class Trees(Protocol):
    """Part of the Git port."""

    def held(self, repository: Repository, sha: str) -> Held:
        """What a fetched commit holds. NotFound; UserError where it has more files than can be listed."""
        ...

    def pack(self, repository: Repository, tree: str, folder: Path) -> Path:
        """Write a Git pack of a fetched tree into a folder: its files, and no commit."""
        ...
