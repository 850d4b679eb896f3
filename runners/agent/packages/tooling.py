"""Our own DVC, with the plugin that a remote needs: kept apart from the bot's packages and from training's."""

import sys
from pathlib import Path

from ..agent_folder import Home
from ..data.remote import Remote
from ..errors import Trouble
from .environment import Installer


def own_dvc(installer: Installer, home: Home, requirement: str, remote: Remote | None) -> Path:
    """An environment with our DVC: the project's own would run the project's code with credentials in its hands.

    It is made for every repository of this machine, so never from the package index of one: not even with hashes, which
    say nothing of what builds a package.

    For a remote that needs a plugin it is one of its own, made from requirements of ours, or by hand. Else the one we
    run in where it has DVC (the bot's), or one with nothing but DVC. Trouble where the plugin can't be had.
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


def no_plugin(remote: Remote, by_hand: Path, why: str) -> str:
    """What is missing, and how the operator puts it there."""
    last = why.strip().splitlines()[-1] if why.strip() else ""
    return (
        f"`{remote.scheme}://` needs `{remote.plugin}`, which is not on this runner and could not be installed "
        f"({last}). Its operator can type on it, in the bot's folder: `uv venv {by_hand} && uv pip install --python "
        f"{by_hand} --no-deps --require-hashes -r requirements/remotes/{remote.scheme}.txt`"
    )
