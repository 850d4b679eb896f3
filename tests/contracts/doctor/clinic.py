"""Open a real installation for the doctor to examine: a world whose bot is reached over HTTP."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import httpx
from werkzeug.serving import make_server

from app import create_app
from doctor.__main__ import APP_YML, manifest
from doctor.examination import examine
from doctor.finding import Finding, Outcome
from doctor.plan import Visit, plan
from sandbox import gitfolder
from sandbox.records import App, Installation
from sandbox.server import HOST, Quiet
from services.github.registration import Registration
from tests.world.world import PullRequest, World

Answer = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
RANDOM = "0123abcd"
BRANCH = f"studio-doctor-{RANDOM}"


@dataclass
class Clinic:
    """Hold the world, and let the doctor examine it."""

    world: World
    pull: PullRequest
    visit: Visit
    answers: list[Answer]  # what is served at PUBLIC_URL: the last of them

    def examine(self, **other: Any) -> dict[str, Finding]:
        """Examine the installation, and return the findings by the names of the checks."""
        findings = examine(plan(replace(self.visit, **other)), lambda finding: None)
        return {one.check.name: one for one in findings}

    def wrong(self, name: str, **other: Any) -> str:
        """Return what the doctor says about the only check that is not ok."""
        findings = self.examine(**other)
        wrong = [one.check.name for one in findings.values() if one.outcome is Outcome.NOT_OK]
        assert wrong == [name], [one.text for one in findings.values()]
        return findings[name].text

    def refs(self) -> list[str]:
        """Return the refs of the repository that carry the doctor's name."""
        return [ref for ref in gitfolder.refs(self.world.repository) if "studio-doctor" in ref]

    def change_app(self, **fields: Any) -> None:
        """Edit the App's registration."""
        self.world.sandbox.state.put(replace(self.app, **fields))

    def change_installation(self, **fields: Any) -> None:
        """Edit the App's installation."""
        self.world.sandbox.state.put(replace(self.installation, **fields))

    @property
    def app(self) -> App:
        return self.world.sandbox.state.apps[self.world.app_id]

    @property
    def installation(self) -> Installation:
        (found,) = self.world.sandbox.state.installations.values()
        return found


@contextmanager
def open_clinic(folder: Path, redis_url: str) -> Iterator[Clinic]:
    """Yield one with an open pull request; it is closed as strictly as any world."""
    answers: list[Answer] = []
    server = make_server(HOST, 0, lambda *request: answers[-1](*request), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    (folder / "snapshots").mkdir()
    world = World(folder, redis_url, folder / "snapshots", f"http://{HOST}:{server.server_port}")
    wired, settings = world.wired, world.wired.settings
    answers.append(create_app(wired))
    visit = Visit(
        settings=settings,
        redis=wired.redis,
        ports=wired.ports,
        github=wired.github,
        deliveries=wired.deliveries,
        images=wired.images,
        registration=Registration(
            settings.github_api_url, settings.github_app_id, settings.github_private_key, pause=lambda _: None
        ),
        manifest=manifest(APP_YML),
        web=httpx.Client(trust_env=False),
        obstacle="",
        is_root=False,
        now=time,
        pause=lambda _: None,
        takers=lambda runner: 1,
        random=RANDOM,
        repository="grace/digits",
        with_pull=True,
    )
    try:
        yield Clinic(world, world.pull_request(), visit, answers)
    finally:
        visit.web.close()
        server.shutdown()
        thread.join()
        server.server_close()
    world.close()
