"""`python -m demo`: everything on this machine until Ctrl-C; with ONCE=1 without a person, as a check."""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped] # ships no types

from demo.environment import clean_environment
from demo.hub import APP_ID, REPOSITORY, Hub
from demo.once import COMMAND, NotSeen, once
from demo.processes import ProcessDied, Processes, end
from demo.redis import RedisMissing, running_redis, take_over
from demo.seed import BRANCH, TITLE, Seed, StepFailed, run, trained_seed

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".demo"
KEPT_OF_AGENT = ("envs", "uv")  # what costs time to make, and says nothing of earlier experiments
STARTING = 60.0  # seconds the bot and the local GitHub may take to answer


class CannotStart(Exception):
    """The message says why, and what to do."""


def main() -> int:
    """0 after Ctrl-C, or when ONCE found everything in place."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    _adopt_orphans()
    try:
        with ExitStack() as stack:
            return _demo(stack)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0 if not os.environ.get("ONCE") else 1
    except (CannotStart, NotSeen, ProcessDied, RedisMissing, StepFailed) as error:
        sys.stdout.flush()
        sys.stderr.write(f"\n{error}\n")
        return 1
    finally:
        end(psutil.Process().children(recursive=True))


def _demo(stack: ExitStack) -> int:
    port = _chosen_port()
    stack.enter_context(_alone())
    _begin_anew()
    env = clean_environment(os.environ, FOLDER / "home", Path(sys.executable).parent)
    with _told("Redis"):
        redis = stack.enter_context(running_redis(FOLDER / "redis", os.environ))
        take_over(redis)
    hub = Hub(f"http://127.0.0.1:{port}", FOLDER / "github" / "app.pem")
    bot_port = _free_port()
    bot = f"http://127.0.0.1:{bot_port}"
    processes = stack.enter_context(Processes(FOLDER / "logs"))
    stack.callback(_ignore_signals)  # first of what is done at the end: a second Ctrl-C would leave others running
    with _told("A local GitHub"):
        config = FOLDER / "github" / "config.json"
        hub.write_config(config, webhook=f"{bot}/webhook")
        sandbox = [sys.executable, "-m", "sandbox", "--port", str(port), "--folder", str(FOLDER / "github")]
        processes.start("github", [*sandbox, "--config", str(config)], env=env, folder=ROOT)
        _wait_for(hub.url, processes)
    of_bot = env | _settings(hub, redis, bot) | {"PORT": str(bot_port)}
    processes.start_procfile(ROOT / "Procfile", env=of_bot)  # it gets ready while the seed is made
    with _told("The demo project, trained (kept for the next time)"):
        seed = trained_seed(FOLDER / "kept", FOLDER / "remote", env, sys.executable)
        shutil.copytree(seed.data, FOLDER / "remote")
    with _told("The bot"):
        _wait_for(f"{bot}/healthz", processes)
    with _told("A pull request"):
        number = _publish(seed, hub, env)
    if os.environ.get("ONCE"):
        return 0 if once(hub, number, processes, env) else 1
    print(f"\n    {hub.url}/{REPOSITORY}/pull/{number}\n\nOpen it, and comment:\n\n    {COMMAND}\n")
    print(f"What the programs say is in {FOLDER / 'logs'}. Ctrl-C ends everything.", flush=True)
    while True:
        processes.check()
        time.sleep(0.5)


def _settings(hub: Hub, redis: str, bot: str) -> dict[str, str]:
    """The bot's own settings, as docs/configuration.md has them."""
    return {
        "GITHUB_APP_ID": str(APP_ID),
        "GITHUB_PRIVATE_KEY": str(hub.key),
        "GITHUB_WEBHOOK_SECRET": hub.webhook_secret,
        "GITHUB_API_URL": f"{hub.url}/api/v3",
        "GITHUB_URL": hub.url,
        "REDIS_URL": redis,
        "PUBLIC_URL": bot,
        "DATA_DIR": str(FOLDER / "data"),
        "LOCAL_REMOTES": str(FOLDER / "remote"),
        # So that it works without bubblewrap too: the code is this repository's own.
        "TRUSTED_REPOSITORIES": REPOSITORY,
    }


def _publish(seed: Seed, hub: Hub, env: dict[str, str]) -> int:
    """Push the seed's branches and open the pull request; its number."""
    push = ["git", "push", "--quiet", hub.clone_url, "main", BRANCH]
    run(push, seed.project, env | hub.credential("ada"))
    return hub.open_pull(BRANCH, TITLE, seed.description(), by="ada")


def _begin_anew() -> None:
    """Forget what the last demo's bot and GitHub knew; keep what only costs time."""
    for name in ("github", "redis", "remote", "logs"):
        shutil.rmtree(FOLDER / name, ignore_errors=True)
    for parent in (FOLDER / "data", FOLDER / "data" / "agent"):
        for found in parent.iterdir() if parent.is_dir() else ():
            if found.is_dir() and found.name not in ("agent", *KEPT_OF_AGENT):
                shutil.rmtree(found)
    for name in ("github", "kept"):
        (FOLDER / name).mkdir(parents=True, exist_ok=True)


@contextmanager
def _alone() -> Iterator[None]:
    """CannotStart while another demo of this folder runs: they would empty each other's folders."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"Another demo runs in {FOLDER}. End it first.") from None
        yield


def _chosen_port() -> int:
    text = os.environ.get("PORT", "").strip() or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT={text} is not a port: a number from 1 to 65535.")
    try:
        _bind(int(text))
    except OSError as error:
        raise CannotStart(f"Port {text} cannot be used ({error.strerror}). Try: PORT=9000 make demo") from error
    return int(text)


def _free_port() -> int:
    return _bind(0)


def _bind(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])


def _wait_for(url: str, processes: Processes) -> None:
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        processes.check()
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)  # not listening yet
    raise CannotStart(f"{url} does not answer after {STARTING:.0f} seconds.\n{processes.last_lines()}")


@contextmanager
def _told(what: str) -> Iterator[None]:
    begin = time.monotonic()
    print(f"{what:<52}", end="", flush=True)
    yield
    print(f"{time.monotonic() - begin:6.1f} s", flush=True)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _adopt_orphans() -> None:
    """On Linux: what loses its parent becomes our child, and so is found and ended at the end."""
    if sys.platform == "linux":
        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
