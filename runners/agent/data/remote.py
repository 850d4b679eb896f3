"""The DVC remote of a project as the bot tells of it (docs/runs-api.md)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Remote:
    """One project's default DVC remote."""

    name: str  # in the commit's `.dvc/config`
    url: str  # a folder is relative to the project's `.dvc`
    plugin: str  # the package that DVC needs for it; empty: none
    requirements: str  # of an environment with DVC and the plugin, every package with its hashes
    options: Mapping[str, str]  # of DVC's configuration, from the operator's file
    host_key: str  # of an SSH host: `type base64`
    read: Mapping[str, str] | None = field(repr=False)  # credentials; None: training reads by its own, if it can
    push: Mapping[str, str] | None = field(repr=False)  # None: nothing may be pushed to it
    unnamed: str  # why there are no credentials, a sentence
    objects: Mapping[str, str]  # path in the project to `hash-name:hash`, of what DVC keeps
    reads: tuple[str, ...]  # paths of what stages read and DVC keeps

    @property
    def scheme(self) -> str:
        return self.url.partition("://")[0] if "://" in self.url else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be read in a log: of values with several lines each line, too."""
        values = [*(self.read or {}).values(), *(self.push or {}).values()]
        return tuple(dict.fromkeys(part for value in values for part in (value, *value.splitlines())))

    def where(self, project: Path) -> "Remote":
        """With an absolute path in the place of a relative one."""
        if self.scheme:
            return self
        return replace(self, url=os.path.normpath((project / ".dvc" / self.url).absolute()))


def read(data: Any) -> Remote | None:
    """From the specification. KeyError, TypeError and AttributeError where it is something else."""
    if data is None:
        return None
    plugin = data["plugin"] or {"name": "", "requirements": ""}
    return Remote(
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
