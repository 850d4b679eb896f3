"""Addresses for pictures and pages of comments, the packed agent, and the health check."""

from flask import Blueprint, Response, send_file

from bot.boot_script import AGENT_PATH
from web.ports import PublicFiles

# Nothing in a page runs or loads from elsewhere. Its address is given neither to linked sites nor to search engines,
# and no proxy keeps it.
PAGE_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


def pages(images: PublicFiles, kept: PublicFiles, agent: bytes) -> Blueprint:
    """Return the blueprint of `/plots/<name>.png`, `/pages/<name>.html`, the packed agent and `/healthz`."""
    door = Blueprint("pages", __name__)

    @door.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @door.get(AGENT_PATH)
    def packed_agent() -> Response:
        """Send the agent to machines that were launched. It contains no secret, so nobody has to log in."""
        return Response(agent, mimetype="application/zip")

    @door.get("/plots/<name>.png")
    def plot(name: str) -> Response:
        path = images.path(name)
        if path is None:
            return Response("no such picture\n", 404, mimetype="text/plain")
        answer = send_file(path, mimetype="image/png", max_age=31_536_000)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Content-Security-Policy"] = "default-src 'none'"
        return answer

    @door.get("/pages/<name>.html")
    def page(name: str) -> Response:
        path = kept.path(name)
        if path is None:
            return Response("no such page\n", 404, mimetype="text/plain")
        answer = send_file(path, mimetype="text/html")
        answer.headers.update(PAGE_HEADERS)
        return answer

    return door
