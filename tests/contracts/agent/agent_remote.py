"""What the bot tells an agent of a DVC remote that needs no credentials."""

from typing import Any

from experiments.data.addresses import default_remote


def unnamed(config: str) -> dict[str, Any] | None:
    """Of a commit with this `.dvc/config`, where no operator names its remote and it needs no plugin."""
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
