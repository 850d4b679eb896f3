"""EC2's word that a spot machine is taken away."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from runners.agent import notice
from runners.agent.notice import Notice


class Metadata:
    """IMDSv2 of one instance."""

    def __init__(self) -> None:
        self.taken = False
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                asked = self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
                self._say(200 if self.path == "/latest/api/token" and asked else 400, "a-token")

            def do_GET(self) -> None:
                if self.headers["X-aws-ec2-metadata-token"] != "a-token":
                    self._say(401, "")
                elif service.taken and self.path == "/latest/meta-data/spot/instance-action":
                    self._say(200, '{"action": "terminate", "time": "2026-01-01T00:02:00Z"}')
                else:
                    self._say(404, "")

            def _say(self, status: int, body: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Tests print enough."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    made = Metadata()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_on_all_other_days_there_is_none(metadata: Metadata) -> None:
    assert not Notice(metadata.address, lambda: None).given()


def test_nobody_who_answers_is_none() -> None:
    assert not Notice("http://127.0.0.1:9", lambda: None).given()


def test_one_who_talks_of_something_else_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def chat() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example\r\n\r\n")

        threading.Thread(target=chat, daemon=True).start()
        assert not Notice(f"http://127.0.0.1:{server.getsockname()[1]}", lambda: None).given()


def test_it_is_passed_on_once(metadata: Metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "EVERY", 0.01)
    told: list[str] = []
    metadata.taken = True
    watching = Notice(metadata.address, lambda: told.append("told"))
    watching.start()
    watching.join(10)
    assert not watching.is_alive() and told == ["told"]
