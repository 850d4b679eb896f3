"""Deliveries that are answered together get the answers that each gets alone, on the real web process."""

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

import pytest
from redis import Redis

from services.redis.lanes import EVENTS
from tests.attacks.doors import SECRET, opened
from tests.attacks.web.test_slow_clients import begun
from web.patience import MEMORY, WHOLE

ALONE = "/%77ebhook"  # the same address for the Flask application; the worker leaves what is spelt so to it
TOGETHER = "/webhook"
GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
PERSON = {"login": "ada", "type": "User", "id": 5}
COMMENT = {
    "action": "created",
    "comment": {"id": 8, "user": PERSON, "body": "/help", "created_at": "2026-01-02T03:04:05Z"},
    "issue": {"number": 3, "pull_request": {}},
    "repository": {"id": 42, "full_name": "ada/models"},
    "installation": {"id": 3},
    "sender": PERSON,
}


@dataclass(frozen=True)
class Knock:
    """A request, but for its address."""

    body: bytes = field(default_factory=lambda: json.dumps(COMMENT).encode())
    signed: bool = True
    more: Mapping[str, str | None] = field(default_factory=dict)  # None: left out
    lines: tuple[bytes, ...] = ()
    method: str = "POST"

    def at(self, path: str, guid: str = GUID) -> bytes:
        """Return its bytes."""
        signature = hmac.new(SECRET.encode(), self.body, hashlib.sha256).hexdigest() if self.signed else "0" * 64
        headers: dict[str, str | None] = {
            "Host": "bot",
            "X-Hub-Signature-256": f"sha256={signature}",
            "X-GitHub-Event": "issue_comment",
            "X-GitHub-Delivery": guid,
            "Content-Length": str(len(self.body)),
            **self.more,
        }
        lines = [f"{name}: {value}".encode() for name, value in headers.items() if value is not None]
        return b"\r\n".join([f"{self.method} {path} HTTP/1.1".encode(), *lines, *self.lines, b"", self.body])


KNOCKS = {
    "a comment": Knock(),
    "a star": Knock(b'{"zen": "x"}', more={"X-GitHub-Event": "star"}),
    "a wrong signature": Knock(signed=False),
    "no signature": Knock(more={"X-Hub-Signature-256": None}),
    "a signature that is no text": Knock(more={"X-Hub-Signature-256": "sha256=\xe9"}),
    "no event": Knock(more={"X-GitHub-Event": None}),
    "no id": Knock(more={"X-GitHub-Delivery": None}),
    "an odd id": Knock(more={"X-GitHub-Delivery": "a b"}),
    "a header twice": Knock(lines=(b"X-GitHub-Event: star",)),
    "no JSON": Knock(b"no"),
    "a list": Knock(b"[]"),
    "nothing": Knock(b""),
    "no length": Knock(b"", more={"Content-Length": None}),
    "too deep": Knock(b'{"a":' * 200 + b"1" + b"}" * 200),
    "just not too deep": Knock(b'{"a":' * 99 + b"1" + b"}" * 99, more={"X-GitHub-Event": "star"}),
    "one too deep": Knock(b'{"a":' * 100 + b"1" + b"}" * 100, more={"X-GitHub-Event": "star"}),
    "brackets in a text": Knock(json.dumps({"a": "{" * 200}).encode(), more={"X-GitHub-Event": "star"}),
    "fields that are missing": Knock(b'{"action": "created"}'),
    "a long body": Knock(json.dumps({**COMMENT, "more": "x" * MEMORY}).encode()),
    "more than there may be": Knock(b"{", more={"Content-Length": str(WHOLE + 1)}),
    "in lower case": Knock(more={"X-GitHub-Event": None}, lines=(b"x-github-event: issue_comment",)),
    "a GET": Knock(method="GET"),
    "a PUT": Knock(method="PUT"),
    "more than its length says": Knock(b'{"zen": "x"} ', more={"X-GitHub-Event": "star", "Content-Length": "12"}),
}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[int]:
    """Yield the port of the web process."""
    with opened(tmp_path_factory.mktemp("door"), redis_url) as port:
        yield begun(port)


@pytest.fixture
def redis(redis_url: str) -> Iterator["Redis"]:
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client


def asked(port: int, request: bytes) -> list[bytes]:
    """Return the lines of the answer, without its date."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        lines = connection.makefile("rb").read().splitlines()
    return sorted(line for line in lines if not line.startswith(b"Date: "))


def kept(redis: "Redis") -> list[tuple[object, ...]]:
    """Return what is stored, without times."""
    found: list[tuple[object, ...]] = []
    for key in sorted(redis.keys("*")):
        kind = redis.type(key)
        if kind == b"hash":
            fields = cast("dict[bytes, bytes]", redis.hgetall(key))
            found.append((key, sorted((name, value) for name, value in fields.items() if not name.endswith(b"_at"))))
        elif kind == b"zset":
            found.append((key, redis.zrange(key, 0, -1)))
        else:
            found.append((key, kind, redis.ttl(key) > 0))
    return found


@pytest.mark.parametrize("name", KNOCKS)
def test_the_answer_and_what_is_kept_are_the_same(door: int, redis: "Redis", name: str) -> None:
    knock = KNOCKS[name]
    alone = [asked(door, knock.at(ALONE)) for _ in range(2)]
    stored = kept(redis)
    redis.flushdb()
    assert [asked(door, knock.at(TOGETHER)) for _ in range(2)] == alone
    assert kept(redis) == stored


def test_many_at_once_get_each_its_own_answer(door: int, redis: "Redis") -> None:
    names = [*KNOCKS, *["a comment"] * 60]
    guids = [f"delivery-{number}" for number in range(len(names))]
    alone = {name: asked(door, KNOCKS[name].at(ALONE, f"alone-{number}")) for number, name in enumerate(KNOCKS)}
    redis.flushdb()
    with ThreadPoolExecutor(40) as pool:
        answers = pool.map(
            asked, [door] * len(names), [KNOCKS[n].at(TOGETHER, g) for n, g in zip(names, guids, strict=True)]
        )
        assert [alone[name] for name in names] == list(answers)
    taken = {guid for name, guid in zip(names, guids, strict=True) if b"queued" in alone[name]}
    queued = cast("list[bytes]", redis.lrange(f"rq:queue:{EVENTS}", 0, -1))
    waiting = [job.decode().removeprefix(f"{EVENTS}-") for job in queued]
    assert len(waiting) == len(taken) and set(waiting) == taken
