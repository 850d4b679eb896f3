"""REST routes of an App: the App itself, its installations and its tokens."""

from flask import Blueprint, Response, jsonify

from sandbox import shapes, tokens
from sandbox.rest.door import Answer, arrive, body, calling_app, calling_token, page_of, state, with_links
from sandbox.state import Missing

apps = Blueprint("rest_apps", __name__, url_prefix="/api/v3")
arrive(apps)


@apps.get("/app")
def show() -> Response:
    """Return the App that asks."""
    app = calling_app()
    count = sum(installation.app == app.id for installation in state().installations.values())
    return jsonify(shapes.app(state(), app) | {"installations_count": count})


@apps.get("/app/hook/config")
def hook_config() -> Response:
    """Return where webhooks go. Of the secret it only says that there is one."""
    app = calling_app()
    told = {"url": app.webhook_url, "content_type": app.webhook_content_type, "insecure_ssl": app.webhook_insecure_ssl}
    return jsonify(told | ({"secret": "********"} if app.webhook_secret else {}))


@apps.get("/app/installations")
def installations() -> Response:
    """List the App's installations, suspended ones too."""
    app = calling_app()
    found = [shapes.installation(state(), one) for one in state().installations.values() if one.app == app.id]
    page, links = page_of(found)
    return with_links(page, links)


@apps.get("/installation/repositories")
def granted() -> Response:
    """List the repositories that a token sees."""
    token = calling_token()
    seen = [one for one in state().repositories.values() if tokens.sees(state(), token, one)]
    page, links = page_of([shapes.repository(state(), one) for one in seen])
    whole = {"total_count": len(seen), "repository_selection": "selected", "repositories": page}
    return with_links(whole, links)


@apps.get("/repos/<owner>/<name>/installation")
def of_repository(owner: str, name: str) -> Response:
    """Return the App's installation that has a repository."""
    app = calling_app()
    for installation in state().installations_of(state().repository(f"{owner}/{name}")):
        if installation.app == app.id:
            return jsonify(shapes.installation(state(), installation))
    raise Missing(f"{owner}/{name}")


@apps.post("/app/installations/<int:number>/access_tokens")
def issue(number: int) -> Answer:
    """Make a token, limited as the body asks."""
    app = calling_app()
    installation = state().installations.get(number)
    if installation is None or installation.app != app.id:
        raise Missing(f"installation {number}")
    return jsonify(shapes.token(state(), tokens.issue(state(), installation, body()))), 201
