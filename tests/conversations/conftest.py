"""The fixtures of the conversations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.world import PullRequest, World


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Snapshots are kept by tree, and the same trees come in many tests: they are taken once."""
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture
def world(tmp_path: Path, redis_url: str, snapshots: Path) -> Iterator[World]:
    """Yield a world that fails the test where a comment of the bot stays unread."""
    made = World(tmp_path, redis_url, snapshots)
    yield made
    made.close()


@pytest.fixture
def pull(world: World) -> PullRequest:
    """Return an open pull request whose head reaches accuracy 0.9."""
    return world.pull_request()
