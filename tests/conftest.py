"""Fixtures of all tests: a real Redis for the session, a world for each conversation."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from redis import Redis

from demo.redis import running_redis

# Machines may be slow; and a build that fails must fail again, without a memory of earlier ones.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes `-n auto` starts: tests wait for servers and programs about as long as they compute."""
    return max(4, os.cpu_count() or 1)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis of this test process's own."""
    environ = {"PATH": os.environ.get("PATH", "")}
    with running_redis(tmp_path_factory.mktemp("redis"), environ) as address:
        yield address


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """Yield an empty Redis."""
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client
