"""Stops one request on its way, so that somebody can be killed at just this step."""

import io
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import get_input_stream

WAIT = 300.0  # seconds a step may take to come
READ = 100_000  # bytes of a body that are looked at


@dataclass(frozen=True)
class Step:
    """A request, by a regex over `METHOD /path`, a newline and its body."""

    name: str
    pattern: str
    holds: bool = False  # it is only held, and goes on as if nothing had been

    def matches(self, method: str, path: str, body: bytes) -> bool:
        """Return whether the request is this step."""
        return bool(re.search(self.pattern, f"{method} {path}\n{body[:READ].decode(errors='replace')}", re.DOTALL))


class Gate:
    """One step is waited for at a time. Where `lost`, the request is stopped before it does anything, and never does;
    else after it was carried out, and its answer never arrives."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._step: Step | None = None
        self._lost = False
        self._caught = False

    def wait(self) -> None:
        """Wait until a request is stopped."""
        with self._changed:
            assert self._step is not None
            assert self._changed.wait_for(lambda: self._caught, WAIT), f"never came to the step {self._step.name}"

    def let_go(self, following: Step | None = None, lost: bool = False) -> None:
        """Let the request go on, and wait for this step next."""
        with self._changed:
            self._step, self._lost, self._caught = following, lost, False
            self._changed.notify_all()

    def stops(self, method: str, path: str, body: bytes, before: bool) -> bool:
        """Hold a request if it is the step; return whether it is to be lost."""
        with self._changed:
            step = self._step
            if step is None or self._caught or not step.matches(method, path, body):
                return False
            if before is not (self._lost and not step.holds):
                return False
            self._caught = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._step is not step, WAIT)
            return not step.holds

    def around(self, application: WSGIApplication) -> WSGIApplication:
        """Return the WSGI application with the gate before and behind it."""

        def gated(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            body = get_input_stream(environ).read()
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            if self.stops(method, path, body, before=True):
                start_response("502 Bad Gateway", [("Content-Type", "text/plain")])
                return [b"lost on the way"]
            begun: list[Any] = []

            def begin(*words: Any) -> Any:
                begun[:] = words
                return begun.append

            answer = application(environ, begin)
            whole = b"".join(answer)
            if hasattr(answer, "close"):
                answer.close()
            if self.stops(method, path, body, before=False):
                start_response("502 Bad Gateway", [("Content-Type", "text/plain")])
                return [b"the answer was lost on the way"]
            start_response(*begun)
            return [whole]

        return gated
