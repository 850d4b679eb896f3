"""What the program needs of the host of repositories and pull requests."""

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
    """A pull request as the host tells it now."""

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
        """Which one it is, under the name its repository has now."""
        return PullRef(self.repository, self.number)


@dataclass(frozen=True)
class BranchRules:
    """What the host asks of commits on a branch."""

    signatures: bool = False  # every commit is signed
    dismisses: bool = False  # approvals of pull requests into it do not outlive a push


@dataclass(frozen=True)
class Push:
    """A branch was moved, as the host's own log has it."""

    before: str  # SHA
    after: str
    by: str  # login
    when: float  # seconds since the epoch


@dataclass(frozen=True)
class Button:
    """What people can press once a check run is completed; hosts show a few at most."""

    label: str  # at most 20 characters, as `identifier`
    identifier: str  # what we are told when it is pressed
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
    """What is asked of the host by who decides. Every method raises NotFound, Forbidden and TryLater."""

    def permission(self, repository: Repository, login: str) -> Permission: ...
    def pull(self, where: PullRef) -> PullRequest:
        """Also where the repository was renamed."""
        ...

    def file(self, repository: Repository, sha: str, path: str) -> bytes | None:
        """A file's bytes at a commit, which is not fetched for it; None where it is absent (or a symlink, or a folder).
        UserError where it is too large."""
        ...

    def find_comment(self, where: PullRef, marker: str) -> int:
        """Id of our own newest comment that holds the marker; 0 where there is none."""
        ...

    def reactions(self, repository: Repository, comment: int) -> set[str]:
        """Our own to a comment."""
        ...

    def find_check(self, repository: Repository, sha: str, name: str, begins: str) -> int:
        """Id of our check run on this commit with this name, whose external id begins so; 0 where there is none."""
        ...

    def external_id(self, repository: Repository, check_id: int) -> str:
        """Of a check run of ours, as the host has it now."""
        ...

    @property
    def bot_login(self) -> str:
        """Ours, `studio[bot]` say."""
        ...

    def pushes(self, repository: Repository, branch: str) -> Sequence[Push]:
        """The last ones to a branch, the newest first; none where the host does not tell."""
        ...

    def rules(self, repository: Repository, branch: str) -> BranchRules: ...
    def repository(self, full_name: str, beside: Repository) -> Repository | None:
        """The repository of this name beside another one; None where we may not work in it."""
        ...


class GitHost(ReadHost, Protocol):
    """Where repositories and pull requests are. Raises as above."""

    def comment(self, where: PullRef, body: str) -> int: ...
    def edit_comment(self, repository: Repository, comment: int, body: str) -> None: ...
    def react(self, repository: Repository, comment: int, content: str) -> None: ...
    def create_check(self, repository: Repository, check: Check) -> int: ...
    def update_check(self, repository: Repository, check_id: int, check: Check) -> None: ...
    def set_status(self, repository: Repository, sha: str, status: Status) -> None:
        """Rejected where the host takes no more on this commit."""
        ...

    def read_token(self, repository: Repository) -> str:
        """A token for git that can read this one repository and nothing else, for an hour at most."""
        ...

    def write_token(self, repository: Repository) -> str:
        """A token for git that can write this one repository's contents. It never leaves the bot."""
        ...

    def sign(self, repository: Repository, tree: str, parent: str, message: str) -> str:
        """Make a commit of a tree that the host has, signed by the host; its SHA. Rejected with the reason."""
        ...

    def move_branch(self, repository: Repository, branch: str, sha: str) -> None:
        """Fast-forward a branch to a commit that the host has. Rejected with the reason."""
        ...

    def open_pull(self, repository: Repository, branch: str, base: str, title: str, body: str) -> int:
        """Open a pull request, or find the open one of this branch; its number. Rejected with the reason."""
        ...
