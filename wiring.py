"""The wiring of the program: one of each part, made from the settings."""

import hashlib
import os
from dataclasses import dataclass
from importlib.metadata import version
from typing import Protocol

from dvc.repo.experiments.utils import gen_random_name
from redis import Redis

from bot.ports import Ports, Runner
from bot.settings import Settings, read_settings
from runners.agent.isolation import available
from runners.local import LocalRunner
from services.deaths import Deaths
from services.deliveries import Deliveries
from services.git import Mirrors
from services.github import GitHubApp
from services.images import PlotFiles
from services.page_files import PageFiles
from services.queue import RunQueue
from services.run_files import DataRunFiles
from services.snapshots import DvcSnapshots
from services.store import RedisStore


class Trainer(Runner, Protocol):
    """A runner of this machine."""

    def run(self, run_id: str, attempt: int, token: str, timeout: int) -> int:
        """Train one attempt until its agent has left; the agent's exit code."""
        ...


@dataclass(frozen=True)
class Wired:
    """Everything, made from the settings."""

    settings: Settings
    redis: Redis
    ports: Ports
    queue: RunQueue
    deliveries: Deliveries
    deaths: Deaths
    images: PlotFiles
    pages: PageFiles
    github: GitHubApp
    runner: Trainer
    dvc_version: str


def wire(settings: Settings) -> Wired:
    """One of each."""
    redis = Redis.from_url(settings.redis_url)
    github = GitHubApp(settings.github_api_url, settings.github_app_id, settings.github_private_key)
    git = Mirrors(settings.data_dir / "mirrors", github.read_token, github.write_token, github.forget_token)
    images = PlotFiles(settings.data_dir / "plots", _naming(settings, b"plots"), settings.public_url)
    pages = PageFiles(settings.data_dir / "pages", _naming(settings, b"pages"), settings.public_url)
    isolated = available()
    queue = RunQueue(redis)
    runner = LocalRunner(
        settings.data_dir / "agent",
        settings.public_url,
        settings.local_remotes,
        settings.trusted_repositories,
        isolated,
        exposed=not settings.redis_is_private,
    )
    ports = Ports(
        github=github,
        git=git,
        snapshots=DvcSnapshots(git, settings.data_dir / "snapshots", isolated),
        images=images,
        pages=pages,
        store=RedisStore(redis),
        queue=queue,
        files=DataRunFiles(settings.data_dir / "runs"),
        runner=runner,
        random_name=gen_random_name,
    )
    deliveries, deaths = Deliveries(redis), Deaths(redis)
    return Wired(settings, redis, ports, queue, deliveries, deaths, images, pages, github, runner, version("dvc"))


def _naming(settings: Settings, what: bytes) -> bytes:
    """Names of files are made with secrets of their own, so that the App's key signs nothing but tokens."""
    return hashlib.sha256(what + settings.github_private_key.encode()).digest()


_here: list[Wired] = []


def wired() -> Wired:
    """This process's own, from the environment unless it was given."""
    if not _here:
        use(wire(read_settings(os.environ)))
    return _here[-1]


def use(parts: Wired) -> None:
    """These parts from now on."""
    _here[:] = [parts]
