"""What a Git host is called, where its pages are, what it accepts and what it shows. Nothing here calls a host."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator

_FULL_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,99}/){1,20}(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")


def is_full_name(text: str) -> bool:
    """Return whether a repository can have this name: `owner/name`, or `group/sub/name` where groups are nested."""
    return bool(_FULL_NAME.fullmatch(text))


@dataclass(frozen=True)
class Host:
    """One kind of Git host. `Repository` fills in what stands in braces in an address."""

    name: str  # in stored values
    title: str  # in sentences
    request: str  # what sentences call a request to merge a branch
    sign: str  # the sign before the number of such a request
    settings: str  # name of the settings page with a bot's permissions
    commit: str  # address of a commit, after the repository's
    pull: str  # address of a pull request, after the repository's
    comment: str  # address of a comment, after its pull request's
    check: str  # address of a check run, after the repository's
    mail: str  # address of a person whose own is not known
    git_login: str  # user name that git gives with a token
    comment_limit: int  # characters of a comment, counted in UTF-16, the strictest count
    check_limit: int  # bytes of a check run's summary, and of its text
    status_limit: int  # characters of a commit status
    buttons: int  # most buttons of a check run
    pictures: bool  # whether a comment shows pictures
    folds: bool  # whether its Markdown has parts that a reader can open
    # Regular expression, without groups that capture. It matches what the host would turn into a mention, reference or
    # emoji; a gap after each match prevents that.
    references: str

    def say(self, words: str) -> str:
        """Return a text of ours with this host's words in the place of `pull request`."""
        return words.replace("pull request", self.request)

    def identity(self, login: str) -> tuple[str, str]:
        """Return the name and mail address for the commits of a person."""
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
    references=r"\#|@|:(?=[\w+-])|(?<=[A-Za-z])-(?=\d)|(?<=GHSA)-",  # #1, @ada, :smile:, GH-1 and JIRA-1, GHSA-…
)
HOSTS = (GITHUB,)
_KNOWN = {each.name: each for each in HOSTS}


def _read(stored: Host | str) -> Host:
    if isinstance(stored, Host):
        return stored
    if stored not in _KNOWN:
        raise ValueError(f"no Git host is called {stored!r}")
    return _KNOWN[stored]


def _name(host: Host) -> str:
    return host.name


# In stored values a host is its name alone, so that its limits are always those of today.
HostByName = Annotated[Host, PlainValidator(_read), PlainSerializer(_name)]
