"""The App as GitHub has it on record: what it may do, where it is installed, where its webhooks go."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from experiments.experiment import Repository
from services.github.http import GitHubConnection
from services.github.tokens import READ, AppTokens

PAGE = 100
_METADATA = {"metadata": "read"}


@dataclass(frozen=True)
class App:
    """As its settings page shows it."""

    slug: str
    owner: str  # login
    of_organisation: bool
    permissions: Mapping[str, str]
    events: frozenset[str]


@dataclass(frozen=True)
class Hook:
    """The App's one webhook."""

    url: str
    content_type: str  # json | form
    verifies: bool  # GitHub looks at our certificate
    secret: bool  # there is one; GitHub never tells it


@dataclass(frozen=True)
class Installed:
    """The App on one account's repositories."""

    id: int
    account: str  # login
    permissions: Mapping[str, str]  # as the account's owner accepted them
    events: frozenset[str]
    suspended: bool
    page: str


@dataclass(frozen=True)
class Granted:
    """A repository the App was given."""

    repository: Repository
    default_branch: str


class Registration:
    """Reads as the App itself. Raises what GitHubConnection does; Unauthorized: id and key do not belong together."""

    def __init__(
        self,
        api_url: str,
        app_id: str,
        private_key: str,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._github = GitHubConnection(api_url, client, clock, pause)
        self._tokens = AppTokens(self._github, app_id, private_key, clock)

    def app(self) -> App:
        """Who we are."""
        told = self._ask("/app")
        owner = told["owner"]
        organisation = owner.get("type") == "Organization"
        return App(told["slug"], owner["login"], organisation, told["permissions"], frozenset(told["events"]))

    def hook(self) -> Hook:
        """Where GitHub sends what happens."""
        told = self._ask("/app/hook/config")
        verifies = str(told.get("insecure_ssl", "0")) == "0"
        return Hook(told.get("url") or "", told.get("content_type", "form"), verifies, bool(told.get("secret")))

    def installations(self) -> tuple[Installed, ...]:
        """All of them, suspended ones too."""
        return tuple(
            Installed(
                id=one["id"],
                account=one["account"]["login"],
                permissions=one["permissions"],
                events=frozenset(one["events"]),
                suspended=one["suspended_at"] is not None,
                page=one["html_url"],
            )
            for one in self._github.each(f"/app/installations?per_page={PAGE}", {}, jwt=self._tokens.jwt())
        )

    def repositories(self, installation: int, github_url: str) -> tuple[Granted, ...]:
        """What an installation was given; `github_url`: GITHUB_URL."""
        token = self._github.send(
            "POST",
            "/app/installations/{installation}/access_tokens",
            {"installation": str(installation)},
            {"permissions": _METADATA},
            jwt=self._tokens.jwt(),
        )["token"]
        path = f"/installation/repositories?per_page={PAGE}"
        return tuple(
            Granted(
                Repository(one["id"], one["full_name"], installation, f"{github_url}/{one['full_name']}"),
                one["default_branch"],
            )
            for one in self._github.each(path, {}, "repositories", oauth_token=token)
        )

    def is_verified(self, repository: Repository, sha: str) -> bool:
        """Whether GitHub shows a commit as signed by somebody it knows."""
        names = {"owner": repository.owner, "repo": repository.name, "sha": sha}
        token = self._tokens.token(repository, READ)
        told = self._github.get("/repos/{owner}/{repo}/git/commits/{sha}", names, oauth_token=token)
        return bool(told["verification"]["verified"])

    def html(self, repository: Repository, markdown: str) -> str:
        """Markdown as GitHub shows it in a comment there."""
        asked = {"text": markdown, "mode": "gfm", "context": repository.full_name}
        return str(
            self._github.send("POST", "/markdown", {}, asked, oauth_token=self._tokens.token(repository, _METADATA))
        )

    def _ask(self, path: str) -> Any:
        return self._github.get(path, {}, jwt=self._tokens.jwt())
