"""A project's DVC remote, as the bot describes it (docs/runs-api.md)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DvcRemote:
    """The default DVC remote of a project."""

    name: str  # the name in the commit's `.dvc/config`
    url: str  # a relative path begins at the project's `.dvc`
    plugin: str  # the package that DVC needs for it; empty: none
    requirements: str  # for an environment with DVC and the plugin: every package with its hashes
    options: Mapping[str, str]  # options of DVC's configuration, from the operator's file
    host_key: str  # the public key of an SSH host: `type base64`
    read: Mapping[str, str] | None = field(repr=False)  # credentials; None: training uses its own, if it has any
    push: Mapping[str, str] | None = field(repr=False)  # credentials; None: nothing may be pushed
    unnamed: str  # a sentence that says why there are no credentials
    objects: Mapping[str, str]  # path in the project -> `hash-name:hash`, of what DVC keeps
    reads: tuple[str, ...]  # paths that stages read and DVC keeps

    @property
    def scheme(self) -> str:
        return self.url.partition("://")[0] if "://" in self.url else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must not appear in a log, and each line of those that have several."""
        values = [*(self.read or {}).values(), *(self.push or {}).values()]
        return tuple(dict.fromkeys(part for value in values for part in (value, *value.splitlines())))

    def where(self, project: Path) -> "DvcRemote":
        """Return the remote with an absolute path in place of a relative one."""
        if self.scheme:
            return self
        return replace(self, url=os.path.normpath((project / ".dvc" / self.url).absolute()))


def read(data: Any) -> DvcRemote | None:
    """Read the remote from a specification. Raises KeyError, TypeError or AttributeError where it is something else."""
    if data is None:
        return None
    plugin = data["plugin"] or {"name": "", "requirements": ""}
    return DvcRemote(
        name=str(data["name"]),
        url=str(data["url"]),
        plugin=str(plugin["name"]),
        requirements=str(plugin["requirements"]),
        options=_texts(data["options"]),
        host_key=str(data["host_key"]),
        read=None if data["read"] is None else _texts(data["read"]),
        push=None if data["push"] is None else _texts(data["push"]),
        unnamed=str(data["unnamed"]),
        objects=_texts(data["objects"]),
        reads=tuple(map(str, data["reads"])),
    )


def _texts(data: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in data.items()}
