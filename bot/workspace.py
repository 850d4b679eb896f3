"""Workspaces: a pull request as one person sees it at one moment, for questions that need no request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from bot.errors import UserError
from bot.ports import Ports
from bot.ports.git_host import Permission, PullRequest
from bot.ports.reading import ReadingPorts
from experiments.experiment import PullRef, Repository
from experiments.projects import rooted
from experiments.settings.check import located
from experiments.settings.repo_config import RepoConfig, unreadable
from experiments.settings.repo_config import parse as parse_config
from experiments.snapshot import Snapshot

CONFIG = ".github/studio.yml"


@dataclass(frozen=True)
class Workspace:
    """A pull request as one person sees it at one moment, its head pinned. Questions need nothing else; what is to be
    done needs a Request, too."""

    ports: ReadingPorts
    pull: PullRequest
    person: str  # login of whoever looks: runners and submodules may be open to some people only
    permission: Permission  # that this person has in the repository
    now: float  # seconds since the epoch

    @property
    def repository(self) -> Repository:
        """The repository of the pull request, under its present name."""
        return self.pull.repository

    @cached_property
    def config(self) -> RepoConfig:
        """The configuration on the base branch as it is now, so that no pull request changes its own rules."""
        return repository_config(self.ports, self.repository, self.pull.base_branch)


@dataclass(frozen=True)
class Head:
    """One project at the pinned head, or at another commit."""

    workspace: Workspace
    project: str  # folder, empty for the root
    revision: str = ""  # SHA of another, fetched commit to use instead of the head

    @property
    def sha(self) -> str:
        """The SHA of the commit."""
        return self.revision or self.workspace.pull.head

    @cached_property
    def snapshot(self) -> Snapshot:
        """The snapshot of the project at the commit, which is fetched."""
        ports, repository = self.workspace.ports, self.workspace.repository
        ports.git.fetch(repository, [self.sha])
        return ports.snapshots.take(repository, self.sha, self.project, self.config.declared)

    @cached_property
    def config(self) -> RepoConfig:
        """The configuration of the project."""
        return self.workspace.config.of(self.project)

    def text(self, path: str) -> str:
        """Return the text of a file of the project; empty where it is absent."""
        workspace = self.workspace
        found = workspace.ports.git.read(workspace.repository, self.sha, rooted(self.project, path))
        return (found or b"").decode("utf-8", "replace")


@contextmanager
def entered(ports: Ports, where: PullRef, person: str, now: float) -> Iterator[Workspace]:
    """Yield a workspace for as long as its commits are read. Raise NotFound where there is no such pull request.

    `git.fetch_pull` fetches the commits of a fork, within bounds.
    """
    pull = ports.host.pull(where)
    with ports.reading(pull) as reading:
        yield Workspace(reading, pull, person, ports.host.permission(where.repository, person), now)


def repository_config(ports: ReadingPorts, repository: Repository, base_branch: str) -> RepoConfig:
    """Return the configuration in `.github/studio.yml` of a base branch, with its problems; the default without one."""
    ref = f"refs/heads/{base_branch}"
    tip = ports.git.remote_refs(repository, ref).get(ref)
    if tip is None:
        return parse_config(None)
    ports.git.fetch(repository, [tip])
    try:
        text = ports.git.read(repository, tip, CONFIG)
        config = parse_config(text)
        return replace(config, problems=located(text or b"", config.problems))
    except UserError as error:  # the file is too large: the report says so, and all else goes on
        return unreadable(error.message)
