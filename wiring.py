"""The wiring of the program: makes one of each part from the settings."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from redis import Redis

from bot.boot_script import Boot
from bot.ports import Ports
from bot.ports.runners import Audit, Runners, Trainer
from bot.ports.store import Store
from bot.settings import Settings, TrainerSettings, read_settings, read_trainer_settings
from experiments.fleet.runners import Fleet
from experiments.placement import EngineKind
from runners.agent.isolation.bubblewrap import available, obstacle
from runners.local import LocalRunner
from runners.package import pack
from runners.plugins import plugins
from runners.registry import engines
from services.files.audit import AuditLog
from services.files.images import PlotFiles
from services.files.pages import PageFiles
from services.files.run_files import DataRunFiles
from services.redis.crash_counts import Deaths
from services.redis.deliveries import Deliveries
from services.redis.lanes import Lanes
from services.redis.queue import RunQueue
from services.redis.store import RedisStore

if TYPE_CHECKING:
    from bot.ports.git import Git
    from bot.ports.snapshots import Snapshots
    from services.github.client import GitHubApp


@dataclass(frozen=True)
class Training:
    """The parts that a training process needs."""

    redis: Redis
    store: Store
    queue: RunQueue
    runner: Trainer


@dataclass(frozen=True)
class Wired:
    """The parts of the whole bot, made from the settings."""

    settings: Settings
    redis: Redis
    ports: Ports
    queue: RunQueue
    deliveries: Deliveries
    deaths: Deaths
    lanes: Lanes
    images: PlotFiles
    pages: PageFiles
    github: "GitHubApp"
    runner: Trainer
    agent: bytes  # packed for machines that were launched and have nothing of ours
    dvc_version: str


class Later:
    """Stands for a part that is made when it is first used: whoever asks for an attribute gets that part's."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: list[Any] = []
        self._lock = Lock()  # the web process has many threads, and each part is one

    def __getattr__(self, name: str) -> Any:
        """Return the part's attribute. Raise what making the part raises; the next use tries again."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
        return getattr(self._made[0], name)


def wire(settings: Settings, *, late: bool = False) -> Wired:
    """Return one of each part, made from the settings.

    `late`: make the parts that reach GitHub and read commits when they are first used, and import what they are made
    of only then. That suits a process that seldom uses them; a worker uses them in its first job.
    """

    def part(make: Callable[[], Any]) -> Any:
        return Later(make) if late else make()

    redis = Redis.from_url(settings.redis_url)
    github: GitHubApp = part(lambda: _github(settings))
    git: Git = part(lambda: _mirrors(settings, github))
    snapshots: Snapshots = part(lambda: _snapshots(settings, git))
    images = PlotFiles(settings.data_dir / "plots", _naming(settings, b"plots"), settings.public_url)
    pages = PageFiles(settings.data_dir / "pages", _naming(settings, b"pages"), settings.public_url)
    fleet = settings.runners
    audit = AuditLog(settings.data_dir / "audit")
    queue = queueing(redis, fleet, audit)
    runner: Trainer = part(lambda: _runner(settings))  # it tries whether it can isolate, with programs that it starts
    agent = pack()
    machines = Runners(
        fleet=fleet,
        owner=settings.owner,
        engines=engines(fleet.runners, settings.owner),
        audit=audit,
        boot=Boot(settings.public_url, _naming(settings, b"boot"), hashlib.sha256(agent).hexdigest()),
        secrets={name: os.environ[name] for name in fleet.variables if name in os.environ},
        plugins=plugins(),
    )
    ports = Ports(
        host=github,
        git=git,
        snapshots=snapshots,
        images=images,
        pages=pages,
        store=RedisStore(redis),
        queue=queue,
        files=DataRunFiles(settings.data_dir / "runs"),
        runner=runner,
        runners=machines,
        random_name=_random_name,
        monotonic=monotonic,
    )
    deliveries, deaths, lanes = Deliveries(redis), Deaths(redis), Lanes(redis)
    dvc = version("dvc")
    return Wired(settings, redis, ports, queue, deliveries, deaths, lanes, images, pages, github, runner, agent, dvc)


# The next three import what they make: HTTP, cryptography, and what reads Git and DVC take as long to load as all else.


def _github(settings: Settings) -> "GitHubApp":
    from services.github.client import GitHubApp

    return GitHubApp(settings.github_api_url, settings.github_app_id, settings.github_private_key)


def _mirrors(settings: Settings, github: "GitHubApp") -> "Git":
    from services.git.repository import Mirrors

    return Mirrors(settings.data_dir / "mirrors", github.read_token, github.write_token, github.forget_token)


def _snapshots(settings: Settings, git: "Git") -> "Snapshots":
    from services.dvc.snapshots import DvcSnapshots

    return DvcSnapshots(git, settings.data_dir / "snapshots", available(), refused=_unread(settings))


def queueing(redis: Redis, fleet: Fleet, audit: Audit) -> RunQueue:
    """Return the run queue, with an RQ queue for each runner of type `rq` and the operator's switch to pause."""
    return RunQueue(redis, [name for name, each in fleet.runners.items() if each.type is EngineKind.RQ], audit.paused)


def _runner(settings: TrainerSettings) -> LocalRunner:
    return LocalRunner(
        settings.data_dir / "agent",
        settings.public_url,
        settings.local_remotes,
        settings.trusted_repositories,
        available(),
        obstacle(),
        is_root=os.geteuid() == 0,
        exposed=not settings.redis_is_private,
    )


def _unread(settings: Settings) -> Callable[[str], str]:
    """Return a function from a repository's name to the reason why its commits are not read; empty where they are.

    They are not read where the reader can't be isolated and the repository is not trusted.
    """
    why, trusted = obstacle(), settings.trusted_repositories

    def refused(name: str) -> str:
        if not why or name.lower() in trusted:
            return ""
        return (
            f"Commits of {name} are not read: on the bot's machine what reads them can't be isolated. {why} The "
            f"operator fixes that, or adds {name} to TRUSTED_REPOSITORIES."
        )

    return refused


def _random_name() -> str:
    """Return a name for an experiment, as DVC makes them."""
    # Imported here: DVC takes half a second to load, and only a request that names no experiment needs it.
    from dvc.repo.experiments.utils import gen_random_name

    return str(gen_random_name())


def _naming(settings: Settings, what: bytes) -> bytes:
    """Return the secret for one purpose, derived from the App's key: the key itself signs nothing but tokens."""
    return hashlib.sha256(what + settings.github_private_key.encode()).digest()


_here: list[Wired] = []
_there: list[Training] = []


def wired(*, late: bool = False) -> Wired:
    """Return this process's parts: those given to `use`, or else made from the settings in the environment.

    `late`: as for `wire`, where they are made now.
    """
    if not _here:
        use(wire(read_settings(os.environ), late=late))
    return _here[-1]


def training() -> Training:
    """Return what this process trains with: given to `use`, or else made from the settings in the environment."""
    if not _there:
        settings = read_trainer_settings(os.environ)
        redis = Redis.from_url(settings.redis_url)
        _there[:] = [Training(redis, RedisStore(redis), RunQueue(redis), _runner(settings))]
    return _there[-1]


def use(parts: Wired) -> None:
    """Make `wired` and `training` return these parts from now on."""
    _here[:] = [parts]
    _there[:] = [Training(parts.redis, parts.ports.store, parts.queue, parts.runner)]
