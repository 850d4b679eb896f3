"""Share fixtures among contract tests; a module may define its own instead."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis

from runners.agent.agent_folder import Home
from runners.agent.isolation import bubblewrap
from services.git.repository import Mirrors
from services.redis.store import RedisStore
from tests.contracts.agent.agent_bench import CLONE_TOKEN, TOKEN, Bench, RunsApi
from tests.contracts.doctor.clinic import Clinic, open_clinic
from tests.contracts.git.workbench import Workbench
from tests.contracts.sandbox.sandbox_browser import hub_with_files
from tests.contracts.sandbox.sandbox_hub import Hub


@pytest.fixture(scope="session")
def agent_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the agents of all tests keep mirrors, environments and caches."""
    assert bubblewrap.available(), f"these tests train in isolation: {bubblewrap.INSTALL}"
    return Home(tmp_path_factory.mktemp("agent")).root


@pytest.fixture
def machine(agent_home: Path) -> Iterator[Bench]:
    """Yield the bench where agents train what the test asks for; check that no secret is sent and no tree left."""
    api = RunsApi()
    yield Bench(agent_home, api)
    api.close()
    assert not list((agent_home / "work").iterdir()), "a work tree was left"
    assert TOKEN.encode() not in api.sent and CLONE_TOKEN.encode() not in api.sent


@pytest.fixture
def clinic(tmp_path: Path, redis_url: str) -> Iterator[Clinic]:
    """Yield an installation in which the doctor may do everything."""
    with open_clinic(tmp_path, redis_url) as opened:
        yield opened


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """Return a real repository to fetch from."""
    return Workbench.make(tmp_path / "bench")


@pytest.fixture
def mirrors(tmp_path: Path) -> Mirrors:
    """Return mirrors of the bench, which need no token."""
    return Mirrors(tmp_path / "mirrors", lambda _: "", lambda _: "", lambda _: None)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """Yield a sandbox whose pull request adds two files."""
    with hub_with_files(tmp_path) as running:
        yield running


@pytest.fixture
def browser(hub: Hub) -> FlaskClient:
    """Return a browser that shows the sandbox's pages."""
    return hub.sandbox.app.test_client()


@pytest.fixture
def store(redis: Redis) -> RedisStore:
    """Return a store in which nothing is remembered."""
    return RedisStore(redis)
