"""Trains on the bot's own machine: starts the agent in a process of its own and sees it to its end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.fleet.folders import Owned, folders_of
from experiments.limits import MARGIN
from runners.agent.env_vars import PASSED_ON, picked
from runners.agent.isolation import root
from runners.package import AGENT

FAREWELL = 15.0  # seconds from SIGTERM to SIGKILL; the agent itself gives training 10
EXPOSED = (
    "Redis asks for no password and is reached over TCP, and training shares this machine's network. The operator can "
    "put Redis on a unix socket, give it a password in REDIS_URL, or add this repository to TRUSTED_REPOSITORIES."
)


@dataclass(frozen=True)
class LocalRunner:
    """A runner on one machine, which trains any number of runs at once."""

    home: Path  # mirrors, environments and caches are kept here
    url: str  # the address of the runs API
    remotes: tuple[Owned, ...]  # folders that are DVC remotes
    trusted: frozenset[str]  # lower-case owner/name that may train without isolation
    isolated: bool
    obstacle: str = ""  # why the runner is not isolated, in sentences
    is_root: bool = False  # whether this process runs as root
    exposed: bool = False  # Redis can be reached from this machine's network, which training shares

    def folders(self, repository_full_name: str) -> Sequence[str] | None:
        """Return the folders of this machine that the repository's training may read as DVC remotes.

        None means that it may read every folder: the runner has no isolation.
        """
        return folders_of(repository_full_name, self.remotes) if self.isolated else None

    def admit(self, repository_full_name: str) -> str:
        """Return why this repository cannot train here and what the operator can do about it; empty where it can."""
        if repository_full_name.lower() in self.trusted:
            return ""
        if self.isolated and not self.is_root:
            return EXPOSED if self.exposed else ""
        why = "runs as root" if self.isolated else "has no isolation"
        helps = (
            f"The operator starts it as {root.ADVICE}" if self.isolated else f"{self.obstacle} The operator fixes that"
        )
        return (
            f"This runner {why}, so it trains only repositories its operator trusts, and {repository_full_name} is not "
            f"among them. {helps}, or adds {repository_full_name} to TRUSTED_REPOSITORIES."
        )

    def run(self, run_id: str, attempt: int, token: str, repository_full_name: str, timeout: int) -> int:
        """Train one attempt and return the agent's exit code, -9 where the agent had to be killed.

        `timeout` is in seconds of training. No process of the attempt is left when this returns or raises. Call it from
        the main thread, or from a thread that lives as long as the training: the agent ends when its parent thread
        ends.
        """
        command = [sys.executable, "-I", str(AGENT), "--home", str(self.home), "--die-with-parent"]
        command += ["--isolation", "bubblewrap" if self.isolated else "none"]
        for folder in folders_of(repository_full_name, self.remotes):
            command += ["--remote", folder]
        bootstrap = json.dumps({"url": self.url, "run": run_id, "attempt": attempt, "token": token})
        agent = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            # `admit` has already allowed this repository to train here, even where this process runs as root.
            env={**picked(os.environ, "PATH", "HOME", *PASSED_ON), "LANG": "C.UTF-8", root.PERMISSION: "yes"},
            start_new_session=True,
            text=True,
        )
        try:
            agent.communicate(bootstrap + "\n", timeout=timeout + MARGIN)
        except subprocess.TimeoutExpired:
            pass  # ended below: by now the agent should have ended by itself
        finally:
            _end(agent)
        return agent.returncode


def _end(agent: subprocess.Popen[str]) -> None:
    if agent.poll() is None:
        os.killpg(agent.pid, signal.SIGTERM)
        try:
            agent.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            os.killpg(agent.pid, signal.SIGKILL)
            agent.wait()
