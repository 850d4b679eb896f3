"""What contract tests share: a home for agents, so that an environment is installed once; a doctor's clinic."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runners.agent import isolation
from runners.agent.home import Home
from tests.contracts.clinic import Clinic, open_clinic


@pytest.fixture(scope="session")
def agent_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the agents of all tests keep mirrors, environments and caches."""
    assert isolation.available(), f"these tests train in isolation: {isolation.INSTALL}"
    return Home(tmp_path_factory.mktemp("agent")).root


@pytest.fixture
def clinic(tmp_path: Path, redis_url: str) -> Iterator[Clinic]:
    """A visit of the doctor, who may do everything."""
    with open_clinic(tmp_path, redis_url) as opened:
        yield opened
