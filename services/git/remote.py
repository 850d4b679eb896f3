"""Talks to GitHub by git: fetch, list and push, and turns refusals into exceptions."""

import base64
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from bot.errors import Forbidden, NotFound, Rejected, TryLater
from services.git.command import GitFailed, GitTimedOut, git

FETCH_TIME = 900.0  # seconds; the first fetch of a repository brings everything
PUSH_TIME = 300.0
LIST_TIME = 60.0
RETRY = 30.0  # seconds to wait after an outage

# 30x: the repository was renamed, and the token is for the old address. Jobs for a pull request ask its name first.
_ABSENT = re.compile(
    r"couldn't find remote ref|not our ref|no such remote ref|repository '.*' not found|repository not found"
    r"|error: 404|error: 30\d|does not appear to be a git repository",
    re.IGNORECASE,
)
_UNKNOWN_TOKEN = re.compile(r"error: 401|authentication failed|could not read username", re.IGNORECASE)
_NO_RIGHT = re.compile(
    r"error: 403|permission to .* denied|access denied"
    r"|write access to repository not granted|account .*suspended|repository .* (?:disabled|archived)",
    re.IGNORECASE,
)
_OUTAGE = re.compile(
    r"error: (?:429|5\d\d)|could not resolve|failed to connect|couldn't connect|connection (?:refused|reset|timed out)"
    r"|timed out|operation too slow|early eof|hung up|rpc failed|unexpected disconnect|unable to access|empty reply"
    r"|internal server error",
    re.IGNORECASE,
)
_OVER = re.compile(
    rf"died of signal {signal.SIGXFSZ:d}|File too large|invalid index-pack output"
)  # a signal that ended one of git's helpers at its limit


class TokenUnknown(Forbidden):
    """GitHub answers 401: it does not accept this token, or no longer."""


class FetchTooMuch(Exception):
    """A fetch took more time or brought more bytes than it may."""


@dataclass(frozen=True)
class GitRemote:
    """A repository's address and the token for it. No argument and no address ever holds the token."""

    page: str  # https://github.example/owner/name
    login: str = ""  # the login that goes with the token
    token: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """The address for git. Raises ValueError where `page` is not a repository's address."""
        parts = urlsplit(self.page)
        if parts.scheme not in ("https", "http", "file") or "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"not the address of a repository: {self.page[:100]!r}")
        return f"{self.page}.git"

    def fetch(self, mirror: Path, names: list[str], seconds: float = FETCH_TIME, most: int = 0) -> list[str]:
        """Bring refs or SHAs into the mirror and return their SHAs.

        Raises NotFound where one of them is absent, and FetchTooMuch where the fetch brings more than `most` bytes
        (0: no limit) or, with a limit, takes longer than `seconds`.
        """
        arguments = ["--quiet", "--no-tags", "--no-recurse-submodules", "--", self.url, *names]
        self._fetch(mirror, ", ".join(names), arguments, seconds, most)
        return [line[:40] for line in (mirror / "FETCH_HEAD").read_text().splitlines()]

    def fetch_commits(self, folder: Path, seconds: float, most: int, spaces: Sequence[str]) -> None:
        """Bring the commits of all refs in these spaces (`refs/heads/`), without any files. Raises FetchTooMuch as
        `fetch` does."""
        options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--prune"]
        names = [f"+{space}*:{space}*" for space in spaces]
        self._fetch(
            folder,
            f"all of {' and '.join(spaces)}",
            [*options, "--filter=tree:0", "--", self.url, *names],
            seconds,
            most,
        )

    def refs(self, folder: Path, pattern: str) -> dict[str, str]:
        """Return the remote's refs that match, with their SHAs. `*` also matches slashes."""
        try:
            listing = self._git(folder, "ls-remote", ["--quiet", "--refs", "--", self.url, pattern], LIST_TIME)
        except (GitFailed, GitTimedOut) as trouble:
            self._explain(f"list {pattern}", trouble)
        lines = (line.split("\t", 1) for line in listing.decode(errors="replace").splitlines())
        return {ref: sha for sha, ref in lines}

    def push(self, mirror: Path, sha: str, ref: str, expected: str) -> None:
        """Set `ref` where it is at `expected` (empty: absent) or already at `sha`. Raises Rejected with the reason."""
        self._push(mirror, {ref: expected}, sha)

    def remove(self, mirror: Path, refs: Mapping[str, str]) -> None:
        """Delete these refs if all of them are at these SHAs. Raises Rejected with the reason."""
        self._push(mirror, refs, "", "--atomic")

    def _fetch(self, folder: Path, what: str, arguments: list[str], seconds: float, most: int) -> None:
        try:
            self._git(folder, "fetch", arguments, seconds, most)
        except (GitFailed, GitTimedOut) as trouble:
            if most and (isinstance(trouble, GitTimedOut) or _OVER.search(trouble.stderr)):
                raise FetchTooMuch from trouble
            self._explain(f"fetch {what}", trouble)

    def _push(self, mirror: Path, expected: Mapping[str, str], sha: str, *options: str) -> None:
        """Set these refs to `sha` if each is at what is expected."""
        leases = [f"--force-with-lease={ref}:{old}" for ref, old in expected.items()]
        first = next(iter(expected))
        try:
            arguments = ["--porcelain", "--no-verify", "--no-recurse-submodules", *options, *leases, "--", self.url]
            self._git(mirror, "push", [*arguments, *(f"{sha}:{ref}" for ref in expected)], PUSH_TIME)
        except GitFailed as failed:
            reason = _reason(failed, first, expected[first])
            if reason:
                raise Rejected(reason) from None
            self._explain(f"push {first}", failed)
        except GitTimedOut as trouble:
            self._explain(f"push {first}", trouble)

    def _git(self, folder: Path, command: str, arguments: list[str], timeout: float, most: int = 0) -> bytes:
        scheme = urlsplit(self.page).scheme
        # Git makes one pack, and its size counts. A hundred loose objects would each be within the limit.
        bounded = {"fetch.unpackLimit": "1", "maintenance.auto": "false"}
        config, secret = bounded if most else dict[str, str](), ""
        if self.token and scheme != "file":
            secret = base64.b64encode(f"{self.login}:{self.token}".encode()).decode()
            config[f"http.{self.url}.extraHeader"] = f"Authorization: Basic {secret}"
        secrets = (self.token, secret)
        return git(
            folder, command, *arguments, config=config, protocols=scheme, secrets=secrets, most=most, timeout=timeout
        )

    def _explain(self, doing: str, trouble: GitFailed | GitTimedOut) -> NoReturn:
        """Raise the port's exception for git's failure; an unknown failure is raised unchanged."""
        sentence = f"{doing} at {self.page}: {trouble}"
        if isinstance(trouble, GitTimedOut):
            raise TryLater(sentence, RETRY) from None
        for pattern, kind in ((_ABSENT, NotFound), (_UNKNOWN_TOKEN, TokenUnknown), (_NO_RIGHT, Forbidden)):
            if pattern.search(trouble.stderr):
                raise kind(sentence) from None
        if _OUTAGE.search(trouble.stderr):
            raise TryLater(sentence, RETRY) from None
        raise trouble


def _reason(failed: GitFailed, ref: str, expected: str) -> str:
    """Return why the ref was not moved, on one line; empty where git failed for another reason than a refusal."""
    refused = re.search(r"^!\t.*\t\[(?P<who>[^\]]*)\] \((?P<why>.*)\)$", failed.stdout, re.MULTILINE)
    if refused is None:
        return ""
    if refused["who"] == "rejected":  # our own git rejected it by the lease
        return f"{ref} is not at {expected[:7]} any more" if expected else f"{ref} exists already, at another commit"
    told = re.findall(r"^remote: +(?:error: +)?(?P<words>\S.*)$", failed.stderr, re.MULTILINE)
    words = " · ".join([refused["why"], *(" ".join(line.split()) for line in told)])
    return "".join(letter for letter in words if letter.isprintable())[:400]
