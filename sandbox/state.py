"""Everything the sandbox GitHub remembers, changed under one lock."""

import queue
import secrets
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from sandbox.records import (
    ROLES,
    Activity,
    App,
    CheckRun,
    Comment,
    CommitStatus,
    Delivery,
    Fault,
    HostedRepository,
    Installation,
    Json,
    Pull,
    Reaction,
    Record,
    Token,
    User,
    WebhookSink,
)


class Missing(LookupError):
    """There is nothing of that name or number. REST answers 404."""


class Unprocessable(ValueError):
    """GitHub would answer 422. `errors` are the entries of its body."""

    def __init__(self, message: str, errors: list[Json] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors or []


class State:
    """All records of a sandbox. Take `lock` to read several records that must agree; every method takes it itself.

    Records are replaced, never changed: `state.put(replace(comment, body=...))`. Actions that cause webhooks are in
    `sandbox.web.conversation` (comments, reactions, pull requests) and `sandbox.checks` (check runs and their buttons).
    Commits are in Git: `sandbox.gitfolder`.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.lock = threading.RLock()
        self.changes = 0  # counts what scripts can wait for: records that were put or deleted, refs that moved
        self._changed = threading.Condition(self.lock)
        self.folder = folder  # holds the bare repositories, `<owner>/<name>.git`
        self.clock = clock  # seconds since the epoch; tests move it
        self.url = "http://127.0.0.1"  # GITHUB_URL, without a slash at the end; the server sets it
        self.secret = secrets.token_bytes(32)  # signs the addresses of proxied pictures
        self.notice = ""  # text of the first page while there is no pull request
        self.users: dict[str, User] = {}  # by lower-case login; the dictionaries below are by id
        self.repositories: dict[int, HostedRepository] = {}
        self.moved: dict[str, int] = {}  # lower-case old full name -> id of the repository
        self.pulls: dict[int, Pull] = {}
        self.comments: dict[int, Comment] = {}
        self.reactions: dict[int, Reaction] = {}
        self.check_runs: dict[int, CheckRun] = {}
        self.statuses: dict[int, CommitStatus] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}  # by the token itself
        self.activities: list[Activity] = []  # oldest first
        self.deliveries: list[Delivery] = []  # every attempt, oldest first
        self.faults: list[Fault] = []
        self.webhook_sink: WebhookSink | None = None  # gets each webhook at once; else a thread POSTs it
        self.outbox: queue.Queue[Delivery | None] = queue.Queue()
        self._windows: dict[int, tuple[int, int]] = {}  # installation -> requests in its hour, end of that hour
        # Ids of different kinds never overlap, so that a mix-up of two ids is a 404 and not a coincidence.
        self._counters = {
            User: count(1001),
            HostedRepository: count(200_001),
            Pull: count(3_000_001),
            Comment: count(40_000_001),
            Reaction: count(500_000_001),
            CheckRun: count(6_000_000_001),
            CommitStatus: count(12_000_000_001),
            Activity: count(15_000_001),
            App: count(7001),
            Installation: count(80_001),
            Delivery: count(9_000_001),
        }

    def next_id(self, kind: type[Record | Delivery | Activity]) -> int:
        """Return the next id of a kind of record. The same seeding gives the same ids."""
        with self.lock:
            return next(self._counters[kind])

    def count_request(self, installation: int, window: int) -> tuple[int, int]:
        """Count a request. Return how many came in this window (seconds), and the window's end (since the epoch)."""
        with self.lock:
            used, reset = self._windows.get(installation, (0, 0))
            now = int(self.clock())
            if now >= reset:
                used, reset = 0, now + window
            self._windows[installation] = used + 1, reset
            return used + 1, reset

    def changed(self) -> None:
        """Wake who waits for a change."""
        with self._changed:
            self.changes += 1
            self._changed.notify_all()

    def wait(self, since: int, seconds: float) -> int:
        """Return the count of changes once it is not `since`, after `seconds` at the latest."""
        with self._changed:
            self._changed.wait_for(lambda: self.changes != since, seconds)
            return self.changes

    def put(self, record: Record) -> None:
        """Keep a record, in place of the one with its id."""
        with self.lock:
            match record:
                case User():
                    self.users[record.login.lower()] = record
                case HostedRepository():
                    self.repositories[record.id] = record
                case Pull():
                    self.pulls[record.id] = record
                case Comment():
                    self.comments[record.id] = record
                case Reaction():
                    self.reactions[record.id] = record
                case CheckRun():
                    self.check_runs[record.id] = record
                case CommitStatus():
                    self.statuses[record.id] = record
                case App():
                    self.apps[record.id] = record
                case Installation():
                    self.installations[record.id] = record
            self.changed()

    def user(self, login: str) -> User:
        """Return a user by login, upper or lower case. Raises Missing."""
        with self.lock:
            if login.lower() not in self.users:
                raise Missing(f"no user {login}")
            return self.users[login.lower()]

    def people(self) -> list[User]:
        """Return the users that a person can speak as, in the order in which they were added."""
        with self.lock:
            return [user for user in self.users.values() if user.type == "User"]

    def user_token(self, login: str) -> str:
        """Return a person's password for git over HTTP."""
        return self.user(login).token

    def add_user(self, login: str, kind: str = "User", token: str = "") -> User:
        """Return a new user, or the existing one. `token` is the password for git; an empty one is made up."""
        with self.lock:
            if login.lower() in self.users:
                return self.users[login.lower()]
            password = (token or f"ghp_{secrets.token_hex(18)}") if kind == "User" else ""
            user = User(self.next_id(User), login, kind, password)
            self.put(user)
            return user

    def repository(self, full_name: str) -> HostedRepository:
        """Return a repository by `owner/name`, upper or lower case. Raises Missing."""
        with self.lock:
            for repository in self.repositories.values():
                if repository.full_name.lower() == full_name.lower():
                    return repository
        raise Missing(f"no repository {full_name}")

    def role(self, repository: HostedRepository, login: str) -> str:
        """Return a user's role, one of ROLES. The owner is admin; everyone reads a public repository."""
        if repository.owner.lower() == login.lower():
            return "admin"
        granted = {who.lower(): role for who, role in repository.collaborators.items()}.get(login.lower(), "none")
        return granted if repository.private or ROLES.index(granted) else "read"

    def pull(self, repository: HostedRepository, number: int) -> Pull:
        """Return a pull request by its number. Raises Missing."""
        with self.lock:
            for pull in self.pulls.values():
                if pull.repository == repository.id and pull.number == number:
                    return pull
        raise Missing(f"no pull request {number} in {repository.full_name}")

    def pulls_of(self, repository: HostedRepository) -> list[Pull]:
        """Return all pull requests of a repository, the oldest first."""
        with self.lock:
            return [pull for pull in self.pulls.values() if pull.repository == repository.id]

    def comments_of(self, repository: HostedRepository, number: int) -> list[Comment]:
        """Return a pull request's comments, the oldest first."""
        with self.lock:
            return [c for c in self.comments.values() if (c.repository, c.number) == (repository.id, number)]

    def reactions_of(self, comment: Comment) -> list[Reaction]:
        """Return the reactions to a comment, the oldest first."""
        with self.lock:
            return [reaction for reaction in self.reactions.values() if reaction.comment == comment.id]

    def checks_of(self, repository: HostedRepository, sha: str) -> list[CheckRun]:
        """Return the check runs of a commit, the newest first."""
        with self.lock:
            runs = [run for run in self.check_runs.values() if (run.repository, run.head_sha) == (repository.id, sha)]
        return runs[::-1]

    def statuses_of(self, repository: HostedRepository, sha: str) -> list[CommitStatus]:
        """Return the statuses of a commit, the newest first."""
        with self.lock:
            found = [one for one in self.statuses.values() if (one.repository, one.sha) == (repository.id, sha)]
        return found[::-1]

    def activities_of(self, repository: HostedRepository) -> list[Activity]:
        """Return what happened to a repository's branches, the newest first."""
        with self.lock:
            return [one for one in reversed(self.activities) if one.repository == repository.id]

    def installations_of(self, repository: HostedRepository) -> list[Installation]:
        """Return the installations that have this repository."""
        with self.lock:
            return [found for found in self.installations.values() if repository.id in found.repositories]

    def bot_app(self, login: str) -> App | None:
        """Return the App whose bot user this is; None for any other user."""
        with self.lock:
            return next((app for app in self.apps.values() if app.bot == login), None)
