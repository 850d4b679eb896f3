"""Fills a sandbox from a JSON file: users, repositories and one App."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox import keys
from sandbox.server import EVENTS, Installed, Sandbox


def seed(sandbox: Sandbox, config: Mapping[str, Any]) -> Installed | None:
    """Add what the configuration names; return the App, where it names one.

    `{"notice"?: text of the first page while there is no pull request, "users": [{"login", "type"?, "token"?}],
    "repositories": [{"name": "o/r", "private"?, "collaborators"?, "default_branch"?, "parent"?}],
    "app": {"slug", "webhook_url", "webhook_secret", "private_key": path, "permissions"?, "events"?,
    "repositories": ["o/r"]}}`. Raises KeyError for what is missing.
    """
    sandbox.state.notice = config.get("notice", "")
    for user in config.get("users", []):
        sandbox.add_user(user["login"], user.get("type", "User"), user.get("token", ""))
    for repository in config.get("repositories", []):
        chosen = {name: value for name, value in repository.items() if name != "name"}
        sandbox.add_repository(repository["name"], **chosen)
    if "app" not in config:
        return None
    app = config["app"]
    return sandbox.install_app(
        app["slug"],
        app["repositories"],
        webhook_url=app["webhook_url"],
        secret=app["webhook_secret"],
        private_key=kept_key(Path(app["private_key"])),
        permissions=app.get("permissions"),
        events=app.get("events", EVENTS),
    )


def kept_key(path: Path) -> str:
    """Return the private key in a file. A missing file is made, readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(keys.new_key())
    return path.read_text()


def read(path: Path) -> dict[str, Any]:
    """Return the configuration in a file. Raises ValueError where it is not a JSON object."""
    config = json.loads(path.read_text())
    if not isinstance(config, dict):
        raise ValueError(f"{path} must hold a JSON object with users, repositories and app.")
    return config
