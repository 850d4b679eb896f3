"""A world whose runner is this machine, with the real agent and the real DVC."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import wiring
from runners.agent.agent_folder import Home
from runners.agent.isolation import bubblewrap
from runners.local import LocalRunner
from tests.world.elsewhere import listening
from tests.world.world import World

pytest.register_assert_rewrite("tests.projects.journey", "tests.projects.tables")  # failures show their values


@pytest.fixture(scope="session")
def agent_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all tests: an environment that has only DVC is installed there once."""
    assert bubblewrap.available(), f"these tests train in isolation: {bubblewrap.INSTALL}"
    return Home(tmp_path_factory.mktemp("agent")).root


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Return the folder that is the project's DVC remote."""
    (tmp_path / "storage").mkdir()
    return tmp_path / "storage"


@pytest.fixture
def world(tmp_path: Path, redis_url: str, agent_home: Path, storage: Path) -> Iterator[World]:
    """Yield a world; it is closed strictly: whatever the bot wrote must have been read."""
    (tmp_path / "snapshots").mkdir()
    made = World(tmp_path, redis_url, tmp_path / "snapshots")
    with listening(made) as bot:
        runner = LocalRunner(
            agent_home, bot.url, ((made.repository.full_name, str(storage)),), frozenset(), isolated=True
        )
        wiring.use(replace(made.wired, runner=runner, ports=replace(made.wired.ports, runner=runner)))
        yield made
    made.close()
