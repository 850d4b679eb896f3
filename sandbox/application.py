"""The whole sandbox as one WSGI application: REST, git, pages, and endpoints for scripts."""

import copy
import json
import re
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from sandbox.control import control
from sandbox.git_http import GitHttp
from sandbox.lfs import Lfs
from sandbox.moved import Moved
from sandbox.records import Fault
from sandbox.rest.apps import apps
from sandbox.rest.checks import checks
from sandbox.rest.comments import comments
from sandbox.rest.contents import contents
from sandbox.rest.data import data
from sandbox.rest.door import Answer, refuse
from sandbox.rest.hook import hook
from sandbox.rest.markdown import markdown
from sandbox.rest.repositories import repositories
from sandbox.rest.statuses import statuses
from sandbox.state import State
from sandbox.web.camo import camo
from sandbox.web.opening_pages import pages
from sandbox.web.pages import stopped

API = "/api/v3"


def create_app(state: State) -> Flask:
    """Make the application for one state. Its `.wsgi_app` also answers git and injected faults."""
    app = copy.copy(_routed())
    app.extensions = {"sandbox": state}
    app.wsgi_app = Faults(Moved(Lfs(GitHttp(app.wsgi_app, state), state), state), state)  # type: ignore[method-assign]  # Flask's own advice
    return app


@cache
def _routed() -> Flask:
    """Return an application without a state. Compiling its routes takes 50 ms, and tests make hundreds of sandboxes."""
    app = Flask(__name__)
    rest = (apps, hook, repositories, contents, data, comments, checks, statuses, markdown)
    for blueprint in (*rest, camo, control, pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, unrouted)
    return app


def unrouted(error: HTTPException) -> Answer | Response:
    """Answer an address that no blueprint has: with JSON for programs, with a page for people."""
    return refuse(error.code or 500, error.name) if request.path.startswith(f"{API}/") else stopped(error)


class Faults:
    """A WSGI application that gives the answers in `state.faults` in place of the real ones."""

    def __init__(self, application: WSGIApplication, state: State) -> None:
        self.application = application
        self.state = state

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        fault = self.take(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if fault is None:
            return self.application(environ, start_response)
        text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
        headers = {"Content-Type": "application/json; charset=utf-8", **fault.headers}
        start_response(f"{fault.status} {HTTPStatus(fault.status).phrase}", list(headers.items()))
        return [text.encode()]

    def take(self, method: str, path: str) -> Fault | None:
        """Use up and return the first fault that matches; None where none is left."""
        with self.state.lock:
            for fault in self.state.faults:
                if fault.times > 0 and fault.method == method and re.search(fault.path, path):
                    fault.times -= 1
                    return fault
        return None
