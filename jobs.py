"""The worker's door: the functions RQ calls, and what wires the program together. No decisions."""

import hashlib
import json
import logging
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from importlib.metadata import version
from time import time
from typing import Any, Protocol

from dvc.repo.experiments.utils import gen_random_name
from redis import Redis
from rq import get_current_job

from bot import events
from bot.asked import Asked
from bot.dispatch import Dispatcher
from bot.errors import Forbidden, NotFound, TryLater
from bot.ports import Ports, Runner
from bot.settings import Settings, SettingsError, read_settings
from experiments.experiment import Repository
from experiments.run import Ended, Run, State, observe
from handlers import ASKED, REGISTRY
from handlers import EVENTS as HANDLERS
from handlers.announcement import announce as announce_run
from handlers.ending import abandon, shut_out
from handlers.ending import finish as finish_run
from handlers.overview import admit_trouble
from handlers.overview import refresh as refresh_overview
from reports import replies
from runners.agent.isolation import available
from runners.local import LocalRunner
from services.deliveries import Deliveries
from services.git import Mirrors
from services.github import GitHubApp
from services.images import PlotFiles
from services.queue import RunQueue
from services.run_files import DataRunFiles
from services.snapshots import DvcSnapshots
from services.store import RedisStore
from services.workers import KINDS, work

log = logging.getLogger(__name__)


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
    images: PlotFiles
    github: GitHubApp
    runner: Trainer
    dvc_version: str


def wire(settings: Settings) -> Wired:
    """One of each."""
    redis = Redis.from_url(settings.redis_url)
    github = GitHubApp(settings.github_api_url, settings.github_app_id, settings.github_private_key)
    git = Mirrors(settings.data_dir / "mirrors", github.read_token, github.write_token, github.forget_token)
    # Names of pictures are made with a secret of their own, so that the App's key signs nothing but tokens.
    naming = hashlib.sha256(b"plots" + settings.github_private_key.encode()).digest()
    images = PlotFiles(settings.data_dir / "plots", naming, settings.public_url)
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
        store=RedisStore(redis),
        queue=queue,
        files=DataRunFiles(settings.data_dir / "runs"),
        runner=runner,
        random_name=gen_random_name,
    )
    return Wired(settings, redis, ports, queue, Deliveries(redis), images, github, runner, version("dvc"))


_here: list[Wired] = []


def wired() -> Wired:
    """This process's own, from the environment unless it was given."""
    if not _here:
        use(wire(read_settings(os.environ)))
    return _here[-1]


def use(parts: Wired) -> None:
    """These parts from now on."""
    _here[:] = [parts]


def _patient(job: Callable[[str], None]) -> Callable[[str], None]:
    """A limit of GitHub, or another worker at the same thing, uses up no try: the job is done as soon as they allow,
    and reads then what is true then."""

    @wraps(job)
    def patiently(key: str) -> None:
        queue, function = wired().queue, f"jobs.{job.__name__}"
        queue.begins(function, key)
        try:
            job(key)
        except TryLater as later:
            log.info("%s %s: put off, %s", function, key, later)
            queue.put_off(function, key, max(1.0, later.seconds))

    return patiently


@_patient
def deliver(guid: str) -> None:
    """A stored webhook delivery."""
    here = wired()
    kept = here.deliveries.load(guid)
    settings = here.settings
    event = events.parse(kept[0], json.loads(kept[1]), settings.github_url, settings.github_app_id) if kept else None
    if type(event) in ASKED:
        for asked in ASKED[type(event)](here.ports, event):
            _answer(asked, guid)
    elif event is not None:
        HANDLERS[type(event)](here.ports, event, time())
    here.deliveries.finish(guid)


def _answer(asked: Asked, guid: str) -> None:
    dispatcher = Dispatcher(wired().ports, REGISTRY, replies)
    try:
        _alone(asked.key, lambda: dispatcher.handle(asked, time()))
    except TryLater:
        raise
    except Forbidden as refused:
        log.warning("delivery %s: GitHub takes no answer to it: %s", guid, refused)
    except Exception:
        if not _last_try():
            raise
        reference = secrets.token_hex(4)
        log.exception("reference %s: delivery %s", reference, guid)
        dispatcher.admit_trouble(asked, reference)


@_patient
def announce(run_id: str) -> None:
    """A run's check run, brought up to date."""
    try:
        _alone(f"check:{run_id}", lambda: announce_run(wired().ports, run_id))
    except Forbidden as refused:
        log.warning("run %s: GitHub takes no check run of it: %s", run_id, refused)


@_patient
def finish(run_id: str) -> None:
    """What an agent returned, or how its run ended."""
    here = wired()
    try:
        _alone(f"finish:{run_id}", lambda: _finish(run_id))
    except TryLater:
        raise
    except (Forbidden, NotFound) as refused:
        log.warning("run %s ended, and GitHub refuses what its report needs: %s", run_id, refused, exc_info=True)
        shut_out(here.ports, run_id, str(refused), time())
    except Exception:
        if not _last_try():
            raise
        reference = secrets.token_hex(4)
        log.exception("reference %s: run %s", reference, run_id)
        abandon(here.ports, run_id, reference, time())


def _finish(run_id: str) -> None:
    for refused in finish_run(wired().ports, run_id, time()):
        log.warning("run %s: GitHub takes not all of its report: %s", run_id, refused)


def refresh(where: dict[str, Any], number: int, key: str) -> None:
    """A pull request's overview, made anew from what is there now."""
    here, repository = wired(), Repository(**where)
    here.queue.refreshing(key)
    try:
        with here.ports.store.alone(f"overview:{repository.id}:{number}"):
            refresh_overview(here.ports, repository, number, time())
    except TryLater as later:
        # Not a try that is used up: it is asked for until GitHub takes it, and then says what is true by then.
        here.queue.refresh(repository, number, max(1.0, later.seconds))
    except Forbidden as refused:
        log.warning("GitHub takes no overview of %s#%s: %s", repository.full_name, number, refused)
    except Exception:
        if not _last_try():
            raise
        reference = secrets.token_hex(4)
        log.exception("reference %s: overview of %s#%s", reference, repository.full_name, number)
        admit_trouble(here.ports, repository, number, reference)


def train(run_id: str, attempt: int) -> None:
    """One attempt of a run, here on this machine, until its agent is through."""
    here = wired()
    store = here.ports.store
    if store.get(run_id) is None:
        return
    token = secrets.token_urlsafe(32)
    hashed = hashlib.sha256(token.encode()).hexdigest()
    said, code = "Its agent could not be started.", -1

    def take(run: Run) -> Run:
        free = run.state is State.QUEUED and run.attempt == attempt and not run.token_hash
        return replace(run, token_hash=hashed, heartbeat=time()) if free else run

    def leave(run: Run) -> Run:
        ours = run.token_hash == hashed and run.state is not State.FINISHING
        return observe(run, Ended(State.VANISHED, said), time()) if ours else run

    run = store.update(run_id, take)
    if run.token_hash != hashed:
        return  # it was cancelled, or another runner was faster
    try:
        code = here.runner.run(run_id, attempt, token, run.experiment.timeout)
        said = f"The agent left with exit code {code} and said nothing more."
    finally:
        run = store.update(run_id, leave)
        heard = code == 0 and run.state is not State.VANISHED
        if not heard and (run.state.ended or run.state is State.FINISHING):
            here.queue.finish(run)  # a web that was killed while it heard the last word may not have asked for it


def _alone(key: str, work: Callable[[], None]) -> None:
    """Nobody else works on `key` meanwhile. TryLater."""
    with wired().ports.store.alone(key):
        work()


def _last_try() -> bool:
    job = get_current_job()
    return job is None or not job.retries_left


def main(kind: str) -> int:
    """`worker` (short jobs) or `runner` (training), until it is told to stop."""
    if kind not in KINDS:
        sys.stderr.write("python -m jobs worker, or python -m jobs runner\n")
        return 2
    try:
        here = wired()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    work(kind, here.redis)
    return 0


if __name__ == "__main__":
    # RQ imports this module as `jobs`; as `__main__` it would be wired twice.
    from jobs import main as run_main

    sys.exit(run_main("".join(sys.argv[1:2])))
