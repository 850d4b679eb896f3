"""Which repository a submodule's address leads to, and what comes of looking for it."""

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
    """What came of looking for one submodule, for the person who asked."""

    source: str = ""  # its full name; empty where its address leads to no repository here
    asker: str = ""  # login
    why: str = ""  # it is not fetched, words that go into a sentence; empty: it is
    inside: tuple[str, ...] = ()  # paths of submodules in it, which are not fetched
    pointers: tuple[str, ...] = ()  # likewise, of files of Git LFS


def source(url: str, home: str) -> str:
    """Full name of the repository that a submodule's address leads to, as the repository with the page `home` has
    it: over https, in ssh's two spellings, or relative to its own. Empty where that is none of the same host.
    """
    page = urlsplit(home)
    if url.startswith(("./", "../")):
        place = posixpath.normpath(posixpath.join(page.path.lstrip("/"), url))  # may begin with `..` still
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
    """Of each, by its place in the repository: its source, or why there is none; nobody's right was asked for."""
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
    """One sentence for both causes: whoever may not read a repository is not told whether it exists."""
    return Looked(name, asker, f"the App is not installed on {quoted(name)}, or {quoted(asker)} may not read it")


def absent(name: str, asker: str, sha: str) -> Looked:
    """The commit is nowhere in it."""
    return Looked(name, asker, f"{quoted(name)} has no commit {quoted(sha[:7])}")


def large(name: str, asker: str) -> Looked:
    """It has too much in it."""
    return Looked(
        name, asker, f"it holds more than the {SUBMODULE / 1e6:,.0f} MB or {SUBMODULE_FILES:,} files that are"
    )
