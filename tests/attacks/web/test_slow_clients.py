"""Clients that send slowly, never end or do not read, while others want an answer from the web process."""

import hashlib
import hmac
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.attacks.doors import SECRET, opened
from web.batches import BatchingWorker
from web.patience import MOST, WHOLE

MANY = 40  # more than there are threads
PAGE, SIZE = "0" * 40, 4_000_000  # its name, its bytes
SOON = 10.0  # seconds; the slow ones may take longer


class Hasty(BatchingWorker):
    """Run a worker whose time limits end within a test."""

    grace = 0.5


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[int]:
    """Yield the port of the web process."""
    folder = tmp_path_factory.mktemp("door")
    (folder / "data" / "pages").mkdir(parents=True)
    (folder / "data" / "pages" / f"{PAGE}.html").write_bytes(b"x" * SIZE)
    with opened(folder, redis_url) as port:
        yield begun(port)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[int]:
    """Yield the port of a web process with short time limits."""
    with opened(tmp_path_factory.mktemp("hasty"), redis_url, f"{__name__}.Hasty") as port:
        yield begun(port)


def begun(port: int) -> int:
    """Wait until both workers have begun, and return the port."""
    for _ in range(20):
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=90).status_code == 200
    return port


def connect(port: int, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=SOON)
    connection.sendall(sent)
    return connection


def head(path: str, *headers: str, method: str = "POST") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode()


def answer(connection: socket.socket) -> str:
    return connection.makefile("rb").readline().decode().strip()


def delivers(port: int, size: int = 0) -> int:
    """Send a delivery as GitHub does, and return the answer."""
    body = b'{"action": "labeled", "blank": "%s"}' % (b" " * size)
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature, "X-GitHub-Event": "watch", "X-GitHub-Delivery": "1-2-3"}
    return httpx.post(f"http://127.0.0.1:{port}/webhook", content=body, headers=headers, timeout=SOON).status_code


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(head("/webhook", "Content-Length: 1000") + b"{", id="body"),
        pytest.param(head("/webhook", f"Content-Length: {WHOLE + 1}") + b"{", id="a large body"),
        pytest.param(head("/api/runs/a0a01edf4c3b75eb/beat", "Content-Length: 9", "Expect: 100-continue"), id="expect"),
        pytest.param(head("/webhook", "Transfer-Encoding: chunked") + b"5\r\n{", id="chunk"),
        pytest.param(b"POST /webhook HTTP/1.1\r\nX-", id="headers"),
        pytest.param(b"\r\n\r\nPOST", id="empty lines"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_slow_sender_takes_no_thread(door: int, sent: bytes) -> None:
    with ExitStack() as there:
        for _ in range(MANY):
            there.enter_context(connect(door, sent))
        assert delivers(door) == 202


def test_a_connection_that_stays_open_delays_nobody(door: int) -> None:
    with ExitStack() as there:
        asked = head("/healthz", "Connection: close", method="GET")
        asking = [there.enter_context(connect(door, asked)) for _ in range(MANY)]
        assert delivers(door) == 202
        assert {answer(each) for each in asking} == {"HTTP/1.1 200 OK"}


def test_more_connections_than_allowed(door: int) -> None:
    with ExitStack() as there:
        for _ in range(2 * MOST + MANY):
            there.enter_context(connect(door, b"POST /webhook HTTP/1.1\r\n"))
        assert delivers(door) == 202


@pytest.mark.parametrize("sent", [head("/webhook", "Content-Length: 1000") + b"{", b"GET / HTTP/1.1\r\nX-", b""])
def test_a_request_that_arrives_too_slowly_is_ended(hasty: int, sent: bytes) -> None:
    with connect(hasty, sent) as slow:
        assert answer(slow) == "HTTP/1.1 408 Request Timeout"


def test_a_stranger_is_refused_before_a_long_body_is_read(door: int) -> None:
    sent = head("/api/runs/a0a01edf4c3b75eb/checkpoint", f"Content-Length: {WHOLE + 1}", method="PUT")
    with connect(door, sent) as stranger:
        assert answer(stranger) == "HTTP/1.1 401 UNAUTHORIZED"
    with connect(door, head("/webhook", f"Content-Length: {WHOLE + 1}")) as stranger:
        assert answer(stranger) == "HTTP/1.1 413 REQUEST ENTITY TOO LARGE"


def test_a_long_payload_is_accepted(door: int) -> None:
    assert delivers(door, 20 * 1024 * 1024) == 202


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 11_000, "431"),
        (head("/webhook", "Content-Length: x"), "400"),
        (head("/webhook", "Content-Length: -1"), "400"),
        (head("/webhook", "Content-Length: 5", "Content-Length: 6"), "400"),
        (head("/webhook", "Content-Length: 5", "Transfer-Encoding: chunked"), "400"),
        (head("/webhook", "Transfer-Encoding: gzip"), "400"),
        (head("/webhook", "bad header: 1"), "400"),
        (b"GET\r\n\r\n", "400"),
    ],
)
def test_sizes_and_headers_are_answered(door: int, sent: bytes, status: str) -> None:
    with connect(door, sent) as stranger:
        assert answer(stranger).split()[1] == status


def test_a_body_that_breaks_off_is_answered(door: int) -> None:
    with connect(door, head("/webhook", "Content-Length: 1000") + b"{") as stranger:
        stranger.shutdown(socket.SHUT_WR)
        assert answer(stranger).split()[1] == "400"


def test_a_client_that_reads_nothing_takes_no_thread(door: int) -> None:
    with ExitStack() as there:
        for _ in range(MANY):
            greedy = there.enter_context(socket.socket())
            greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            greedy.connect(("127.0.0.1", door))
            greedy.sendall(head(f"/pages/{PAGE}.html", method="GET"))
        assert delivers(door) == 202
        assert len(httpx.get(f"http://127.0.0.1:{door}/pages/{PAGE}.html", timeout=SOON).content) == SIZE
