"""Describe a DVC remote that needs no credentials, as the bot does for an agent."""

from typing import Any

from experiments.data.addresses import default_remote


def unnamed(config: str) -> dict[str, Any] | None:
    """Return the remote of a commit with this `.dvc/config`: no operator names it, and it needs no plugin."""
    name, address = default_remote(config)
    if not address:
        return None
    return {
        "name": name,
        "url": address,
        "plugin": None,
        "options": {},
        "host_key": "",
        "read": None,
        "push": {},
        "unnamed": "",
        "objects": {},
        "reads": [],
    }
