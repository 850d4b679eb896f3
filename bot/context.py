"""What a handler knows while it decides: who asks, where, about which commit, and when."""

from dataclasses import dataclass, replace
from functools import cached_property

from bot.errors import UserError
from bot.ports import Ports
from bot.ports.git_host import Permission, PullRequest
from experiments.experiment import Repository
from experiments.projects import rooted
from experiments.settings.check import located
from experiments.settings.config import RepoConfig, unreadable
from experiments.settings.config import parse as parse_config
from experiments.snapshot import Snapshot

CONFIG = ".github/studio.yml"


@dataclass(frozen=True)
class Context:
    """What one person asks at one moment in one pull request, its head pinned."""

    ports: Ports
    repository: Repository
    pull: PullRequest
    comment: int  # id of what is asked: bot.request
    author: str
    permission: Permission
    written: float  # when the comment was, as GitHub says, in seconds since the epoch; 0 where a button was pressed
    now: float  # likewise

    @cached_property
    def config(self) -> RepoConfig:
        """From the base branch as it is now, so that a pull request cannot change its own rules."""
        return repository_config(self.ports, self.repository, self.pull.base_branch)


@dataclass(frozen=True)
class Head:
    """One project at the pinned head, or at another commit."""

    context: Context
    project: str  # folder, empty for the root
    revision: str = ""  # SHA of another commit that was fetched and stands in the head's place

    @property
    def sha(self) -> str:
        """Of the commit that is looked at."""
        return self.revision or self.context.pull.head

    @cached_property
    def snapshot(self) -> Snapshot:
        """What it says of itself."""
        ports, repository = self.context.ports, self.context.repository
        ports.git.fetch(repository, [self.sha])
        return ports.snapshots.take(repository, self.sha, self.project, self.config.declared)

    @cached_property
    def config(self) -> RepoConfig:
        """Its settings."""
        return self.context.config.of(self.project)

    def text(self, path: str) -> str:
        """A file of the project; empty where it is absent."""
        context = self.context
        found = context.ports.git.read(context.repository, self.sha, rooted(self.project, path))
        return (found or b"").decode("utf-8", "replace")


def repository_config(ports: Ports, repository: Repository, base_branch: str) -> RepoConfig:
    """`.github/studio.yml` of a base branch."""
    ref = f"refs/heads/{base_branch}"
    tip = ports.git.remote_refs(repository, ref).get(ref)
    if tip is None:
        return parse_config(None)
    ports.git.fetch(repository, [tip])
    try:
        text = ports.git.read(repository, tip, CONFIG)
        config = parse_config(text)
        return replace(config, problems=located(text or b"", config.problems))
    except UserError as error:  # too large: said in the report, and stops nothing else
        return unreadable(error.message)
