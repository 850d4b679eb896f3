"""The doctor on the machine: each fault has its own sentence."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bot.settings import Settings
from doctor.examination import examine
from doctor.finding import Finding, Outcome
from doctor.machine import checks


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> Settings:
    return Settings(
        github_app_id="7",
        github_private_key="-----BEGIN PRIVATE KEY-----",
        github_webhook_secret="a long webhook secret",
        redis_url=redis_url,
        public_url="https://studio.example.com",
        data_dir=tmp_path / "data",
    )


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """Yield a Redis, and restore its configuration afterwards."""
    client = Redis.from_url(redis_url)
    yield client
    client.config_set("appendonly", "yes")
    client.config_set("maxmemory", "0")
    client.config_set("maxmemory-policy", "noeviction")
    client.close()


def found(settings: Settings, redis: Redis, obstacle: str = "", is_root: bool = False) -> dict[str, Finding]:
    return {one.check.name: one for one in examine(checks(settings, redis, obstacle, is_root), lambda finding: None)}


def wrong(name: str, settings: Settings, redis: Redis, obstacle: str = "", is_root: bool = False) -> str:
    """Return what is said about the only check that is not ok."""
    findings = found(settings, redis, obstacle, is_root)
    assert [one.check.name for one in findings.values() if one.outcome is not Outcome.OK] == [name]
    return findings[name].text


def test_a_machine_without_faults_is_ok(settings: Settings, redis: Redis) -> None:
    assert {one.outcome for one in found(settings, redis).values()} == {Outcome.OK}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("github_webhook_secret", "short", "GITHUB_WEBHOOK_SECRET is shorter than 16"),
        ("public_url", "http://studio.example.com", "is not https"),
        ("public_url", "https://example.com/studio", "is more than https://host"),
    ],
)
def test_settings_that_are_set_but_invalid(
    settings: Settings, redis: Redis, field: str, value: Any, words: str
) -> None:
    told = wrong("settings", replace(settings, **{field: value}), redis)
    assert words in told


def test_redis_does_not_answer(settings: Settings) -> None:
    findings = found(settings, Redis(host="127.0.0.1", port=1))
    assert "no answer (ConnectionError)" in findings["redis"].text
    assert findings["redis-kept"].outcome is Outcome.NOT_PROVEN


def test_redis_is_on_the_network_without_a_password(settings: Settings, redis: Redis) -> None:
    assert "requirepass" in wrong("redis-private", replace(settings, redis_url="redis://10.0.0.1"), redis)


def test_the_socket_of_redis_is_open_to_everybody(settings: Settings, redis: Redis, tmp_path: Path) -> None:
    socket = tmp_path / "redis.sock"
    socket.touch()
    socket.chmod(0o777)
    tmp_path.chmod(0o755)
    told = wrong("redis-private", replace(settings, redis_url=f"unix://{socket}"), redis)
    assert f"every user of this machine may open {socket}" in told


def test_redis_does_not_store_on_disk(settings: Settings, redis: Redis) -> None:
    redis.config_set("appendonly", "no")
    redis.config_set("maxmemory", "100mb")
    redis.config_set("maxmemory-policy", "allkeys-lru")
    told = wrong("redis-kept", settings, redis)
    assert "append-only file is off" in told
    assert "evicts keys by itself (allkeys-lru)" in told


def test_the_data_folder_is_not_a_folder(settings: Settings, redis: Redis, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    told = wrong("data", settings, redis)
    assert str(tmp_path / "data") in told
    assert "DATA_DIR" in told


def test_the_data_folder_belongs_to_somebody_else(settings: Settings, redis: Redis, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 4711, -1)
    else:
        folder = Path("/usr")
    told = wrong("data", replace(settings, data_dir=folder), redis)
    assert f"{folder} belongs to the user with id" in told
    assert "as the user the bot runs as" in told


def test_files_of_an_earlier_user_of_the_bot(settings: Settings, redis: Redis) -> None:
    left = settings.data_dir / "agent" / "caches"
    left.mkdir(parents=True)
    if os.geteuid() == 0:
        os.chown(left, 4711, -1)
    else:
        left = settings.data_dir / "theirs"
        left.symlink_to("/usr")  # the link is ours, so its target is not reported
        assert found(settings, redis)["data"].outcome is Outcome.OK
        return
    told = wrong("data", settings, redis)
    assert f"{left} belongs to the user with id 4711" in told and "`chown -R USER: DATA_DIR`" in told


def test_no_disk_space_for_training(settings: Settings, redis: Redis) -> None:
    obstacle = "Type `sysctl -w user.max_user_namespaces=10000` as root."
    assert "nothing can train here. Type `sysctl" in wrong("isolation", settings, redis, obstacle)
    trusting = replace(settings, trusted_repositories=frozenset({"ada/iris"}))
    detail = found(trusting, redis, obstacle)["isolation"]
    assert (detail.outcome, "only ada/iris" in detail.detail) == (Outcome.OK, True)


def test_root_trains_only_trusted_repositories(settings: Settings, redis: Redis) -> None:
    told = wrong("root", settings, redis, is_root=True)
    assert "where the bot does, nothing can train" in told and "`useradd --create-home studio-agent`" in told
    trusting = replace(settings, trusted_repositories=frozenset({"ada/iris"}))
    detail = found(trusting, redis, is_root=True)["root"]
    assert (detail.outcome, "where the bot does, only ada/iris train" in detail.detail) == (Outcome.OK, True)
