"""The demo's local GitHub: what it starts with, and what people do in it."""

import base64
import json
import secrets
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

MANIFEST = Path(__file__).parent.parent / "app.yml"
REPOSITORY = "lab/digits"
OTHERS = ("lab/line", "lab/composed", "lab/two", "lab/stored")  # projects of other kinds
PEOPLE = {"ada": "write", "grace": "admin", "ivan": "read"}
OUTSIDER = "otto"  # has no role, like anybody in a public repository
NOTICE = "The demo is still being set up. Its pull request appears here by itself."
# The same seeding gives the same ids: these are the first ones of a sandbox.
APP_ID = 7001
PATIENCE = 30.0  # seconds for an answer that the sandbox holds back for two
REPOSITORY_ID = 200_001


@dataclass(frozen=True)
class Hub:
    """A GitHub on 127.0.0.1 with public repositories, four people, and the bot installed as an App."""

    url: str
    key: Path  # the App's private key, which the sandbox makes when it starts
    own: str = ""  # owner/name of the person's own repository; empty: none
    webhook_secret: str = field(default_factory=lambda: secrets.token_hex(20), repr=False)
    passwords: Mapping[str, str] = field(
        default_factory=lambda: {login: f"ghp_{secrets.token_hex(18)}" for login in (*PEOPLE, OUTSIDER)}, repr=False
    )

    @property
    def repositories(self) -> tuple[str, ...]:
        """The repositories in which the App is installed."""
        return (REPOSITORY, *OTHERS, *filter(None, [self.own]))

    @property
    def forks(self) -> Mapping[str, str]:
        """Repository (owner/name) -> the outsider's fork of it. Pull requests from a fork have no rights."""
        return {name: f"{OUTSIDER}/{name.partition('/')[2]}" for name in (REPOSITORY, self.own) if name}

    def write_config(self, file: Path, webhook: str) -> None:
        """Write the file for `python -m sandbox --config`.

        The App gets what its manifest asks for, and nothing else.
        """
        manifest = yaml.safe_load(MANIFEST.read_text())
        owner = REPOSITORY.partition("/")[0]
        people = [{"login": login, "token": password} for login, password in self.passwords.items()]
        config = {
            "notice": NOTICE,
            "users": [{"login": owner, "type": "Organization"}, *people],
            "repositories": [
                *({"name": name, "collaborators": PEOPLE, "private": False} for name in self.repositories),
                *({"name": fork, "private": False, "parent": name} for name, fork in self.forks.items()),
            ],
            "app": {
                "slug": manifest["name"],
                "webhook_url": webhook,
                "webhook_secret": self.webhook_secret,
                "private_key": str(self.key),
                "permissions": manifest["default_permissions"],
                "events": manifest["default_events"],
                "repositories": list(self.repositories),
            },
        }
        file.touch(mode=0o600)
        file.write_text(json.dumps(config, indent=2))

    @property
    def clone_url(self) -> str:
        """The address to clone from, without a credential; see `credential`."""
        return f"{self.url}/{REPOSITORY}.git"

    def push_url(self, login: str, repository: str = REPOSITORY) -> str:
        """Return an address that one of the people can push to. Its password ends with this demo."""
        return f"{self.url}/{repository}.git".replace("://", f"://{login}:{self.passwords[login]}@", 1)

    def credential(self, login: str) -> dict[str, str]:
        """Return variables that make git speak as one of the people; no argument and no file holds the password."""
        basic = base64.b64encode(f"{login}:{self.passwords[login]}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self.url}/.extraheader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }

    def open_pull(self, head: str, title: str, body: str, by: str, repository: str = REPOSITORY) -> int:
        """Open a pull request into `main` and return its number."""
        made = self._post("pulls", head=head, base="main", title=title, body=body, by=by, repo=repository)
        return int(made["number"])

    def comment(self, number: int, body: str, by: str, repository: str = REPOSITORY) -> int:
        """Comment in a pull request and return the comment's id."""
        return int(self._post("comments", number=number, body=body, by=by, repo=repository)["id"])

    def follow(self, number: int, repository: str = REPOSITORY) -> Generator[dict[str, Any], None, None]:
        """Yield a pull request as `show` returns it, then again whenever something changed, or after two seconds."""
        change: dict[str, int] = {}
        with httpx.Client(
            trust_env=False, timeout=PATIENCE
        ) as client:  # one, for each reads all certificates of the system
            while True:
                answer = client.get(f"{self.url}/_sandbox/pulls/{repository}/{number}", params=change)
                seen = dict(answer.raise_for_status().json())
                change = {"since": seen["change"]}
                yield seen

    def show(self, number: int, repository: str = REPOSITORY) -> dict[str, Any]:
        """Return a pull request with its `comments`, `reactions` by comment id and `check_runs`, as REST shows them."""
        answer = httpx.get(f"{self.url}/_sandbox/pulls/{repository}/{number}", trust_env=False)
        return dict(answer.raise_for_status().json())

    def _post(self, what: str, **sent: object) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/_sandbox/{what}", json=sent, trust_env=False)
        return dict(answer.raise_for_status().json())
