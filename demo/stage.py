"""A local GitHub and the bot beside it, as programs of their own on this machine."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from demo.environment import clean_environment
from demo.folder import Folder
from demo.hub import APP_ID, REPOSITORY, Hub
from demo.kinds import KINDS
from demo.own import Own
from demo.ports import free_port, wait_for
from demo.processes import Processes

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class RunningDemo:
    """What was started. The bot answers a little later; see `wait`."""

    hub: Hub
    bot: str  # PUBLIC_URL
    env: Mapping[str, str]  # of programs that are not part of the bot
    of_bot: Mapping[str, str]  # of the bot's own programs
    processes: Processes

    def wait(self) -> None:
        """Wait until the bot answers. Raises DemoTrouble when a program has ended."""
        wait_for(f"{self.bot}/healthz", self.processes)


def build(
    folder: Folder,
    port: int,
    redis: str,
    processes: Processes,
    environ: Mapping[str, str],
    more: Mapping[str, str] | None = None,
    own: Own | None = None,
) -> RunningDemo:
    """Start GitHub at `port` and wait until it answers, then start the processes of the Procfile.

    `more` holds settings of the bot. `own` is the person's repository, where one was given.
    """
    env = clean_environment(environ, folder.home, Path(sys.executable).parent)
    hub = Hub(f"http://127.0.0.1:{port}", folder.github / "app.pem", own.repository if own else "")
    bot_port = free_port()
    bot = f"http://127.0.0.1:{bot_port}"
    config = folder.github / "config.json"
    hub.write_config(config, webhook=f"{bot}/webhook")
    sandbox = [sys.executable, "-m", "sandbox", "--port", str(port), "--folder", str(folder.github)]
    processes.start("github", [*sandbox, "--config", str(config)], env=env, folder=ROOT)
    wait_for(hub.url, processes)
    of_bot = env | _settings(hub, redis, bot, folder, own) | {"PORT": str(bot_port)} | dict(more or {})
    processes.start_procfile(ROOT / "Procfile", env=of_bot)
    return RunningDemo(hub, bot, env, of_bot, processes)


def _settings(hub: Hub, redis: str, bot: str, folder: Folder, own: Own | None) -> dict[str, str]:
    """Return the bot's settings, as docs/configuration.md describes them."""
    return {
        "GITHUB_APP_ID": str(APP_ID),
        "GITHUB_PRIVATE_KEY": str(hub.key),
        "GITHUB_WEBHOOK_SECRET": hub.webhook_secret,
        "GITHUB_API_URL": f"{hub.url}/api/v3",
        "GITHUB_URL": hub.url,
        "REDIS_URL": redis,
        "PUBLIC_URL": bot,
        "DATA_DIR": str(folder.data),
        "LOCAL_REMOTES": os.pathsep.join(f"{name}={remote}" for name, remote in _remotes(folder, own).items()),
        # It must work without bubblewrap and as root, too: the code is this repository's, or the person's own.
        "TRUSTED_REPOSITORIES": ",".join(hub.repositories),
    }


def _remotes(folder: Folder, own: Own | None) -> dict[str, Path]:
    """Return repository -> the folder that is its DVC remote."""
    if own:
        return {own.repository: own.remote} if own.remote else {}
    return {REPOSITORY: folder.remote, **{kind.repository: folder.remotes / kind.name for kind in KINDS if kind.data}}
