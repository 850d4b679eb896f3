"""Fixtures of all tests: a real Redis for the session, a world for each conversation."""

import os
from collections.abc import Iterator

import pytest

from demo.redis import running_redis


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis of this test process's own."""
    environ = {"PATH": os.environ.get("PATH", "")}
    with running_redis(tmp_path_factory.mktemp("redis"), environ) as address:
        yield address
