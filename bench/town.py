"""The whole bot as programs on this machine, with pull requests of small DVC projects."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from redis import Redis

from bench.thread import Thread, reactions, says
from demo.folder import Folder
from demo.hub import OTHERS, REPOSITORY, Hub
from demo.ports import free_port
from demo.processes import Processes
from demo.redis import running_redis
from demo.seed import author, run
from demo.stage import ROOT, build
from reports.run.comment import marker
from services.redis.store import RedisStore

TEMPLATES = Path(__file__).parent / "project"
TRIVIAL = OTHERS[0]
RUNNERS = 2
BRANCH = "tune"


@dataclass(frozen=True)
class Town:
    """A running bot with its local GitHub."""

    hub: Hub
    folder: Folder
    env: Mapping[str, str]  # of programs that are not part of the bot
    processes: Processes
    redis: Redis
    threads: dict[str, Thread] = field(default_factory=dict)  # by repository, as published

    @property
    def curves(self) -> Thread:
        """A project that trains for some seconds, and has four plots and a DVC remote."""
        return self.threads[REPOSITORY]

    @property
    def trivial(self) -> Thread:
        """A project where nothing takes time but what is around training."""
        return self.threads[TRIVIAL]

    @cached_property
    def store(self) -> RedisStore:
        """The bot's store."""
        return RedisStore(self.redis)

    @property
    def by_hand(self) -> Mapping[str, str]:
        """The variables of a person's programs: the Python and DVC of the environment that runs train in come first."""
        (found,) = (self.folder.data / "agent" / "envs" / "agent").glob("*/bin/dvc")
        return {**self.env, **author("ada"), "PATH": f"{found.parent}:{self.env['PATH']}"}

    def clone(self, of: Thread, name: str) -> Path:
        """Clone a pull request's branch anew, with all experiments and with the data that its DVC remote has."""
        place = self.folder.root / "clones" / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        tree = place / "tree"
        run(["git", "clone", "--quiet", "--branch", BRANCH, of.clone_url, str(tree)], place, self.by_hand)
        return tree

    def publish(self, repository: str, template: str = "trivial", remote: Path | None = None) -> None:
        """Push a project on `main` and, trained, on a branch, and open its pull request.

        `remote` is the folder of its DVC remote.
        """
        tree, env = self.folder.root / "seeds" / repository, {**self.env, **author("ada")}
        shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(TEMPLATES / template, tree)

        def here(*command: str) -> None:
            run(command, tree, env)

        def commit(message: str) -> None:
            here("git", "add", "--all")
            here("git", "commit", "--quiet", "--message", message)

        here("git", "init", "--quiet", "--initial-branch", "main")
        here("dvc", "init", "--quiet")
        if remote:
            here("dvc", "remote", "add", "--quiet", "--default", "storage", str(remote))
        commit("Begin")
        here("git", "switch", "--quiet", "--create", BRANCH)
        here("dvc", "repro", "--quiet")
        commit("Train it")
        if remote:
            here("dvc", "push", "--quiet")
        address = f"{self.hub.url}/{repository}.git"
        run(["git", "push", "--quiet", address, "main", BRANCH], tree, {**env, **self.hub.credential("ada")})
        number = self.hub.open_pull(BRANCH, "Tune it", "", by="ada", repository=repository)
        self.threads[repository] = Thread(self.hub, repository, number, self.processes, self.store)


@contextmanager
def town(root: Path, environ: Mapping[str, str]) -> Iterator[Town]:
    """Start the whole bot with two runner processes, and stop it after the block."""
    folder = Folder(root)
    with folder.alone(), Processes(folder.logs) as processes, running_redis(folder.redis, environ) as redis:
        folder.begin_anew()
        stage = build(folder, free_port(), redis, processes, environ)
        for place in range(1, RUNNERS):  # the Procfile starts the first one
            command = [sys.executable, "-m", "trainer"]
            processes.start(f"runner-{place + 1}", command, env=stage.of_bot, folder=ROOT)
        made = Town(stage.hub, folder, stage.env, processes, Redis.from_url(redis))
        made.publish(REPOSITORY, "curves", folder.remote.resolve())
        made.publish(TRIVIAL)
        stage.wait()
        _warm(made.curves, "fit.epochs=2")
        _warm(made.trivial, "train.lr=0.9")
        yield made


def _warm(thread: Thread, change: str) -> None:
    """Let a first run make what is kept for the next ones: a mirror, and the environment that both sides train in."""
    comment = thread.comment(f"/run --temp -S {change} -n warm")
    thread.waits("acceptance", lambda seen: "rocket" in reactions(seen, comment))
    (made,) = thread.runs("warm")
    thread.waits("a first report", lambda seen: says(seen, marker(made)))
