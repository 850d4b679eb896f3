"""Give attacks a GitHub with the bot, and the machine that agents train on, as in the contracts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.conftest import agent_home, bench, machine, mirrors
from tests.world.world import PullRequest, World

__all__ = ["agent_home", "bench", "machine", "mirrors"]


@pytest.fixture
def world(tmp_path: Path, redis_url: str) -> Iterator[World]:
    (tmp_path / "snapshots").mkdir()
    made = World(tmp_path, redis_url, tmp_path / "snapshots")
    yield made
    made.close()


@pytest.fixture
def pull(world: World) -> PullRequest:
    made = world.pull_request()
    world.work()
    return made
