"""The port to the Git host."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from experiments.experiment import PullRef, Repository


class Permission(IntEnum):
    """A right in a repository, in order, so that `>=` asks whether it suffices."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


@dataclass(frozen=True)
class PullRequest:
    """A pull request as it is at the host now."""

    number: int
    state: str  # open | closed | merged
    head: str  # SHA
    branch: str
    base: str  # SHA
    base_branch: str
    fork: bool  # the head is in another repository
    default_branch: str
    repository: Repository  # the one it is in, under the name it has now
    closed: float = 0.0  # when; seconds since the epoch, as all times here
    pushed: float = 0.0  # when something was last pushed to the head's repository, to whatever branch

    @property
    def ref(self) -> PullRef:
        """The reference to it, under its repository's present name."""
        return PullRef(self.repository, self.number)


@dataclass(frozen=True)
class BranchRules:
    """What the host requires of commits on a branch."""

    signatures: bool = False  # every commit is signed
    dismisses: bool = False  # approvals of pull requests into it do not outlive a push


@dataclass(frozen=True)
class Push:
    """A push to a branch, as the host's own log has it."""

    before: str  # SHA
    after: str
    by: str  # login
    when: float  # seconds since the epoch


@dataclass(frozen=True)
class Button:
    """A button of a completed check run; hosts show a few at most."""

    label: str  # at most 20 characters, as `identifier`
    identifier: str  # what the event of a press names
    description: str  # at most 40 characters


@dataclass(frozen=True)
class Check:
    """A check run as it should look."""

    name: str
    sha: str
    status: str  # queued | in_progress | completed
    title: str
    summary: str  # Markdown, as long as the host takes it
    text: str = ""
    conclusion: str = ""  # success | failure | neutral | cancelled | timed_out, when completed
    external_id: str = ""
    details_url: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Status:
    """What the commit status `studio` of one commit says. Check runs are the authority: every writer can set this."""

    state: str  # pending | success | failure | error
    description: str  # plain text, as long as the host takes it
    url: str


class ReadHost(Protocol):
    """The host, to be read. Every method raises NotFound, Forbidden and TryLater."""

    def permission(self, repository: Repository, login: str) -> Permission: ...
    def pull(self, where: PullRef) -> PullRequest:
        """Return the pull request as it is now, also where the repository was renamed."""
        ...

    def file(self, repository: Repository, sha: str, path: str) -> bytes | None:
        """Return a file's bytes at a commit, without fetching it; None where it is absent, a symlink or a folder.

        Raises NotFound where the host does not have the commit (yet), and UserError where the file is too large.
        """
        ...

    def find_comment(self, where: PullRef, marker: str) -> int:
        """Return the id of our own newest comment that contains the marker; 0 where there is none."""
        ...

    def reactions(self, repository: Repository, comment: int) -> set[str]:
        """Return our own reactions to a comment."""
        ...

    def find_check(self, repository: Repository, sha: str, name: str, begins: str) -> int:
        """Return the id of our check run with this name and external id prefix on a commit; 0 without one."""
        ...

    def external_id(self, repository: Repository, check_id: int) -> str:
        """Return the external id of our check run, as the host has it now."""
        ...

    @property
    def bot_login(self) -> str:
        """Our login, `studio[bot]` for example."""
        ...

    def pushes(self, repository: Repository, branch: str) -> Sequence[Push]:
        """Return the last pushes to a branch, newest first; none where the host does not tell."""
        ...

    def rules(self, repository: Repository, branch: str) -> BranchRules: ...
    def repository(self, full_name: str, beside: Repository) -> Repository | None:
        """Return the repository of this name at the host of `beside`; None where we may not work in it."""
        ...


class GitHost(ReadHost, Protocol):
    """The host of repositories and pull requests. Every method raises NotFound, Forbidden and TryLater."""

    def comment(self, where: PullRef, body: str) -> int: ...
    def edit_comment(self, repository: Repository, comment: int, body: str) -> None: ...
    def react(self, repository: Repository, comment: int, content: str) -> None: ...
    def create_check(self, repository: Repository, check: Check) -> int: ...
    def update_check(self, repository: Repository, check_id: int, check: Check) -> None: ...
    def set_status(self, repository: Repository, sha: str, status: Status) -> None:
        """Set our status on a commit. Raise Rejected where the host accepts no more on this commit."""
        ...

    def read_token(self, repository: Repository) -> str:
        """Return a token with which git can read only this repository, for an hour at most."""
        ...

    def write_token(self, repository: Repository) -> str:
        """Return a token with which git can write only this repository's contents. It never leaves the bot."""
        ...

    def sign(self, repository: Repository, tree: str, parent: str, message: str) -> str:
        """Have the host make and sign a commit of a tree it has. Return its SHA. Raise Rejected with the reason."""
        ...

    def move_branch(self, repository: Repository, branch: str, sha: str) -> None:
        """Fast-forward a branch to a commit that the host has. Raise Rejected with the reason."""
        ...

    def open_pull(self, repository: Repository, branch: str, base: str, title: str, body: str) -> int:
        """Return the number of a branch's open pull request; open one if need be. Raise Rejected with the reason."""
        ...
