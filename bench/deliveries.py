"""Deliveries as GitHub sends them, many at a time, and how long each waited for its answer."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, socket
from time import monotonic, sleep
from typing import Any

CONNECTIONS = 16
SIZE = 10_500  # bytes of a payload
COMMENT = "/run -S train.lr=0.01"
PATIENCE = 30.0  # seconds for one answer
_LINKS = 10  # of each object, as GitHub's have dozens


@dataclass(frozen=True)
class Answers:
    """What came back for many deliveries."""

    seconds: float  # from the first delivery to the last answer
    waits: Sequence[float]  # seconds for each delivery, from when it was due
    accepted: frozenset[str]  # ids of those that were answered with 2xx

    @property
    def rate(self) -> float:
        """Accepted deliveries a second."""
        return len(self.accepted) / self.seconds

    def percentile(self, part: float) -> float:
        """Return the milliseconds within which this part (0 to 1) of the deliveries was answered."""
        return sorted(self.waits)[min(len(self.waits) - 1, int(len(self.waits) * part))] * 1000


def payload() -> bytes:
    """Return an `issue_comment` of SIZE bytes, by a person, in a pull request."""
    ada = _linked("users/ada", id=7, login="ada", type="User")
    whole: dict[str, Any] = {
        "action": "created",
        "issue": _linked("repos/lab/digits/issues/1", number=1, user=ada, pull_request=_linked("pulls/1"), body=""),
        "comment": _linked("comments/9", id=9, user=ada, body=COMMENT, created_at="2026-01-01T00:00:00Z"),
        "repository": _linked("repos/lab/digits", id=5, full_name="lab/digits", owner=ada, default_branch="main"),
        "sender": ada,
        "installation": {"id": 3},
    }
    whole["issue"]["body"] = "x" * (SIZE - len(_encoded(whole)))
    return _encoded(whole)


def _linked(path: str, **fields: object) -> dict[str, object]:
    links = {f"link_{number}_url": f"https://api.github.com/{path}/{number}{{/more}}" for number in range(_LINKS)}
    return fields | links


def _encoded(whole: dict[str, Any]) -> bytes:
    return json.dumps(whole, separators=(",", ":")).encode()


def send(port: int, secret: str, body: bytes, count: int, rate: float = 0.0) -> Answers:
    """Deliver a body `count` times by CONNECTIONS at a time, each time under an id of its own.

    `rate`: deliveries that become due each second, whether or not earlier ones are answered; 0: each connection sends
    its next one as soon as it has an answer.
    """
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    ids = [str(uuid.uuid4()) for _ in range(count)]
    requests = [_request(port, each, signature, body) for each in ids]
    waits, statuses = [0.0] * count, [0] * count
    numbers = iter(range(count))  # its `next` is atomic
    begin = monotonic()

    def one_connection() -> None:
        line = _Line(port)
        for number in numbers:
            due = begin + number / rate if rate else monotonic()
            sleep(max(0.0, due - monotonic()))
            statuses[number] = line.ask(requests[number])
            waits[number] = monotonic() - due
        line.close()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for each in [pool.submit(one_connection) for _ in range(CONNECTIONS)]:
            each.result()
    took = monotonic() - begin
    accepted = frozenset(each for each, status in zip(ids, statuses, strict=True) if status // 100 == 2)
    return Answers(took, waits, accepted)


def _request(port: int, guid: str, signature: str, body: bytes) -> bytes:
    head = (
        f"POST /webhook HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nUser-Agent: GitHub-Hookshot/1\r\n"
        f"Content-Type: application/json\r\nX-GitHub-Delivery: {guid}\r\nX-GitHub-Event: issue_comment\r\n"
        "X-GitHub-Hook-ID: 400000001\r\nX-GitHub-Hook-Installation-Target-ID: 1\r\n"
        "X-GitHub-Hook-Installation-Target-Type: integration\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Line:
    """A connection that is kept while the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: socket | None = None

    def ask(self, request: bytes) -> int:
        """Send a request, read the whole answer and return its status; 0 where the connection broke."""
        try:
            if self._open is None:
                self._open = create_connection(("127.0.0.1", self._port), PATIENCE)
                self._open.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
            self._open.sendall(request)
            head, _, rest = self._until(b"", lambda seen: b"\r\n\r\n" in seen).partition(b"\r\n\r\n")
            lines = [line.partition(b":") for line in head.lower().split(b"\r\n")[1:]]
            fields = {name: value.strip() for name, _, value in lines}
            length = int(fields.get(b"content-length", b"0"))
            self._until(rest, lambda seen: len(seen) >= length)
            if fields.get(b"connection") == b"close":
                self.close()
            return int(head.split(b" ", 2)[1])
        except (OSError, ValueError, IndexError):
            self.close()
            return 0

    def _until(self, seen: bytes, is_there: Callable[[bytes], bool]) -> bytes:
        while not is_there(seen):
            data = self._open.recv(65536) if self._open else b""
            if not data:
                raise ConnectionError
            seen += data
        return seen

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._open is not None:
            self._open.close()
            self._open = None
