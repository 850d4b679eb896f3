"""Add what EC2 has and moto lacks: ClientToken, and the metadata service that each machine asks about itself."""

import json
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import get_input_stream

ACTION = "/latest/meta-data/spot/instance-action"
_OTHER = """<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>IdempotentParameterMismatch</Code>
<Message>The request uses the same client token as a previous, but non-identical request.</Message></Error></Errors>
<RequestID>0</RequestID></Response>"""


class ClientTokens:
    """Answer a repeated launch as before, and launch nothing ("Ensuring idempotency in Amazon EC2 API requests"), in
    front of moto.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._known: dict[str, tuple[dict[str, list[str]], list[Any], list[bytes]]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = get_input_stream(environ).read()
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
        text = parse_qs(body.decode(errors="replace"))
        token = text.get("ClientToken", [""])[0]
        if text.get("Action") != ["RunInstances"] or not token:
            return self._application(environ, start_response)
        with self._lock:  # one that comes while the first is being answered waits for its answer
            if token not in self._known:
                words, answer = self._asked(environ)
                if str(words[0]).startswith("200"):
                    self._known[token] = (text, words, answer)
                before = text
            else:
                before, words, answer = self._known[token]
        if before != text:
            words, answer = ["400 Bad Request", [("Content-Type", "text/xml")]], [_OTHER.encode()]
        start_response(*words)
        return answer

    def _asked(self, environ: WSGIEnvironment) -> tuple[list[Any], list[bytes]]:
        words: list[Any] = []

        def begin(*text: Any) -> Any:
            words[:] = text
            return words.append

        return words, list(self._application(environ, begin))


class MetadataService:
    """Serve `url/INSTANCE` as http://169.254.169.254 on that machine (IMDSv2: nothing is served without a token)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.taken: set[str] = set()  # instances that EC2 is about to take away
        self.asked: list[tuple[str, int]] = []  # paths, and how they were answered
        self._tokens: dict[str, str] = {}

    def answer(self, method: str, path: str, headers: Any) -> tuple[int, str]:
        """Return status and body of the answer."""
        instance, slash, asked = path.removeprefix("/").partition("/")
        asked = slash + asked
        if (method, asked) == ("PUT", "/latest/api/token"):
            if not headers.get("X-aws-ec2-metadata-token-ttl-seconds", "").isdigit():
                return 400, ""
            token = secrets.token_urlsafe(16)
            self._tokens[token] = instance
            return 200, token
        if self._tokens.get(headers.get("X-aws-ec2-metadata-token", "")) != instance:
            return 401, ""
        if method == "GET" and asked == ACTION and instance in self.taken:
            return 200, json.dumps({"action": "terminate", "time": "2026-11-27T08:22:00Z"})
        return 404, ""


@contextmanager
def metadata() -> Iterator[MetadataService]:
    """Serve it until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = service.answer(self.command, self.path, self.headers)
            service.asked.append((self.path, status))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_PUT = do_GET

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = MetadataService(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
