"""The world of a conversation test."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import time
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import yaml
from flask.testing import FlaskClient
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

import clock
import wiring
from app import create_app
from bot.events import EVENTS, Event, parse
from bot.ports.engines import Engine
from bot.settings import read_settings
from experiments.fleet.ledger import AuditEntry, account
from experiments.fleet.reading import read_fleet
from sandbox.keys import new_key
from sandbox.records import Delivery, Fault
from sandbox.server import Sandbox
from services.dvc.snapshots import DvcSnapshots
from services.redis.lanes import LANES, queues_of
from services.redis.queue import RUNS
from tests.schema import Checked
from tests.world.engine import ScriptedEngine
from tests.world.project import PARAMS, files, git, write
from tests.world.pull import PullRequest
from tests.world.runner import RunnerHand, ScriptedRunner
from tests.world.sticky import BOT
from tests.world.warm_reader import warm

SECRET = "a webhook secret"
PUBLIC_URL = "https://studio.example.com"


@cache
def _key() -> str:
    """The App's private key, the same in all worlds of a process: making one takes 65 ms."""
    return new_key()


class World:
    """A GitHub with one repository, the bot, people, and a clock that stands still until a test moves it."""

    maintainer, reader, outsider = "ada", "ivan", "mallory"

    def __init__(self, folder: Path, redis_url: str, snapshots: Path, public_url: str = PUBLIC_URL) -> None:
        self.reachable = True  # for GitHub's webhooks
        self.later = 0.0  # seconds the clock is told to be ahead
        self.sandbox = Sandbox(folder / "github")
        self.requests: list[str] = []  # method and path of every request to GitHub
        self.writes: list[str] = []  # method and path of every request that changes something at GitHub
        self.sandbox.start(wrap=self._watch)
        for login in ("grace", self.maintainer, self.reader, self.outsider):
            self.sandbox.add_user(login)
        bare = self.sandbox.add_repository(
            "grace/digits",
            private=True,
            collaborators={"grace": "admin", self.maintainer: "write", self.reader: "read"},
        )
        self.repository = bare.repository
        self.protect, self.bare = bare.protect, bare
        self.folder = folder
        self.app_id, key = self._register(f"{public_url}/webhook")
        environ = {
            "GITHUB_APP_ID": str(self.app_id),
            "GITHUB_PRIVATE_KEY": key,
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_API_URL": self.sandbox.api_url,
            "GITHUB_URL": self.sandbox.url,
            "REDIS_URL": redis_url,
            "PUBLIC_URL": public_url,
            "DATA_DIR": str(folder / "data"),
        }
        self.runner_port = ScriptedRunner()
        (folder / "data").mkdir()
        (folder / "data" / "snapshots").symlink_to(snapshots)
        wired = wiring.wire(read_settings(environ))
        assert isinstance(wired.ports.snapshots, DvcSnapshots)
        ports = replace(wired.ports, runner=self.runner_port, snapshots=warm(wired.ports.snapshots))
        self.wired = replace(wired, runner=self.runner_port, ports=ports)
        self.wired.redis.flushdb()
        wiring.use(self.wired)
        app = create_app(self.wired)
        app.testing = True
        self.web: FlaskClient = app.test_client()
        self.runner_port.client = self.web
        self.sandbox.state.webhook_sink = self.receive
        self.runner = RunnerHand(self)
        self.engine = ScriptedEngine(self)
        self.pulls: list[PullRequest] = []
        self.fails_on_errors = True

    def declare(
        self,
        runners: str,
        secrets: Mapping[str, str] | None = None,
        engine: Engine | None = None,
        url: str = PUBLIC_URL,
    ) -> None:
        """Set the operator's runners.yml; `self.engine` launches machines, unless another engine is given."""
        fleet = read_fleet(runners)
        engines = {name: lambda: engine or self.engine for name, each in fleet.runners.items() if not each.type.queued}
        ports = self.wired.ports
        boot = replace(ports.runners.boot, url=url)
        parts = replace(ports.runners, fleet=fleet, owner="tests", engines=engines, secrets=secrets or {}, boot=boot)
        queue = wiring.queueing(self.wired.redis, fleet, parts.audit)
        self.wired = replace(self.wired, queue=queue, ports=replace(ports, runners=parts, queue=queue))
        wiring.use(self.wired)
        self.web = create_app(self.wired).test_client()
        self.runner_port.client = self.web

    def _watch(self, application: WSGIApplication) -> WSGIApplication:
        self.checked = Checked(application)

        def counted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            self.requests.append(f"{method} {path}")
            if method != "GET" and path.startswith("/api/") and "access_tokens" not in path:
                self.writes.append(f"{method} {path}")
            return self.checked(environ, start_response)

        return counted

    def _register(self, webhook: str) -> tuple[int, str]:
        manifest = yaml.safe_load((Path(__file__).parents[2] / "app.yml").read_text())
        app = self.sandbox.install_app(
            "ml-studio",
            ["grace/digits"],
            webhook,
            SECRET,
            permissions=manifest["default_permissions"],
            events=EVENTS,
            private_key=_key(),
        )
        return app.app.id, app.private_key

    def fault(self, method: str, path: str, status: int, times: int = 1, **more: Any) -> None:
        """Let GitHub answer like this instead, that many times."""
        self.sandbox.state.faults.append(Fault(method, path, status, times=times, **more))

    @contextmanager
    def ago(self, seconds: float) -> Iterator[None]:
        """Let GitHub date what people do inside this block so many seconds back."""
        state = self.sandbox.state
        clock, state.clock = state.clock, lambda: time() - seconds
        try:
            yield
        finally:
            state.clock = clock

    def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        """Deliver a webhook to the bot, and return the status of its answer; 0 where nobody listens."""
        return 0 if not self.reachable else self.web.post("/webhook", data=body, headers=dict(headers)).status_code

    def understood(self, name: str, payload: Mapping[str, Any]) -> Event | None:
        """Return what the bot parses from an event."""
        return parse(name, payload, self.sandbox.url, str(self.app_id))

    def delivered(self, event: str) -> Delivery:
        """Return the last delivery of a kind that a person caused."""
        found = [each for each in self.sandbox.state.deliveries if each.event == event]
        return [each for each in found if each.payload["sender"]["type"] == "User"][-1]

    def pull_request(
        self,
        accuracy: float = 0.9,
        contents: Mapping[str, str] | None = None,
        project: Mapping[str, str] | None = None,
    ) -> "PullRequest":
        """Return an open pull request whose head is trained, into a trained `main` (or this project)."""
        tree = self.folder / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir()
        git(tree, "init", "--quiet", "--initial-branch=main")
        write(tree, dict(files(accuracy) if project is None else project) | dict(contents or {}))
        git(tree, "add", "--all")
        git(tree, "commit", "--quiet", "-m", "Train")
        git(tree, "push", "--quiet", "--force", str(self.repository.folder), "HEAD:refs/heads/main")
        git(tree, "checkout", "--quiet", "-b", "tune")
        write(tree, {"README.md": "# Digits\n"})
        git(tree, "add", "--all")
        git(tree, "commit", "--quiet", "-m", "Describe")
        git(tree, "push", "--quiet", str(self.repository.folder), "HEAD:refs/heads/tune")
        pull = self.sandbox.open_pull("grace/digits", "tune", "main", "Tune it", "Let us see.", self.maintainer)
        self.pulls.append(PullRequest(self, pull.number, tree))
        return self.pulls[-1]

    def work(self) -> None:
        """Let workers do all queued jobs, retries included, until none is left."""
        queues = self._queues(*LANES)
        self._burst(queues)
        if self.fails_on_errors:
            for queue in queues:
                assert not queue.failed_job_registry.get_job_ids(), self.errors(queue)

    def work_now(self, *lanes: str) -> None:
        """Let workers of some lanes, or of all, do the jobs that are due now; jobs that were put off stay queued."""
        self._take(self._queues(*(lanes or LANES)))

    def errors(self, queue: Queue) -> str:
        """Return the errors that made jobs fail."""
        found = Job.fetch_many(queue.failed_job_registry.get_job_ids(), self.wired.redis, JSONSerializer)
        results = [job.latest_result() for job in found if job]
        return "\n".join(result.exc_string or "" for result in results if result)

    def train(self) -> None:
        """Let a runner process take the runs that are queued for training."""
        self._burst(self._queues(RUNS))
        self.work()

    @property
    def audit(self) -> Sequence[AuditEntry]:
        """Return this month's entries of the log of machines."""
        return self.wired.ports.runners.audit.month(time())

    @property
    def spent(self) -> float:
        """Return what was spent this month."""
        return account(self.audit).spent

    def stored(self) -> list[str]:
        """Return everything that is stored outside of Git: in Redis, and in the bot's files."""
        redis = self.wired.redis
        texts = [repr(redis.get(key)) for key in redis.keys("*") if redis.type(key) == b"string"]
        jobs = [repr(redis.hgetall(key)) for key in redis.keys("*") if redis.type(key) == b"hash"]
        folder = self.wired.settings.data_dir
        files = [path for name in ("runs", "audit", "pages") for path in (folder / name).rglob("*") if path.is_file()]
        return [*texts, *jobs, *(path.read_bytes().decode(errors="replace") for path in files)]

    def wait(self, seconds: float) -> None:
        """Let that many seconds pass, with the ticks of the clock that belong to them."""
        self.later += seconds
        clock.tick(self.wired, time() + self.later)
        self.work()

    def _queues(self, *names: str) -> list[Queue]:
        return [Queue(name, connection=self.wired.redis, serializer=JSONSerializer) for name in queues_of(names)]

    def _burst(self, queues: list[Queue]) -> None:
        while True:
            self._take(queues)
            waiting = [(queue, job) for queue in queues for job in queue.scheduled_job_registry.get_job_ids()]
            if not waiting:
                return
            for queue, job_id in waiting:  # a retry that would be due later is due now
                queue.scheduled_job_registry.remove(job_id)
                queue.enqueue_job(Job.fetch(job_id, self.wired.redis, JSONSerializer))

    def _take(self, queues: list[Queue]) -> None:
        worker = SimpleWorker(queues, connection=self.wired.redis, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="CRITICAL")

    def close(self) -> None:
        """Fail unless the test read all comments of the bot, and GitHub knew every request."""
        self.sandbox.stop()
        assert not self.checked.violations, "\n".join(self.checked.violations)
        for pull in self.pulls:
            assert len(pull.overviews) <= 1, "one sticky comment, whatever happens"
            unread = [comment.body for comment in pull.comments if comment.id not in pull.read]
            assert not unread, f"the bot said something that the test did not read:\n{unread}"


__all__ = ["BOT", "PARAMS", "PullRequest", "World"]
