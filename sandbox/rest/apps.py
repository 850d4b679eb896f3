"""Who an App is, where it is installed, and its tokens."""

from flask import Blueprint, Response, jsonify

from sandbox import shapes, tokens
from sandbox.rest.door import Answer, arrive, body, calling_app, state
from sandbox.state import Missing

apps = Blueprint("rest_apps", __name__, url_prefix="/api/v3")
arrive(apps)


@apps.get("/app")
def show() -> Response:
    """The App that asks."""
    app = calling_app()
    count = sum(installation.app == app.id for installation in state().installations.values())
    return jsonify(shapes.app(state(), app) | {"installations_count": count})


@apps.get("/repos/<owner>/<name>/installation")
def of_repository(owner: str, name: str) -> Response:
    """The App's installation that was given a repository."""
    app = calling_app()
    for installation in state().installations_of(state().repository(f"{owner}/{name}")):
        if installation.app == app.id:
            return jsonify(shapes.installation(state(), installation))
    raise Missing(f"{owner}/{name}")


@apps.post("/app/installations/<int:number>/access_tokens")
def issue(number: int) -> Answer:
    """A new token, narrowed as the body asks."""
    app = calling_app()
    installation = state().installations.get(number)
    if installation is None or installation.app != app.id:
        raise Missing(f"installation {number}")
    return jsonify(shapes.token(state(), tokens.issue(state(), installation, body()))), 201
