"""Addresses outside of the repository: only their names and what DVC recorded of them are read."""

from typing import Any

from dvc_objects.fs import known_implementations
from dvc_objects.fs.base import FileSystem

LOCAL = ("local", "memory", "dvc", "git")  # with these, DVC itself reads a repository
ADDRESS = "s3://external"  # stands for any remote of any kind


class External(FileSystem):
    """Stands for every DVC plugin: a stage that names `s3://…` can be read without the plugin."""

    protocol = "external"
    PARAM_CHECKSUM = "etag"

    @property
    def root_marker(self) -> str:
        return ""


class Remotes(dict[str, dict[str, str]]):
    """Has an address for every NAME in `remote://NAME/…`: the remotes of the machine's configuration are unknown."""

    def __missing__(self, name: str) -> dict[str, str]:
        return {"url": ADDRESS}


def close_off(config: Any) -> None:
    """Make DVC use `External` for every address, whether or not its plugin is installed."""
    for scheme in known_implementations:
        if scheme not in LOCAL:
            known_implementations[scheme] = {"class": f"{__name__}.{External.__name__}"}
    config["remote"] = Remotes()


def version(dep: Any) -> str:
    """Return what DVC recorded of a dependency or output: a hash or the store's version; empty where nothing is."""
    meta = dep.meta
    recorded = dep.hash_info.value if dep.hash_info else ""
    return str(recorded or meta.etag or meta.checksum or meta.md5 or meta.version_id or "").strip('"')
