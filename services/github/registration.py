"""The App's registration at GitHub: what it may do, where it is installed, where its webhooks go."""

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
class RegisteredApp:
    """The App's registration, as its settings page on GitHub shows it."""

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
    verifies: bool  # whether GitHub verifies our certificate
    secret: bool  # whether a secret is set; GitHub never shows it


@dataclass(frozen=True)
class AppInstallation:
    """An installation of the App on one account's repositories."""

    id: int
    account: str  # login
    permissions: Mapping[str, str]  # as the account's owner accepted them
    events: frozenset[str]
    suspended: bool
    page: str


@dataclass(frozen=True)
class Granted:
    """A repository to which the App has access."""

    repository: Repository
    default_branch: str


class Registration:
    """Reads the registration as the App itself.

    Methods raise what GitHubConnection raises. Unauthorized means that the App's id and key do not belong together.
    """

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

    def app(self) -> RegisteredApp:
        """Return the App's own registration."""
        found = self._ask("/app")
        owner = found["owner"]
        organisation = owner.get("type") == "Organization"
        return RegisteredApp(
            found["slug"], owner["login"], organisation, found["permissions"], frozenset(found["events"])
        )

    def hook(self) -> Hook:
        """Return the App's webhook: where GitHub sends events, and how."""
        found = self._ask("/app/hook/config")
        verifies = str(found.get("insecure_ssl", "0")) == "0"
        return Hook(found.get("url") or "", found.get("content_type", "form"), verifies, bool(found.get("secret")))

    def installations(self) -> tuple[AppInstallation, ...]:
        """Return all installations, suspended ones too."""
        return tuple(
            AppInstallation(
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
        """Return the repositories to which an installation has access. `github_url` is the setting GITHUB_URL."""
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
        """Return whether GitHub shows a commit as verified: signed by somebody it knows."""
        names = {"owner": repository.owner, "repo": repository.name, "sha": sha}
        token = self._tokens.token(repository, READ)
        found = self._github.get("/repos/{owner}/{repo}/git/commits/{sha}", names, oauth_token=token)
        return bool(found["verification"]["verified"])

    def html(self, repository: Repository, markdown: str) -> str:
        """Return the HTML that GitHub makes of Markdown in a comment in this repository."""
        asked = {"text": markdown, "mode": "gfm", "context": repository.full_name}
        return str(
            self._github.send("POST", "/markdown", {}, asked, oauth_token=self._tokens.token(repository, _METADATA))
        )

    def _ask(self, path: str) -> Any:
        return self._github.get(path, {}, jwt=self._tokens.jwt())
