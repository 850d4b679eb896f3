"""REST route that renders Markdown as GitHub shows it."""

from flask import Blueprint, Response

from sandbox.rest.door import arrive, body, calling_token, state
from sandbox.state import Unprocessable
from sandbox.web import camo
from sandbox.web.markdown import render

markdown = Blueprint("rest_markdown", __name__, url_prefix="/api/v3")
arrive(markdown)


@markdown.post("/markdown")
def shown() -> Response:
    """Return HTML whose pictures come from the proxy."""
    calling_token()
    text = body().get("text")
    if not isinstance(text, str):
        raise Unprocessable('Invalid request.\n\n"text" wasn\'t supplied.')
    return Response(camo.proxied(state(), render(text)), content_type="text/html;charset=utf-8")
