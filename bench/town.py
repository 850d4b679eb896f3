"""The whole bot as programs on this machine, with a repository of a trivial DVC project."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from time import monotonic
from typing import Any

from redis import Redis

from demo.folder import Folder
from demo.hub import REPOSITORY, REPOSITORY_ID, Hub
from demo.ports import free_port
from demo.processes import Processes
from demo.redis import running_redis
from demo.seed import author, run
from demo.stage import ROOT, build
from demo.trouble import DemoTrouble
from experiments.experiment import PullRef, Repository
from experiments.run import Run
from services.redis.store import RedisStore

TEMPLATE = Path(__file__).parent / "project"
RUNNERS = 2
PATIENCE = 300.0  # seconds until an expected event is given up


class GaveUp(DemoTrouble):
    """Something that should have happened did not. The message says what is seen instead."""


@dataclass(frozen=True)
class Town:
    """A running bot with its local GitHub and one pull request."""

    hub: Hub
    number: int  # of the pull request
    folder: Folder
    env: Mapping[str, str]
    processes: Processes
    store: RedisStore

    def waits(self, what: str, until: Callable[[dict[str, Any]], bool]) -> float:
        """Wait until the pull request looks as `until` asks; return the time on the monotonic clock. Raises GaveUp."""
        end = monotonic() + PATIENCE
        with closing(self.hub.follow(self.number)) as views:
            for seen in takewhile(lambda _: monotonic() < end, views):
                self.processes.check()
                if until(seen):
                    return monotonic()
        said = [each["body"][:2000] for each in self.hub.show(self.number)["comments"][-3:]]
        raise GaveUp(f"{what}: not within {PATIENCE:.0f} seconds.\n{said}\n{self.processes.last_lines()}")

    def runs(self, sweep: str) -> list[Run]:
        """Return the runs of a sweep, from the bot's store."""
        where = PullRef(Repository(REPOSITORY_ID, REPOSITORY, installation=0), self.number)
        return [run for run in self.store.of_pull(where) if run.experiment.sweep.name == sweep]

    @property
    def programs(self) -> Path:
        """The folder with the Python and DVC of the environment that runs train in."""
        (found,) = (self.folder.data / "agent" / "envs").glob("*/*/bin/dvc")
        return found.parent


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
        number = _publish(stage.hub, root / "seed", {**stage.env, **author("ada")})
        stage.wait()
        yield Town(stage.hub, number, folder, stage.env, processes, RedisStore(Redis.from_url(redis)))


def _publish(hub: Hub, tree: Path, env: Mapping[str, str]) -> int:
    """Push the project on `main` and, trained with another value, on a branch; return its pull request's number."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(TEMPLATE, tree)

    def here(*command: str) -> None:
        run(command, tree, env)

    here("git", "init", "--quiet", "--initial-branch", "main")
    here("dvc", "init", "--quiet")
    for branch, lr in (("main", "0.5"), ("tune", "0.6")):
        here("git", "checkout", "--quiet", "-B", branch)
        (tree / "params.yaml").write_text(f"train:\n  lr: {lr}\n")
        here("dvc", "repro", "--quiet")
        here("git", "add", "--all")
        here("git", "commit", "--quiet", "--message", f"Train with {lr}")
    run(["git", "push", "--quiet", hub.clone_url, "main", "tune"], tree, {**env, **hub.credential("ada")})
    return hub.open_pull("tune", "Tune it", "", by="ada")
