"""What the program needs from the world, each as narrow as its users let it be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from bot.ports.branches import Branches, Commits
from bot.ports.neighbours import Neighbours, Trees
from bot.ports.runners import Runners
from bot.ports.snapshots import Checkouts, Snapshots
from bot.ports.store import Queue, Store
from experiments.experiment import Repository
from experiments.run import Run


class Permission(IntEnum):
    """A right in a repository, in order, so that `>=` asks whether it suffices."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


@dataclass(frozen=True)
class Pull:
    """A pull request as GitHub tells it now."""

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


@dataclass(frozen=True)
class Button:
    """What people can press once a check run is completed; GitHub shows three at most."""

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
    summary: str  # Markdown, at most 65,535 bytes
    text: str = ""
    conclusion: str = ""  # success | failure | neutral | cancelled | timed_out, when completed
    external_id: str = ""
    details_url: str = ""
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Status:
    """What the commit status `studio` of one commit says. Check runs are the authority: every writer can set this."""

    state: str  # pending | success | failure | error
    description: str  # at most 140 characters, plain text
    url: str


class GitHub(Branches, Neighbours, Protocol):
    """GitHub's REST API, as one installation of the App. Raises NotFound, Forbidden, TryLater."""

    def permission(self, repository: Repository, login: str) -> Permission: ...
    def pull(self, repository: Repository, number: int) -> Pull:
        """Also where the repository was renamed."""
        ...

    def comment(self, repository: Repository, number: int, body: str) -> int: ...
    def edit_comment(self, repository: Repository, comment: int, body: str) -> None: ...
    def find_comment(self, repository: Repository, number: int, marker: str) -> int:
        """Id of our own newest comment that holds the marker; 0 where there is none."""
        ...

    def react(self, repository: Repository, comment: int, content: str) -> None: ...
    def reactions(self, repository: Repository, comment: int) -> set[str]:
        """Our own to a comment."""
        ...

    def find_check(self, repository: Repository, sha: str, name: str, begins: str) -> int:
        """Id of our check run on this commit with this name, whose external id begins so; 0 where there is none."""
        ...

    def create_check(self, repository: Repository, check: Check) -> int: ...
    def external_id(self, repository: Repository, check_id: int) -> str:
        """Of a check run of ours, as GitHub has it now."""
        ...

    def update_check(self, repository: Repository, check_id: int, check: Check) -> None: ...
    def set_status(self, repository: Repository, sha: str, status: Status) -> None:
        """Rejected once GitHub has a thousand on this commit."""
        ...

    def read_token(self, repository: Repository) -> str:
        """A token for git that can read this one repository and nothing else, for an hour at most."""
        ...

    def write_token(self, repository: Repository) -> str:
        """A token for git that can write this one repository's contents. It never leaves the bot."""
        ...


UNDECLARED = "(not declared as an output)"  # how a path of Bundle.refused ends that is only that


@dataclass(frozen=True)
class Bundle:
    """What a verified bundle holds."""

    sha: str  # the one commit
    message: str
    changed: tuple[str, ...]  # paths that differ from the baseline's tree
    refused: tuple[
        str, ...
    ]  # those of them that may not reach a branch, each with its reason: `.github/w.yml (workflow)`
    created: frozenset[str] = frozenset()  # those of them that the baseline does not have

    @property
    def dangerous(self) -> tuple[str, ...]:
        """Those that must not even be kept as an experiment, for somebody applies it some day."""
        return tuple(path for path in self.refused if not path.endswith(UNDECLARED))


class Git(Commits, Trees, Checkouts, Protocol):
    """Kept mirrors of repositories, without work trees. Nothing in them is ever run."""

    def fetch(self, repository: Repository, refs: Sequence[str], *, waits: bool = True) -> None:
        """Bring refs or SHAs into the mirror. NotFound where the remote has none of that name. TryLater while others
        bring something, at once without `waits`."""
        ...

    def reading(self, pull: Pull) -> AbstractContextManager["Git"]:
        """The same, as one reads this pull request with it: what a fork's brings is nowhere else."""
        ...

    def fetch_pull(self, pull: Pull) -> None:
        """Bring both sides of a pull request; of a fork's, into what `reading` gave. UserError where that is too
        much."""
        ...

    def sweep(self) -> None:
        """Take away what was fetched for pull requests of forks and is not in use any more."""
        ...

    def read(self, repository: Repository, sha: str, path: str, limit: int = 1_000_000) -> bytes | None:
        """A file's bytes at a commit, None where it is absent (or a symlink, or a folder). UserError past the limit."""
        ...

    def holds(self, repository: Repository, sha: str, path: str) -> bool:
        """Whether a fetched commit has anything of this name: a file, a folder or something else."""
        ...

    def merge_base(self, repository: Repository, one: str, other: str) -> str:
        """The newest commit from which both came; empty where they share none. Both were fetched."""
        ...

    def message(self, repository: Repository, sha: str) -> str:
        """Of a commit that was fetched."""
        ...

    def commits(self, repository: Repository, begins: str, tips: Sequence[str]) -> Sequence[str]:
        """Commits whose SHA begins so (4 characters at least), or that a tag whose SHA does points to, of those that
        the fetched `tips` reach: what else lies in the mirror is not told."""
        ...

    def remote_refs(self, repository: Repository, pattern: str) -> Mapping[str, str]:
        """Refs of the remote that match, `refs/exps/*` say, with their SHAs."""
        ...

    def verify(self, repository: Repository, bundle: Path, ref: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Look into a bundle without trusting it; its commit is in the mirror afterwards. UserError with the reason:
        more or another ref, more than one commit, another parent, too large, fsck. Paths outside `allowed`, symlinks,
        submodules, workflows and `.dvc/config` are named in `refused`."""
        ...

    def look(self, repository: Repository, sha: str, baseline: str, allowed: Sequence[str]) -> Bundle:
        """Look into a fetched commit as into a bundle. UserError unless it is one commit on `baseline`."""
        ...

    def push(self, repository: Repository, sha: str, ref: str, expected: str = "") -> None:
        """Set a ref of the remote, by fast-forward from `expected` (empty: it must not exist, or be `sha` already).

        Rejected with the reason."""
        ...

    def remove(self, repository: Repository, refs: Mapping[str, str]) -> None:
        """Take refs of the remote away that are at these SHAs; none where one is not. Rejected with the reason."""
        ...


class Images(Protocol):
    """Pictures at addresses nobody guesses."""

    def keep(self, png: bytes) -> str:
        """Its address below PUBLIC_URL."""
        ...


class Pages(Protocol):
    """What does not fit a comment, at addresses nobody guesses."""

    def keep(self, html: str) -> str:
        """Its address below PUBLIC_URL."""
        ...


class Runner(Protocol):
    """Where training happens."""

    def folders(self, full_name: str) -> Sequence[str] | None:
        """Those of this machine that this repository's training may read as DVC remotes; None where it may read all."""
        ...

    def admit(self, full_name: str) -> str:
        """Why this repository may not train here, with what the operator can do; empty when it may."""
        ...


class RunFiles(Protocol):
    """What agents send, by run and attempt."""

    def append_log(self, run: Run, offset: int, data: bytes) -> int:
        """Add to the log at `offset`; what is there already is not added again. Returns the log's size."""
        ...

    def show_live(self, run: Run, text: str) -> None:
        """What is to be seen below the log until another such text comes."""
        ...

    def log(self, run: Run, limit: int = 60_000, whole: bool = False) -> str:
        """The end of what training printed as text; `whole`, or where it printed nothing: of the log."""
        ...

    def path(self, run: Run, name: str) -> Path:
        """Of `bundle`, `baseline.tar`, `experiment.tar`."""
        ...

    def checkpoint(self, run: Run, number: int) -> Path:
        """Of one of its checkpoints, whichever attempt made it."""
        ...


@dataclass(frozen=True)
class Ports:
    """All of them, for the doors to wire."""

    github: GitHub
    git: Git
    snapshots: Snapshots
    images: Images
    pages: Pages
    store: Store
    queue: Queue
    files: RunFiles
    runner: Runner  # the bot's own machine
    runners: Runners
    random_name: Callable[[], str]  # `puffy-daks`, as DVC makes them

    @contextmanager
    def reading(self, pull: Pull) -> Iterator["Ports"]:
        """Those by which this pull request's commits are read, for as long as it takes."""
        with self.git.reading(pull) as git:
            yield replace(self, git=git, snapshots=self.snapshots.through(git)) if pull.fork else self
