"""What contract tests share: a home for agents, so that an environment is installed once."""

from pathlib import Path

import pytest

from runners.agent import isolation
from runners.agent.home import Home


@pytest.fixture(scope="session")
def agent_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the agents of all tests keep mirrors, environments and caches."""
    assert isolation.available(), f"these tests train in isolation: {isolation.INSTALL}"
    return Home(tmp_path_factory.mktemp("agent")).root
