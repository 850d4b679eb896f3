"""Tokens of the App, each for one repository and with no more rights than its use needs."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import gidgethub
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.errors import Forbidden, NotFound
from experiments.experiment import Repository
from services.github.http import GitHubConnection

CLOCK_SKEW = 60  # seconds that GitHub's clock may be behind ours
JWT_LIFE = 480  # seconds from now; 9 minutes with the skew, where GitHub accepts 10 at most
MARGIN = 300  # seconds before its end from which a token is not returned any more

# Rights of a token, by use. They are kept apart because GitHub makes no token where one right of it was not granted.
# `pull_requests` covers the comments and reactions of pull requests, so that `issues` is not asked for.
METADATA = {"metadata": "read"}
TALK = {"metadata": "read", "pull_requests": "write"}
CHECKS = {"metadata": "read", "checks": "write"}
READ = {"metadata": "read", "contents": "read"}
WRITE = {"metadata": "read", "contents": "write"}
STATUS = {"metadata": "read", "statuses": "write"}
PERMISSIONS = READ | WRITE | TALK | CHECKS | STATUS  # what app.yml asks for; `write` includes `read`

_Key = tuple[int, int, tuple[tuple[str, str], ...]]


class AppTokens:
    """Makes installation tokens, and keeps each in this process until five minutes before it expires."""

    def __init__(
        self, github: GitHubConnection, app_id: str, private_key: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._github = github
        self._app_id = app_id
        self._private_key = private_key
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[_Key, tuple[str, float]] = {}
        self._moved: dict[tuple[int, int], int] = {}  # (repository id, old installation) -> present one

    @cached_property
    def _key(self) -> RSAPrivateKey:
        """The private key, parsed once since that takes 35 ms. Raises ValueError where it is no RSA key."""
        key = load_pem_private_key(self._private_key.encode(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("the App's private key is no RSA key")
        return key

    def jwt(self) -> str:
        """Return a JWT that authenticates the App itself for eight minutes."""
        now = int(self._clock())
        claims = {"iat": now - CLOCK_SKEW, "exp": now + JWT_LIFE, "iss": self._app_id}
        return jwt.encode(claims, self._key, algorithm="RS256")

    def token(self, repository: Repository, permissions: Mapping[str, str]) -> str:
        """Return a token for one repository with these permissions.

        Look for another installation where the known one fails: the repository may have been transferred, or the App
        installed anew. Raise Forbidden where the installation did not grant the permissions.
        """
        try:
            return self._token(self.installation(repository), repository, permissions)
        except (Forbidden, NotFound):
            if not self.moved(repository):
                raise
        return self._token(self.installation(repository), repository, permissions)

    def installation(self, repository: Repository) -> int:
        """Return the id of the installation that has the repository, as far as we know."""
        with self._lock:
            return self._moved.get((repository.id, repository.installation), repository.installation)

    def moved(self, repository: Repository) -> bool:
        """Ask GitHub which installation has the repository. Return whether it is another one than we knew.

        GitHub is asked by name, and follows renames. Where another repository has the name by now, its installation
        gives no token for this repository's id.
        """
        names = {"owner": repository.owner, "repo": repository.name}
        try:
            found = int(self._github.get("/repos/{owner}/{repo}/installation", names, jwt=self.jwt())["id"])
        except NotFound:
            return False  # the App is not installed
        known = self.installation(repository)
        with self._lock:
            self._moved[repository.id, repository.installation] = found
        return found != known

    def find(self, full_name: str) -> tuple[int, str]:
        """Return the installation that has the repository of this name, and a token that may read its metadata only.

        Raise NotFound or Forbidden where there is no installation, or where it is suspended.
        """
        owner, _, name = full_name.partition("/")
        found = self._github.get("/repos/{owner}/{repo}/installation", {"owner": owner, "repo": name}, jwt=self.jwt())
        installation, asked = int(found["id"]), {"repositories": [name], "permissions": METADATA}
        return installation, self._mint(installation, full_name, asked)[0]

    def _token(self, installation: int, repository: Repository, permissions: Mapping[str, str]) -> str:
        key = (installation, repository.id, tuple(sorted(permissions.items())))
        with self._lock:
            token, until = self._kept.get(key, ("", 0.0))
            if until - MARGIN > self._clock():
                return token
        asked = {"repository_ids": [repository.id], "permissions": dict(permissions)}
        token, until = self._mint(installation, repository.full_name, asked)
        with self._lock:
            self._kept[key] = token, until
        return token

    def forget(self, token: str) -> None:
        """Forget a token that GitHub does not accept any more, so that the next one is new."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if kept[0] != token}

    def _mint(self, installation: int, whose: str, asked: Mapping[str, Any]) -> tuple[str, float]:
        try:
            answer = self._github.send(
                "POST",
                "/app/installations/{installation}/access_tokens",
                {"installation": str(installation)},
                dict(asked),
                jwt=self.jwt(),
            )
        except gidgethub.BadRequest as refused:  # 422: a permission or the repository is not the installation's
            wanted = ", ".join(f"{name}: {level}" for name, level in asked["permissions"].items())
            raise Forbidden(f"a token for {whose} ({wanted}): {refused}") from None
        return answer["token"], datetime.fromisoformat(answer["expires_at"]).timestamp()
