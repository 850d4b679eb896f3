"""A reverse proxy in front of the bot's web process, which trainings also call to show that they run."""

import re
import threading
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import httpx
from werkzeug.serving import make_server
from werkzeug.wsgi import get_input_stream

from sandbox.server import Quiet
from tests.recovery.gate import Gate

HEADERS = re.compile(r"CONTENT_TYPE|HTTP_(?!HOST|CONNECTION|TRANSFER)")


class Door:
    """`/training/…` is answered here; everything else is the web's. 502 while nobody is there."""

    def __init__(self, gate: Gate, bot: str, trains: Callable[[bytes], None]) -> None:
        self._bot = bot
        self._trains = trains
        self.tokens: set[str] = set()  # of agents
        self._client = httpx.Client(base_url=bot, trust_env=False, timeout=60)
        self._server = make_server("127.0.0.1", 0, gate.around(self._answer), threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Accept no more requests."""
        self._server.shutdown()
        self._client.close()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = get_input_stream(environ).read()
        if environ["PATH_INFO"] == "/training/began":
            self._trains(body)
            start_response("204 No Content", [])
            return []
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): str(value)
            for name, value in environ.items()
            if HEADERS.match(name)
        }
        if environ["PATH_INFO"].startswith("/api/runs/") and not environ["PATH_INFO"].endswith("/boot"):
            self.tokens.add(environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer "))
        try:
            answer = self._client.request(
                environ["REQUEST_METHOD"], environ["PATH_INFO"], headers=headers, content=body
            )
        except httpx.TransportError as away:
            start_response("502 Bad Gateway", [("Content-Type", "text/plain")])
            return [f"the web is away: {away}".encode()]
        start_response(f"{answer.status_code} {answer.reason_phrase}", [("Content-Type", "application/json")])
        return [answer.content]
