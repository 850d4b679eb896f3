"""Addresses outside of the repository, known by their names and by what DVC recorded of them. Nothing looks there."""

from typing import Any

from dvc_objects.fs import known_implementations
from dvc_objects.fs.base import FileSystem

LOCAL = ("local", "memory", "dvc", "git")  # what DVC itself reads a repository with
ADDRESS = "s3://external"  # stands for any remote, whichever kind it is


class External(FileSystem):
    """In the place of every plugin of DVC: a stage that names `s3://…` is one, whether or not its plugin is here."""

    protocol = "external"
    PARAM_CHECKSUM = "etag"

    @property
    def root_marker(self) -> str:
        return ""


class Remotes(dict[str, dict[str, str]]):
    """Every remote that a file names as `remote://NAME/…`: what a machine's own configuration holds is unknown."""

    def __missing__(self, name: str) -> dict[str, str]:
        return {"url": ADDRESS}


def close_off(config: Any) -> None:
    """Have DVC make nothing but `External` of what has an address, with the plugin or without."""
    for scheme in known_implementations:
        if scheme not in LOCAL:
            known_implementations[scheme] = {"class": f"{__name__}.{External.__name__}"}
    config["remote"] = Remotes()


def version(dep: Any) -> str:
    """What DVC recorded of a dependency or output, a hash or the store's own version; empty where nothing."""
    meta = dep.meta
    recorded = dep.hash_info.value if dep.hash_info else ""
    return str(recorded or meta.etag or meta.checksum or meta.md5 or meta.version_id or "").strip('"')
