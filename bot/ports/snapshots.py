"""What projects say of themselves at a commit: the port to whoever reads them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.ports.git import Checkouts
from experiments.experiment import Repository
from experiments.settings.declared import Declared
from experiments.snapshot import Snapshot

if TYPE_CHECKING:  # it brings what writes YAML and TOML, of which whoever only passes it on needs nothing
    from experiments.composition import Composition


class ReadSnapshots(Protocol):
    """What projects say of themselves at a commit, read by the real DVC without trusting them."""

    def take(
        self, repository: Repository, sha: str, project: str, declared: Declared, files: Path | None = None
    ) -> Snapshot:
        """Return the snapshot of a project (its folder, empty for the root) at a commit that the mirror holds.

        It is kept by the commit's tree and by what is declared.

        `declared`: what the repository's configuration names; it counts where the commit has no DVC.
        `files`: a tar of declared metric and plot files that are in no Git tree, as the agent returned it. With it the
        snapshot is taken again only when something of it was not fetched before.
        """
        ...

    def take_all(
        self, repository: Repository, shas: Sequence[str], project: str, declared: Declared, plots: bool = False
    ) -> Mapping[str, Snapshot]:
        """By SHA, the snapshots of many commits that the mirror holds: as `take`, in a fraction of the time.

        Plots are without rows and images unless `plots` asks for them. Those for which there is no room beside the
        others say BEYOND in `problems`, and nothing else; put the more important ones first.
        """
        ...

    def compose(
        self, repository: Repository, sha: str, project: str, trials: Sequence[Sequence[str]]
    ) -> Sequence["Composition"]:
        """Return what Hydra composes of a project's configuration at a commit, for each list of overrides in `trials`.

        The mirror holds the commit. No code of the project runs.
        """
        ...


class Snapshots(ReadSnapshots, Protocol):
    """The Snapshots port: reading commits, and the snapshots that are kept of them."""

    def ready(self) -> AbstractContextManager[None]:
        """Be ready for the next commit inside the block, so that it is read sooner."""
        ...

    def through(self, git: Checkouts) -> "Snapshots":
        """Return the port that reads commits by these means. Snapshots of commits that only a fork has are kept
        beside these, and all others in the same place."""
        ...

    def sweep(self, now: float) -> None:
        """Delete kept snapshots that nobody has read for long, of one repository; the next call does so of the next."""
        ...
