"""What a Git host is called, where its pages are, what it takes and what it shows. Nothing here asks one anything."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator

_FULL_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,99}/){1,20}(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")


def is_full_name(text: str) -> bool:
    """Whether a repository can be called so: `owner/name`, or `group/sub/name` where groups lie in groups."""
    return bool(_FULL_NAME.fullmatch(text))


@dataclass(frozen=True)
class Host:
    """One kind of Git host. What stands in braces in an address is filled in by `Repository`."""

    name: str  # in stored values
    title: str  # in sentences
    request: str  # what somebody opens so that a branch gets merged, in sentences
    sign: str  # what stands before the number of one
    settings: str  # what the page of its settings is called where a bot's permissions are
    commit: str  # address of a commit, behind that of its repository
    pull: str  # of a pull request
    comment: str  # of a comment, behind that of its pull request
    check: str  # of a check run, behind that of the repository
    mail: str  # of somebody who told no other
    git_login: str  # what git gives with a token, where it is asked for a name and a password
    comment_limit: int  # characters of a comment, in UTF-16: the strictest way to count them
    check_limit: int  # bytes of a check run's summary, and of its text
    status_limit: int  # characters of a commit status
    buttons: int  # that a check run can have
    pictures: bool  # whether a comment shows them
    folds: bool  # whether its Markdown has parts that are closed until somebody opens them

    def say(self, words: str) -> str:
        """Words of our own that speak of pull requests, as this host calls them."""
        return words.replace("pull request", self.request)

    def identity(self, login: str) -> tuple[str, str]:
        """Name and address under which somebody's commits stand."""
        return login, self.mail.format(login=login)


GITHUB = Host(
    name="github",
    title="GitHub",
    request="pull request",
    sign="#",
    settings="GitHub Apps",
    commit="/commit/{sha}",
    pull="/pull/{number}",
    comment="#issuecomment-{comment}",
    check="/runs/{check}",
    mail="{login}@users.noreply.github.com",
    git_login="x-access-token",
    comment_limit=65_536,
    check_limit=65_535,
    status_limit=140,
    buttons=3,
    pictures=True,
    folds=True,
)
_KNOWN = {each.name: each for each in (GITHUB,)}


def _read(stored: Host | str) -> Host:
    if isinstance(stored, Host):
        return stored
    if stored not in _KNOWN:
        raise ValueError(f"no Git host is called {stored!r}")
    return _KNOWN[stored]


def _name(host: Host) -> str:
    return host.name


# As a field of what is stored: the name alone, so that what a host takes and shows is today's.
HostByName = Annotated[Host, PlainValidator(_read), PlainSerializer(_name)]
