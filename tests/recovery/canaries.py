"""Finds secrets in everything that the bot wrote, published or passed on."""

import re
import subprocess
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from experiments.hosts import GITHUB
from runners.agent.env_vars import basic
from tests.contracts.engines.aws_cloud import KEYS
from tests.recovery.cloud_town import SECRETS, Skies
from tests.recovery.town import PASSWORD, WEBHOOK

ALIKE = re.compile(rb"[A-Za-z0-9+/=]{40,}")  # a line of a PEM key


def canaries(sky: Skies) -> dict[str, bytes]:
    """Return all secrets by their names."""
    town = sky.town
    found = {"the webhook's secret": WEBHOOK, "Redis's password": PASSWORD, **KEYS, **SECRETS}
    known = {name: value.encode() for name, value in found.items()}
    lines = ALIKE.findall(town.env["GITHUB_PRIVATE_KEY"].encode())
    known |= {f"the private key, line {number}": line for number, line in enumerate(lines)}
    for number, token in enumerate(town.sandbox.state.tokens):
        known |= {
            f"GitHub's token {number}": token.encode(),
            f"the same for git {number}": basic(GITHUB.git_login, token).encode(),
        }
    known |= {f"run token {number}": token.encode() for number, token in enumerate(sorted(town.door.tokens))}
    return known


def seen(places: Mapping[str, bytes], known: Mapping[str, bytes]) -> list[str]:
    """Return which secrets were found in which places."""
    return [f"{what}: {where}" for where, text in places.items() for what, value in known.items() if value in text]


def left(sky: Skies) -> dict[str, bytes]:
    """Return everything that is left after a run, by its place."""
    town, state = sky.town, sky.town.sandbox.state
    said: dict[str, Any] = {
        "a comment": state.comments,
        "a check run": state.check_runs,
        "a commit status": state.statuses,
        "a reaction": state.reactions,
        "a pull request": state.pulls,
        "what EC2 shows": sky.backend.described(),
    }
    places = {name: repr(each).encode() for name, each in said.items()}
    for name, instance in sky.backend.instances.items():
        places[f"user data of {name}"] = sky.backend.user_data(name).encode()
        places[f"console of {name}"] = (instance.folder / "console").read_bytes()
    places |= {f"log {path.name}": path.read_bytes() for path in town.folder.glob("*.log")}
    places["Git at GitHub"] = objects(town.repository.folder)
    places |= dict(stored(town.redis))
    places |= dict(files(Path(town.env["DATA_DIR"])))
    home = Path(town.env["DATA_DIR"]) / "agent"  # as on the machines
    for name in ("mirrors", "caches", "work"):
        places |= dict(files(home / name))
    return places


def stored(redis: Any) -> Iterator[tuple[str, bytes]]:
    """Return everything in Redis, with what RQ compresses of a job unpacked."""
    for key in redis.keys("*"):
        match redis.type(key):
            case b"string":
                values = [redis.get(key)]
            case b"hash":
                values = [part for pair in redis.hgetall(key).items() for part in pair]
            case b"list":
                values = redis.lrange(key, 0, -1)
            case b"set":
                values = redis.smembers(key)
            case b"zset":
                values = redis.zrange(key, 0, -1)
            case other:
                assert other == b"stream", other  # of RQ: a job's results
                values = [part for _, kept in redis.xrange(key) for part in kept.values()]
        yield f"Redis {key.decode()}", b"\n".join([key, *map(_unpacked, values)])


def _unpacked(value: bytes) -> bytes:
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Return the contents of the files in a folder and below; what Git has packed is read by Git."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield str(path), path.read_bytes()
        if path.name == "objects" and (path.parent / "HEAD").exists():
            yield f"Git in {path.parent}", objects(path.parent)


def objects(folder: Path) -> bytes:
    """Return the contents of all objects of a Git repository."""
    words = ["git", "-C", str(folder), "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(words, check=True, capture_output=True).stdout


def processes(sky: Skies) -> Iterator[tuple[str, bytes]]:
    """Yield arguments and environment of all processes on machines, except those below the agent (the project's)."""
    for instance in sky.backend.instances.values():
        if instance.process.poll() is None:
            shell = psutil.Process(instance.process.pid)
            for each in (shell, *shell.children()):
                folder = Path(f"/proc/{each.pid}")
                yield f"process {each.name()}", (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
