"""Parts of tests with real machines: a bot that listens, the network to it, and a training that waits."""

import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.serving import make_server

from bot.ports.engines import Engine
from sandbox.server import Quiet
from tests.world.pull import PullRequest
from tests.world.world import World

PATIENCE = 120.0  # seconds
CANARIES = {"WANDB_API_KEY": "canary-of-training", "REMOTE_KEY": "canary-of-the-remote"}
CLOUD = """
runners:
  ec2:
    type: aws
    regions: [us-west-1]
    machines: [t3.micro]
    images: {us-west-1: ami-1}
    disk: 20
    spot: allowed
    prices: {t3.micro: 1.0}
    secrets: [WANDB_API_KEY]
remotes:
  models:
    url: s3://models
    repositories: ["grace/*"]
    push: {AWS_SECRET_ACCESS_KEY: REMOTE_KEY}
"""
TRAIN = """import json, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open("{url}", timeout=100).close()
json.dump({{"accuracy": 0.9}}, open("metrics.json", "w"))
"""


@dataclass
class Bot:
    """A world whose web process listens on a port."""

    world: World
    url: str
    heard: list[tuple[str, str]] = field(default_factory=list)  # verb and path, token: of each request of an agent

    def asked(
        self,
        runners: str,
        project: Mapping[str, str],
        engine: Engine | None = None,
        url: str = "",
        body: str = "/run -n first",
    ) -> PullRequest:
        """Return a pull request with a run that was requested. `url`: the address at which machines reach the bot."""
        self.world.declare(runners, CANARIES, engine, url or self.url)
        pull = self.world.pull_request(project=project)
        pull.comment(body)
        return pull

    def until(self, condition: Callable[[], object], advance: Callable[[], None] = lambda: None) -> None:
        """Let the clock tick and workers work, while machines take their `advance`, until the condition holds."""
        end = time.monotonic() + PATIENCE
        while not condition():
            runs = [
                (run.state, run.attempt.number, run.attempt.waits, run.outcome.reason)
                for pull in self.world.pulls
                for run in pull.runs
            ]
            assert time.monotonic() < end, (runs, [said for said, _ in self.heard[-9:]], self.world.audit)
            advance()
            self.world.wait(0)
            time.sleep(0.1)

    def report(self, pull: PullRequest, advance: Callable[[], None] = lambda: None) -> str:
        """Wait for a report, and return it."""
        self.until(lambda: pull.comments, advance)
        return pull.report

    def settled(self, engine: Engine, advance: Callable[[], None] = lambda: None) -> list[str]:
        """Wait until no machine is left, and return the entries of the log of machines."""
        self.until(
            lambda: not engine.list_owned() and [each.what for each in self.world.audit][-1] != "launch", advance
        )
        return [entry.what for entry in self.world.audit]


@contextmanager
def listening(world: World) -> Iterator[Bot]:
    """Start the world's web process where machines reach it."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        token = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        bot.heard.append((f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", token))
        return world.web.application(environ, start_response)

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    bot = Bot(world, f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield bot
    finally:
        server.shutdown()
        server.server_close()


class Waiting:
    """Holds trainings back: `begun` counts those that wait, and none continues until `go`."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = threading.Event()
        waiting = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                waiting.begun += 1
                waiting.go.wait(PATIENCE)
                with suppress(OSError):  # whoever asked may be dead
                    self.send_response(204)
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def project(self) -> dict[str, str]:
        """Return a project without DVC whose training waits, and then ends."""
        studio = "script: python train.py\nmetrics: [metrics.json]\n"
        return {
            ".github/studio.yml": studio,
            "train.py": TRAIN.format(url=self.url),
            "params.yaml": "lr: 0.1\n",
            "requirements.txt": "",
        }

    def close(self) -> None:
        self.go.set()
        self._server.shutdown()
        self._server.server_close()


class Wire:
    """TCP between machines and the bot, which can be cut."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url).hostname, urlsplit(url).port
        self._whole = threading.Event()
        self._whole.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Drop the connections that are open, and accept no others."""
        self._whole.clear()

    def restore(self) -> None:
        self._whole.set()

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, suppress(OSError):
            if not self._whole.is_set():
                return
            with socket.create_connection(self._there) as far:
                other = {near: far, far: near}
                while self._whole.is_set():
                    for side in select.select([near, far], [], [], 0.05)[0]:
                        data = side.recv(1 << 16)
                        if not data:
                            return
                        if self._whole.is_set():
                            other[side].sendall(data)
