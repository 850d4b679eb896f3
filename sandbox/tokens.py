"""Finds out who calls: by an App's signed JWT, an installation token, or a person's password for git."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

import jwt

from sandbox.records import App, HostedRepository, Installation, Json, Token
from sandbox.state import State

HOUR = 3600.0  # seconds that an installation token is valid
LONGEST_JWT = 600  # seconds that its `exp` may be ahead
LEVELS = ("none", "read", "write", "admin")


class Refusal(Exception):
    """GitHub would answer with this status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def app_of(state: State, encoded: str) -> App:
    """Return the App that signed a JWT with its private key. Raises Refusal 401 or 404."""
    try:
        issuer = jwt.decode(encoded, options={"verify_signature": False}).get("iss")
    except jwt.PyJWTError as error:
        raise Refusal(401, "A JSON web token could not be decoded") from error
    app = next((app for app in state.apps.values() if str(issuer) in (str(app.id), app.client_id)), None)
    if app is None:
        raise Refusal(404, "Integration not found")
    # Times are compared with the sandbox's clock, which tests move, and not with the machine's.
    try:
        claims = jwt.decode(
            encoded,
            app.public_key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_iss": False},
        )
    except jwt.PyJWTError as error:
        raise Refusal(401, "A JSON web token could not be decoded") from error
    issued, expires, now = claims.get("iat"), claims.get("exp"), int(state.clock())
    if not isinstance(issued, int) or issued > now:
        raise Refusal(
            401,
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        )
    if not isinstance(expires, int) or expires <= now:
        raise Refusal(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
            "assertion expires",
        )
    if expires > now + LONGEST_JWT:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
    return app


def issue(state: State, installation: Installation, asked: Json) -> Token:
    """Make a token, limited as asked. Raises Refusal 403 where suspended, 422 where it asks for more than installed."""
    if installation.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")
    permissions = asked.get("permissions")
    if permissions is not None:
        if not isinstance(permissions, dict) or not all(level in LEVELS for level in permissions.values()):
            raise Refusal(422, "Invalid request.\n\nFor 'properties/permissions', the values must be read or write.")
        for name, level in permissions.items():
            if not allows(installation.permissions, name, level):
                raise Refusal(422, "The permissions requested are not granted to this installation.")
    chosen = chosen_repositories(state, installation, asked)
    token = Token(
        token=f"ghs_{secrets.token_hex(18)}",
        installation=installation.id,
        permissions={"metadata": "read", **(installation.permissions if permissions is None else permissions)},
        repositories=installation.repositories if chosen is None else frozenset(chosen),
        narrowed=chosen is not None,
        expires_at=int(state.clock()) + HOUR,
    )
    with state.lock:
        state.tokens[token.token] = token
    return token


def chosen_repositories(state: State, installation: Installation, asked: Json) -> Sequence[int] | None:
    """Return the ids of the repositories that the token is limited to; None without a limit. Raises Refusal 422."""
    ids, names = asked.get("repository_ids"), asked.get("repositories")
    if ids is None and names is None:
        return None
    wanted = list(ids or [])
    for name in names or []:
        known = (one for one in installation.repositories if state.repositories[one].name == name)
        wanted.append(next(known, 0))
    if not wanted or any(one not in installation.repositories for one in wanted):
        raise Refusal(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return wanted


def token_of(state: State, text: str) -> Token:
    """Return the installation token if it is valid now. Raises Refusal 401 or 403."""
    token = state.tokens.get(text)
    if token is None or token.expires_at <= state.clock():
        raise Refusal(401, "Bad credentials")
    installation = state.installations[token.installation]
    if installation.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")
    kept = {name: level for name, level in token.permissions.items() if allows(installation.permissions, name, level)}
    return replace(token, permissions=kept)


def sees(state: State, token: Token, repository: HostedRepository) -> bool:
    """Return whether both the token and its installation, as it is now, have the repository."""
    return repository.id in token.repositories & state.installations[token.installation].repositories


def allows(permissions: object, name: str, level: str) -> bool:
    """Return whether permissions hold `name` at `level` or more."""
    held = permissions.get(name, "none") if isinstance(permissions, dict) else "none"
    if name == "metadata" and held == "none":
        held = "read"  # every App has it
    return LEVELS.index(held) >= LEVELS.index(level)
