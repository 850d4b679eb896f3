"""Our own DVC, with the plugin that a remote needs, apart from the bot's packages and from training's."""

import sys
from pathlib import Path

from ..agent_folder import Home
from ..data.remote import DvcRemote
from ..errors import Trouble
from .environment import Installer


def own_dvc(installer: Installer, home: Home, requirement: str, remote: DvcRemote | None) -> Path:
    """Return an environment with our own DVC. The project's DVC would run the project's code with our credentials.

    It serves every repository of this machine, so it is never made from the package index of one. Hashes would not
    help: they say nothing about what builds a package.

    A remote that needs a plugin gets an environment of its own, made by hand or from our requirements. Otherwise it is
    the environment that runs the agent, where that has DVC, or one with nothing but DVC. Raises Trouble where the
    plugin cannot be installed.
    """
    if remote and remote.plugin:
        by_hand = home.tool(remote.scheme)
        if (by_hand / "bin" / "python").exists():
            return by_hand
        try:
            return installer.prepare("agent", {"requirements.txt": remote.requirements}, "", locked=True).folder
        except Trouble as trouble:
            raise Trouble(no_plugin(remote, by_hand, str(trouble))) from trouble
    if (Path(sys.prefix) / "bin" / "dvc").exists():
        return Path(sys.prefix)
    return installer.prepare("agent", {}, requirement).folder


def no_plugin(remote: DvcRemote, by_hand: Path, why: str) -> str:
    """Return what is missing, and how the operator installs it."""
    last = why.strip().splitlines()[-1] if why.strip() else ""
    return (
        f"`{remote.scheme}://` needs `{remote.plugin}`, which is not on this runner and could not be installed "
        f"({last}). Its operator can type on it, in the bot's folder: `uv venv {by_hand} && uv pip install --python "
        f"{by_hand} --no-deps --require-hashes -r requirements/remotes/{remote.scheme}.txt`"
    )
