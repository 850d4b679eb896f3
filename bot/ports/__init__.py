"""The ports: what the bot needs from outside, each as narrow as its users allow, a file for each neighbour."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bot.ports.files import Images, Pages, RunFiles
from bot.ports.git import Git
from bot.ports.git_host import GitHost, PullRequest
from bot.ports.queue import Queue
from bot.ports.runners import Runner, Runners
from bot.ports.snapshots import Snapshots
from bot.ports.store import Store


@dataclass(frozen=True)
class Ports:
    """All ports, which the entry points wire."""

    host: GitHost
    git: Git
    snapshots: Snapshots
    images: Images
    pages: Pages
    store: Store
    queue: Queue
    files: RunFiles
    runner: Runner  # the bot's own machine
    runners: Runners
    random_name: Callable[[], str]  # `puffy-daks`, as DVC makes them
    monotonic: Callable[[], float]  # seconds, to measure how long something took

    @contextmanager
    def reading(self, pull: PullRequest) -> Iterator["Ports"]:
        """Yield ports with which this pull request's commits are read, for as long as the block runs."""
        with self.git.reading(pull) as git:
            yield replace(self, git=git, snapshots=self.snapshots.through(git)) if pull.fork else self
