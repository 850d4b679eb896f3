"""The repository that a submodule's address leads to, and the outcome of looking for it."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from experiments.data.addresses import shown
from experiments.hosts import is_full_name
from experiments.limits import SUBMODULE, SUBMODULE_FILES, SUBMODULES
from experiments.readiness.prerequisites import Submodule
from experiments.wording import quoted

_SCP = re.compile(r"(?:git@)?(?P<host>[A-Za-z0-9.-]+):(?!/)(?P<path>[^:]*)")
_SSH = re.compile(r"ssh://git@(?P<host>[A-Za-z0-9.-]+)(?::(?:22|443))?(?P<path>/.*)")


@dataclass(frozen=True)
class Looked:
    """The outcome of looking for one submodule, for the person who asked."""

    source: str = ""  # full name of its repository; empty where its address leads to none on this host
    asker: str = ""  # login
    why: str = ""  # why it is not fetched, words for a sentence; empty: it is fetched
    inside: tuple[str, ...] = ()  # paths of the submodules in it, which are not fetched
    pointers: tuple[str, ...] = ()  # paths of its files of Git LFS, which are not fetched


def source(url: str, home: str) -> str:
    """Return the full name of the repository that a submodule's address leads to. Empty where that is none on the same
    host.

    `home`: address of the page of the repository that has the submodule. `url` may be one of https or of ssh, in both
    its spellings, or be relative to `home`.
    """
    page = urlsplit(home)
    if url.startswith(("./", "../")):
        place = posixpath.normpath(posixpath.join(page.path.lstrip("/"), url))  # may still begin with `..`
        return _named(place)
    ssh = _SSH.fullmatch(url) or _SCP.fullmatch(url)
    if ssh and "://" not in ssh["path"]:
        return _named(ssh["path"]) if ssh["host"].lower() == page.hostname else ""
    schemes = ("https", page.scheme)
    for scheme in schemes:
        start = f"{scheme}://{page.netloc}/"
        if url[: len(start)].lower() == start.lower():
            return _named(url[len(start) :])
    return ""


def _named(path: str) -> str:
    name = path.strip("/").removesuffix(".git")
    return name if is_full_name(name) else ""


def unasked(found: Sequence[Submodule], home: str) -> Mapping[str, Looked]:
    """Return for each submodule, by its path in the repository, its repository or why it has none. No access was
    checked."""
    return {each.place: _unasked(each, number, home) for number, each in enumerate(found)}


def _unasked(submodule: Submodule, number: int, home: str) -> Looked:
    host = quoted(urlsplit(home).hostname or home)
    if not submodule.url:
        return Looked(why="`.gitmodules` names no address for it")
    if not (name := source(submodule.url, home)):
        return Looked(why=f"{quoted(shown(submodule.url))} is no repository on {host}")
    if number >= SUBMODULES:
        return Looked(name, why=f"at most {SUBMODULES} of a commit are")
    return Looked(name)


def closed(name: str, asker: str) -> Looked:
    """Return the outcome for a closed repository. One sentence serves both causes, so that it does not tell whether a
    repository exists to a person who may not read it."""
    return Looked(name, asker, f"the App is not installed on {quoted(name)}, or {quoted(asker)} may not read it")


def absent(name: str, asker: str, sha: str) -> Looked:
    """Return the outcome where the repository does not have the commit."""
    return Looked(name, asker, f"{quoted(name)} has no commit {quoted(sha[:7])}")


def large(name: str, asker: str) -> Looked:
    """Return the outcome where the commit holds too much."""
    return Looked(
        name, asker, f"it holds more than the {SUBMODULE / 1e6:,.0f} MB or {SUBMODULE_FILES:,} files that are fetched"
    )
