"""Addresses of DVC remotes: the one that a commit's `.dvc/config` names, and whether it is inside another."""

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

PLUGINS: Mapping[str, str] = {"s3": "dvc-s3", "gs": "dvc-gs", "azure": "dvc-azure", "ssh": "dvc-ssh"}
PLAIN = ("http", "https")  # DVC reaches these without a plugin
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z0-9]+)://(?:(?P<user>[A-Za-z0-9._-]+)@)?(?P<host>[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[A-Za-z0-9 ._=+@,~-]*)*)"
)
_USERINFO = re.compile(r"(?<=://)[^/?#]*@")
_SSH_PORT = "22"


@dataclass(frozen=True)
class Address:
    """An address, `ssh://user@host:port/path`, in its parts. For object stores, the bucket or container is the host."""

    scheme: str
    host: str
    path: tuple[str, ...] = ()  # folders, the outermost first
    user: str = ""
    port: str = ""

    def __str__(self) -> str:
        user, port = f"{self.user}@" if self.user else "", f":{self.port}" if self.port else ""
        return "/".join([f"{self.scheme}://{user}{self.host}{port}", *self.path])

    def inside(self, outer: "Address") -> "Address | None":
        """Return this address with the user and port of `outer`. None where it is neither `outer` nor below it.

        A user or port that this address names has to be the one of `outer`.
        """
        if (self.scheme, self.host) != (outer.scheme, outer.host) or self.path[: len(outer.path)] != outer.path:
            return None
        if (self.user and self.user != outer.user) or (self.port and self.port != (outer.port or _SSH_PORT)):
            return None
        return replace(outer, path=self.path)


def address(text: str) -> Address | None:
    """Return the parts of an address. None where they can't be told for certain."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return None
    path = found["path"].rstrip("/").split("/")[1:]
    if any(part in ("", ".", "..") for part in path):
        return None
    host = found["host"].lower() if found["scheme"] == "ssh" else found["host"]
    return Address(found["scheme"], host, tuple(path), found["user"] or "", found["port"] or "")


def scheme_of(text: str) -> str:
    """Return the scheme of an address, `s3` of `s3://bucket/path`. Empty for a folder."""
    scheme, mark, _ = text.partition("://")
    return scheme if mark else ""


def shown(text: str) -> str:
    """Return an address as messages show it, without user and password."""
    return _USERINFO.sub("", text)


def default_remote(config: str) -> tuple[str, str]:
    """Return the name and address of the default DVC remote in the text of a `.dvc/config`. Both are empty where none
    is set.

    A folder is returned as it is written there, relative to the folder of the file.
    """
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(config)
    except configparser.Error:
        return "", ""  # DVC itself says what is wrong with it
    name = _value(parser.get("core", "remote", fallback=""))
    url = _value(parser.get(f"'remote \"{name}\"'", "url", fallback="")) if name else ""
    return (name, url) if url else ("", "")


def _value(written: str) -> str:
    """Return a configuration value on one line, without quotes around it."""
    line = " ".join(written.split("\n")).strip()
    return line[1:-1] if len(line) > 1 and line[0] == line[-1] and line[0] in "'\"" else line
