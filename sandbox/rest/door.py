"""What every REST request passes: user agent, credentials, permissions, and GitHub's errors and headers."""

import uuid
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.records import App, HostedRepository, Json, Token
from sandbox.state import Missing, State, Unprocessable
from sandbox.tokens import Refusal, allows, app_of, sees, token_of

DOCUMENTATION = "https://docs.github.com/rest"
LIMIT = 5000  # requests an hour for each installation
HOUR = 3600
Answer = Response | tuple[Response, int]


def state() -> State:
    """Return the state of the running application."""
    return cast(State, current_app.extensions["sandbox"])


def arrive(blueprint: Blueprint) -> None:
    """Add checks, headers and errors to every route of a blueprint."""
    blueprint.before_request(check_agent)
    blueprint.after_request(add_headers)
    blueprint.register_error_handler(Refusal, lambda error: refuse(error.status, error.message))
    blueprint.register_error_handler(Missing, lambda error: refuse(404, "Not Found"))
    blueprint.register_error_handler(Unprocessable, lambda error: refuse(422, error.message, error.errors))
    blueprint.register_error_handler(HTTPException, lambda error: refuse(error.code or 500, error.name))


def refuse(status: int, message: str, errors: Sequence[Json] = ()) -> Answer:
    """Answer with an error as GitHub writes it."""
    body: Json = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    if errors:
        body["errors"] = list(errors)
    return jsonify(body), status


def check_agent() -> None:
    """Refuse a request without a User-Agent, as GitHub does. Raises Refusal 403."""
    if not request.headers.get("User-Agent"):
        raise Refusal(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
        )


def add_headers(response: Response) -> Response:
    """Add request id and rate limit. `calling_token` refuses what is over the limit."""
    used, reset = g.get("rate", (0, int(state().clock()) + HOUR))
    response.headers["X-GitHub-Request-Id"] = uuid.uuid4().hex.upper()
    response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
    response.headers["X-RateLimit-Limit"] = str(LIMIT)
    response.headers["X-RateLimit-Used"] = str(min(used, LIMIT))
    response.headers["X-RateLimit-Remaining"] = str(max(0, LIMIT - used))
    response.headers["X-RateLimit-Reset"] = str(reset)
    response.headers["X-RateLimit-Resource"] = "core"
    return response


def credential() -> str:
    """Return what follows `Bearer` or `token` in the Authorization header. Raises Refusal 401."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token") or not value:
        raise Refusal(401, "Requires authentication")
    return value.strip()


def calling_app() -> App:
    """Return the App that signed the request's JWT. Raises Refusal 401 or 404."""
    return app_of(state(), credential())


def calling_token() -> Token:
    """Return the request's installation token, and count the request. Raises Refusal 401, or 403 over the limit."""
    token = token_of(state(), credential())
    g.rate = state().count_request(token.installation, HOUR)
    if g.rate[0] > LIMIT:
        raise Refusal(403, f"API rate limit exceeded for installation ID {token.installation}.")
    return token


def bot_of(token: Token) -> App:
    """Return the App that a token belongs to."""
    return state().apps[state().installations[token.installation].app]


def repository_for(owner: str, name: str, *needs: tuple[str, str]) -> tuple[HostedRepository, Token]:
    """Return the repository where the token sees it and has one of the permissions (`("checks", "write")`).

    Everybody may read a public repository. Raises Missing for a repository that the token may not see, and Refusal 403
    for one without the permission.
    """
    token = calling_token()
    repository = state().repository(f"{owner}/{name}")
    if sees(state(), token, repository):
        if any(allows(token.permissions, permission, level) for permission, level in needs):
            return repository, token
    elif repository.private:
        raise Missing(repository.full_name)
    elif all(level == "read" for _, level in needs):
        return repository, token
    raise Refusal(403, "Resource not accessible by integration")


def body() -> Json:
    """Return the request's JSON object, empty where there is no body. Raises Refusal 400."""
    if not request.get_data():
        return {}
    sent: Any = request.get_json(force=True, silent=True)
    if sent is None:
        raise Refusal(400, "Problems parsing JSON")
    if not isinstance(sent, dict):
        raise Refusal(400, "Body should be a JSON object")
    return sent


def page_of(items: Sequence[Json]) -> tuple[list[Json], str]:
    """Return the page that `per_page` and `page` ask for, and the Link header to the others (empty for one page)."""
    size = min(max(request.args.get("per_page", 30, type=int), 1), 100)
    number = max(request.args.get("page", 1, type=int), 1)
    last = max(1, -(-len(items) // size))
    others = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    if number >= last:
        del others["next"], others["last"]
    if number == 1:
        del others["prev"], others["first"]
    here = f"{state().url}{request.path}"
    kept = {name: value for name, value in request.args.items() if name != "page"}
    links = [f'<{here}?{urlencode({**kept, "page": to})}>; rel="{rel}"' for rel, to in others.items()]
    return list(items[(number - 1) * size : number * size]), ", ".join(links)


def with_links(answer: Any, links: str) -> Response:
    """Return a JSON answer with a Link header."""
    response = jsonify(answer)
    if links:
        response.headers["Link"] = links
    return response
