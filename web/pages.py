"""Pictures for comments, and a sign of life."""

from flask import Blueprint, Response, send_file

from services.images import PlotFiles


def pages(images: PlotFiles) -> Blueprint:
    """`/plots/<name>.png` and `/healthz`."""
    door = Blueprint("pages", __name__)

    @door.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

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

    return door
