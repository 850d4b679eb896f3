"""Small JSON endpoints below /_sandbox/, by which scripts do what a person would do on the pages."""

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox import pull_shapes
from sandbox.records import Json
from sandbox.rest.door import Answer, body, refuse, state
from sandbox.state import Missing, Unprocessable
from sandbox.tokens import Refusal
from sandbox.web import conversation

control = Blueprint("control", __name__, url_prefix="/_sandbox")
control.register_error_handler(Refusal, lambda error: refuse(error.status, error.message))
control.register_error_handler(Missing, lambda error: refuse(404, str(error)))
control.register_error_handler(Unprocessable, lambda error: refuse(422, error.message, error.errors))
control.register_error_handler(HTTPException, lambda error: refuse(error.code or 500, error.name))


HELD = 2.0  # seconds that a question is held while nothing changes
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@control.before_request
def keep_strangers_out() -> None:
    """Refuse web pages of other hosts, by whatever name they reach this one: nobody is asked for a password here."""
    origin = request.headers.get("Origin")
    if urlsplit(request.host_url).hostname not in LOOPBACK or origin not in (None, request.host_url.rstrip("/")):
        abort(HTTPStatus.FORBIDDEN)


def fields(*names: str) -> Json:
    """Return the body. Raises Unprocessable that names the fields it lacks."""
    sent = body()
    lacking = [name for name in names if name not in sent]
    if lacking:
        raise Unprocessable(f"Add {', '.join(lacking)} to the body.")
    return sent


@control.post("/comments")
def comment() -> Answer:
    """Comment: `{"repo": "o/r", "number": 1, "body": "/run", "by": "ada"}` -> the comment."""
    sent = fields("repo", "number", "body", "by")
    repository = state().repository(sent["repo"])
    made = conversation.comment(state(), repository, sent["number"], sent["body"], sent["by"])
    return jsonify(pull_shapes.comment(state(), made)), 201


@control.post("/pulls")
def pull() -> Answer:
    """Open a pull request: `{"repo", "head", "base", "title", "body", "by"}` -> the pull request."""
    sent = fields("repo", "head", "base", "title", "by")
    repository = state().repository(sent["repo"])
    made = conversation.open_pull(
        state(), repository, sent["head"], sent["base"], sent["title"], sent.get("body", ""), sent["by"]
    )
    return jsonify(pull_shapes.pull(state(), made)), 201


@control.get("/pulls/<owner>/<name>/<int:number>")
def show(owner: str, name: str, number: int) -> Answer:
    """Return all there is to see: `{"change", "pull", "comments", "reactions": {comment id: [...]}, "check_runs"}`.

    With `?since=N`, where N is the `change` of an earlier answer, this waits for something else to see, two seconds at
    most.
    """
    since = request.args.get("since", type=int)
    # Counted before anything is read: what changes meanwhile has another count, and is asked for next.
    change = state().changes if since is None else state().wait(since, HELD)
    repository = state().repository(f"{owner}/{name}")
    found = state().pull(repository, number)
    comments = state().comments_of(repository, number)
    with state().lock:
        checks = [check for check in state().check_runs.values() if check.repository == repository.id]
    whole = {
        "change": change,
        "pull": pull_shapes.pull(state(), found),
        "comments": [pull_shapes.comment(state(), one) for one in comments],
        "reactions": {
            str(one.id): [pull_shapes.reaction(state(), reaction) for reaction in state().reactions_of(one)]
            for one in comments
        },
        "check_runs": [pull_shapes.check_run(state(), check) for check in checks],
    }
    return jsonify(whole), 200
