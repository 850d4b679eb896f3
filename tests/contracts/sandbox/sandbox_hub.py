"""Run a sandbox for its contract tests, with a project that its owner pushed and an App that is installed."""

import base64
import os
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox import keys
from sandbox.records import Json
from sandbox.server import Bare, Installed, Sandbox
from tests.schema import Checked

REPOSITORY = "ada/iris"
PULL = f"/repos/{REPOSITORY}"
START = 1_800_000_000.0


HISTORY = """commit refs/heads/main
committer Ada <ada@example.com> 1700000000 +0000
data 5
Begin
commit refs/heads/tune
committer Ada <ada@example.com> 1700000001 +0000
data 4
Tune
from refs/heads/main
"""


def git(folder: Path, *words: str, header: str = "", stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run git as a person does, without anybody's configuration; `header` is sent with every HTTP request."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {f"GIT_{role}_{part}": "ada@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    extra = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": header}
    env = {**clean, **who, **alone, **(extra if header else {})}
    return subprocess.run(
        ["git", *words], cwd=folder, env=env, check=False, capture_output=True, text=True, input=stdin
    )


def basic(login: str, password: str) -> str:
    """Return the header of Basic authentication."""
    return f"Authorization: Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}"


@cache
def private_key() -> str:
    """Return one key pair for all tests of a process: making one takes longer than a test."""
    return keys.new_key()


@cache
def signing_key(pem: str) -> RSAPrivateKey:
    """Return a private key that has been parsed, which takes 35 ms."""
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


class Hub:
    """Run a sandbox with `ada/iris`, its pull request 1 from `tune`, its reader `bob` and the App `studio`."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.folder = folder
        self.sandbox = Sandbox(folder / "repositories", clock=lambda: self.now)
        self.sandbox.start(wrap=self.watch)
        self.state = self.sandbox.state
        self.sandbox.add_user("mallory")
        self.bare: Bare = self.sandbox.add_repository(REPOSITORY, collaborators={"bob": "read", "wim": "write"})
        self.app: Installed = self.sandbox.install_app(
            "studio", [REPOSITORY], "http://127.0.0.1:1/webhook", "a secret", private_key()
        )
        self.received: list[tuple[Mapping[str, str], bytes]] = []
        self.state.webhook_sink = self.receive
        git(self.bare.repository.folder, "fast-import", "--quiet", stdin=HISTORY)
        self.pull = self.sandbox.open_pull(REPOSITORY, "tune", "main", "Tune it", "Let us see.", "ada")
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain HTTP only: saves reading the system's certificates
        self.http = httpx.Client(base_url=self.sandbox.api_url, trust_env=False, verify=nobody)
        self.received.clear()

    def watch(self, application: WSGIApplication) -> WSGIApplication:
        """Hold every exchange to the schema."""
        self.checked = Checked(application)
        return self.checked

    def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        """Receive webhooks as the App does."""
        self.received.append((headers, body))
        return 202

    @cached_property
    def tree(self) -> Path:
        """Return a clone, on the branch `tune`, with `main` beside it."""
        folder = self.folder / "tree"
        bare = str(self.bare.repository.folder)
        git(self.folder, "clone", "--quiet", "--branch=tune", bare, str(folder))
        git(folder, "branch", "--quiet", "main", "origin/main")
        return folder

    @property
    def head(self) -> str:
        """Return the SHA of the pull request's head."""
        return self.bare.git("rev-parse", "refs/heads/tune")

    def jwt(self, **claims: Any) -> str:
        """Return the App's JWT, valid for five minutes unless `claims` say otherwise."""
        now = int(self.now)
        whole = {"iss": str(self.app.app.id), "iat": now - 60, "exp": now + 300, **claims}
        return jwt.encode(whole, signing_key(self.app.private_key), algorithm="RS256")

    def as_app(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request with the App's JWT."""
        return self.http.request(method, path, headers={"Authorization": f"Bearer {self.jwt()}"}, **options)

    def token(self, **narrowed: Any) -> str:
        """Return a new installation token."""
        answer = self.ask_token(**narrowed)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def ask_token(self, **narrowed: Any) -> httpx.Response:
        """Ask for an installation token, and return the answer."""
        number = self.app.installations[0].id
        return self.as_app("POST", f"/app/installations/{number}/access_tokens", json=narrowed or None)

    def call(self, method: str, path: str, token: str = "", **options: Any) -> httpx.Response:
        """Send a request with an installation token, a new one unless given."""
        headers = {"Authorization": f"token {token or self.token()}"}
        return self.http.request(method, path, headers=headers, **options)

    def comment(self, body: Any) -> httpx.Response:
        """Comment on the pull request as the bot."""
        return self.call("POST", f"{PULL}/issues/1/comments", json={"body": body})

    def check(self, **fields: Any) -> httpx.Response:
        """Make a check run on the head as the bot."""
        return self.call("POST", f"{PULL}/check-runs", json={"name": "train", "head_sha": self.head, **fields})

    def address(self, name: str = REPOSITORY) -> str:
        """Return the address at which git finds a repository."""
        return f"{self.sandbox.url}/{name}.git"


@contextmanager
def running_hub(folder: Path) -> Iterator[Hub]:
    """Yield a hub until the test ends; no exchange may have broken GitHub's schema."""
    hub = Hub(folder)
    try:
        yield hub
    finally:
        hub.http.close()
        hub.sandbox.stop()
    assert not hub.checked.violations, "\n".join(hub.checked.violations)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return status and message of a refusal."""
    body: Json = answer.json()
    return answer.status_code, body["message"]
