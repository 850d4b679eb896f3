"""Checks of the machine that the bot runs on: settings, Redis, the data folder, a closed room for training."""

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from redis import Redis

from bot.settings import Settings
from doctor.finding import DoctorCheck, NotProven, Wrong
from runners.agent.isolation.root import ADVICE

SHORTEST_SECRET = 16  # characters of the webhook's secret: whoever sees one delivery can guess it offline
LITTLE = 1_000_000_000  # bytes of free disk


def checks(settings: Settings, redis: Redis, obstacle: str, is_root: bool) -> tuple[DoctorCheck, ...]:
    """Return the checks of this machine.

    `obstacle` says in sentences why no closed room can be made, empty where one can. `is_root`: the doctor runs as
    root.
    """
    return (
        DoctorCheck(
            "settings",
            "The settings are well formed",
            "docs/configuration.md explains each variable.",
            lambda: _settings(settings),
        ),
        DoctorCheck(
            "redis",
            "Redis answers",
            "Start it, and compare REDIS_URL with its configuration.",
            lambda: f"version {_info(redis)['redis_version']}",
        ),
        DoctorCheck(
            "redis-private",
            "Redis is private",
            "Put it on a unix socket in a folder that only the bot's user may enter, or give it a password "
            "(`requirepass`); whoever can write to it can make the bot do anything.",
            lambda: _private(settings),
            needs=("redis",),
        ),
        DoctorCheck(
            "redis-kept",
            "Redis keeps what is queued",
            "In redis.conf: `appendonly yes` and `maxmemory-policy noeviction`.",
            lambda: _kept(redis),
            needs=("redis",),
        ),
        DoctorCheck(
            "data",
            "The data folder belongs to the bot",
            "Run the doctor as the user the bot runs as, with its environment, and give DATA_DIR to that user: "
            "`chown -R USER: DATA_DIR`.",
            lambda: _data(settings.data_dir),
        ),
        DoctorCheck(
            "isolation",
            "Training is isolated",
            "Until then only the repositories of TRUSTED_REPOSITORIES are read and trained on this machine.",
            lambda: _isolation(obstacle, settings),
        ),
        DoctorCheck(
            "root",
            "Training does not run as root",
            f"Start the bot's processes as {ADVICE}, which DATA_DIR and LOCAL_REMOTES belong to. Until then only the "
            "repositories of TRUSTED_REPOSITORIES train on this machine.",
            lambda: _root(is_root, settings),
        ),
    )


def _settings(settings: Settings) -> str:
    problems = []
    if len(settings.github_webhook_secret) < SHORTEST_SECRET:
        problems.append(f"GITHUB_WEBHOOK_SECRET is shorter than {SHORTEST_SECRET} characters")
    public, github = urlsplit(settings.public_url), urlsplit(settings.github_url)
    if github.scheme == "https" and public.scheme != "https":
        problems.append(f"PUBLIC_URL ({settings.public_url}) is not https: what passes there could be read and changed")
    if public.path or public.query or "@" in public.netloc:
        problems.append(f"PUBLIC_URL ({settings.public_url}) is more than https://host")
    if problems:
        raise Wrong("; ".join(problems))
    return f"PUBLIC_URL is {settings.public_url}, GitHub is {settings.github_url}"


def _info(redis: Redis) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", redis.info())


def _private(settings: Settings) -> str:
    if not settings.redis_is_private:
        raise Wrong("it asks for no password, and listens on the network")
    if not settings.redis_url.startswith("unix:"):
        return "by a password"
    socket = Path(urlsplit(settings.redis_url).path)
    if socket.stat().st_mode & stat.S_IWOTH and socket.parent.stat().st_mode & stat.S_IXOTH:
        raise Wrong(f"every user of this machine may open {socket}")
    return "on a unix socket that not everybody may open"


def _kept(redis: Redis) -> str:
    info = _info(redis)
    if "aof_enabled" not in info:
        raise NotProven("this Redis does not report it; its provider can")
    problems = [] if info["aof_enabled"] else ["its append-only file is off: a restart loses queued runs"]
    if info.get("maxmemory") and info.get("maxmemory_policy") != "noeviction":
        problems.append(f"when memory is short it evicts keys by itself ({info['maxmemory_policy']})")
    if problems:
        raise Wrong("; ".join(problems))
    return "append-only file on, nothing is evicted"


def _data(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, *folder.glob("*"), *folder.glob("agent/*")):  # also those of an earlier user
        owner = path.lstat().st_uid
        if owner != os.geteuid():
            raise Wrong(f"{path} belongs to the user with id {owner}, and the doctor runs as {os.geteuid()}")
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"written")
    free = shutil.disk_usage(folder).free
    if free < LITTLE:
        raise Wrong(f"{folder} has {free:,} bytes free, and environments of projects take gigabytes")
    return f"{folder}, {free / 1e9:.0f} GB free"


def _isolation(obstacle: str, settings: Settings) -> str:
    if not obstacle:
        return "bubblewrap isolated a process wholly, with its filter of system calls"
    if settings.trusted_repositories:
        return (
            f"not by bubblewrap: here train only {', '.join(sorted(settings.trusted_repositories))}, and not isolated"
        )
    raise Wrong(f"nothing can train here. {obstacle}".rstrip("."))


def _root(is_root: bool, settings: Settings) -> str:
    if not is_root:
        return f"the doctor runs as the user with id {os.geteuid()}; run it as the user of the bot"
    if settings.trusted_repositories:
        names = ", ".join(sorted(settings.trusted_repositories))
        return f"the doctor runs as root: where the bot does, only {names} train on this machine"
    raise Wrong("the doctor runs as root; where the bot does, nothing can train on this machine")
