"""A running sandbox GitHub: `Sandbox(folder).start()` in a test's thread, or as a process of the demo."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox import gitfolder, installations, keys, rules, webhooks
from sandbox.application import API, create_app
from sandbox.records import App, Comment, Delivery, HostedRepository, Installation, Pull, User
from sandbox.state import State
from sandbox.web import conversation

HOST = "127.0.0.1"
PERMISSIONS = {
    "metadata": "read",
    "contents": "write",
    "checks": "write",
    "issues": "write",
    "pull_requests": "write",
    "statuses": "write",
}
EVENTS = ("issue_comment", "pull_request", "check_run", "check_suite", "push")


class Quiet(WSGIRequestHandler):
    """Logs no requests: tests and the demo print their own lines."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing."""


@dataclass(frozen=True)
class Bare:
    """A repository for tests: its bare folder and its rules."""

    repository: HostedRepository

    def git(self, *arguments: str) -> str:
        """Return the output of git in the bare folder, without the last newline.

        Raises subprocess.CalledProcessError.
        """
        return gitfolder.git(self.repository.folder, *arguments)

    def protect(self, branch: str) -> None:
        """Decline pushes to this branch."""
        gitfolder.protect(self.repository, branch)

    def require_signatures(self, branch: str) -> None:
        """Add a rule that this branch takes only signed commits."""
        rules.require_signatures(self.repository, branch)

    def dismiss_stale_reviews(self, branch: str) -> None:
        """Add a rule that this branch takes changes only by pull requests, and a push dismisses approvals."""
        rules.dismiss_stale_reviews(self.repository, branch)

    def refuse_force_pushes(self) -> None:
        """Let branches only move forward."""
        gitfolder.refuse_force_pushes(self.repository)


@dataclass(frozen=True)
class Installed:
    """A registered App, its installations, and the private key that GitHub shows once."""

    app: App
    installations: tuple[Installation, ...]  # one for each owner
    private_key: str  # PEM


class Sandbox:
    """State and server together. Its methods do what people do in a browser."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.state = State(folder, clock)
        self.app = create_app(self.state)
        self._server: BaseWSGIServer | None = None
        self._threads: list[threading.Thread] = []

    def start(self, port: int = 0, wrap: Callable[[WSGIApplication], WSGIApplication] | None = None) -> str:
        """Serve on 127.0.0.1 (port 0: any free one) and return the address. `wrap` adds a WSGI middleware."""
        wsgi = wrap(self.app) if wrap else self.app
        self._server = make_server(HOST, port, wsgi, threaded=True, request_handler=Quiet)
        self.state.url = f"http://{HOST}:{self._server.server_port}"
        serve = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        send = threading.Thread(target=webhooks.send_all, args=(self.state,), daemon=True)
        self._threads = [serve, send]
        for thread in self._threads:
            thread.start()
        return self.url

    def stop(self) -> None:
        """Send what is in the outbox, then stop."""
        if self._server is None:
            return
        self.state.outbox.put(None)
        self._server.shutdown()
        for thread in self._threads:
            thread.join(webhooks.PATIENCE)
        self._server.server_close()
        self._server = None

    @property
    def url(self) -> str:
        """The value of GITHUB_URL."""
        return self.state.url

    @property
    def api_url(self) -> str:
        """The value of GITHUB_API_URL."""
        return f"{self.state.url}{API}"

    def add_user(self, login: str, kind: str = "User", token: str = "") -> User:
        """Add a person (or `Organization`); `token` is the password for git, made up where it is empty."""
        return self.state.add_user(login, kind, token)

    def add_repository(
        self,
        full_name: str,
        private: bool = True,
        collaborators: Mapping[str, str] | None = None,
        default_branch: str = "main",
        parent: str = "",
    ) -> Bare:
        """Add a repository, and its owner and collaborators as users. Its bare folder is made, or used where it exists.

        `parent` is the full name of the repository that it is a fork of, whose branches it gets.
        """
        owner, _, name = full_name.partition("/")
        for login in (owner, *(collaborators or {})):
            self.state.add_user(login)
        source = self.state.repository(parent) if parent else None
        folder = self.state.folder / owner / f"{name}.git"
        gitfolder.create(folder, default_branch, source.folder if source else None)
        made = HostedRepository(
            id=self.state.next_id(HostedRepository),
            owner=owner,
            name=name,
            folder=folder,
            private=private,
            default_branch=default_branch,
            collaborators=dict(collaborators or {}),
            parent=source.id if source else 0,
            created_at=self.state.clock(),
        )
        self.state.put(made)
        return Bare(made)

    def install_app(
        self,
        slug: str,
        repositories: Iterable[str],
        webhook_url: str = "",
        secret: str = "",
        private_key: str = "",
        permissions: Mapping[str, str] | None = None,
        events: Iterable[str] = EVENTS,
    ) -> Installed:
        """Register an App and install it on repositories, once for each owner. An empty `private_key` (PEM) is made."""
        private_key = private_key or keys.new_key()
        names, now, granted = list(repositories), self.state.clock(), dict(permissions or PERMISSIONS)
        chosen = [self.state.repository(name) for name in names]
        app = App(
            id=self.state.next_id(App),
            slug=slug,
            name=slug,
            owner=chosen[0].owner,
            public_key=keys.public_part(private_key),
            webhook_url=webhook_url,
            webhook_secret=secret,
            permissions=granted,
            events=tuple(events),
            created_at=now,
        )
        self.state.put(app)
        self.state.add_user(app.bot, "Bot")
        made = []
        for owner in dict.fromkeys(repository.owner for repository in chosen):
            given = frozenset(repository.id for repository in chosen if repository.owner == owner)
            number = self.state.next_id(Installation)
            made.append(Installation(number, app.id, owner, given, granted, app.events, created_at=now))
            self.state.put(made[-1])
        return Installed(app, tuple(made), private_key)

    def suspend(self, installation: int, suspended: bool = True) -> None:
        """Suspend an installation as its owner, or take that back."""
        installations.suspend(self.state, installation, suspended)

    def open_pull(self, repository: str, head: str, base: str, title: str, body: str = "", by: str = "") -> Pull:
        """Open a pull request. `head` is a pushed branch, or `owner:branch` of a fork. An empty `by` is the owner."""
        where = self.state.repository(repository)
        return conversation.open_pull(self.state, where, head, base, title, body, by or where.owner)

    def close_pull(self, repository: str, number: int, by: str) -> Pull:
        """Close a pull request without merging it."""
        return conversation.close_pull(self.state, self.state.pull(self.state.repository(repository), number), by)

    def comment(self, repository: str, number: int, body: str, by: str) -> Comment:
        """Comment as a person."""
        return conversation.comment(self.state, self.state.repository(repository), number, body, by)

    def edit_comment(self, comment: int, body: str, by: str) -> Comment:
        """Edit a comment as a person."""
        return conversation.edit_comment(self.state, comment, body, by)

    def delete_comment(self, comment: int, by: str) -> None:
        """Delete a comment as a person."""
        conversation.delete_comment(self.state, comment, by)

    def redeliver(self, guid: str) -> Delivery:
        """Press Redeliver for a delivery."""
        return webhooks.redeliver(self.state, guid)

    def drain(self) -> None:
        """Wait until every webhook has been sent and answered."""
        self.state.outbox.join()
