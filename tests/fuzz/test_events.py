"""Webhooks: whatever body comes with a good signature, the door answers, and what it takes in can be read again."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any, get_args

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from bot.events import EVENTS, Event, parse
from tests.fuzz.documents import ODD, like
from tests.fuzz.pace import tried, within
from web.webhook import Webhook

SECRET, URL, APP = "s" * 20, "https://github.example", "7"
SECONDS = 2.0
PERSON = {"login": "ada", "type": "User", "id": 5}
REPOSITORY = {"id": 42, "full_name": "ada/models", "default_branch": "main"}
SHAS = {"head_sha": "a" * 40, "before": "0" * 40, "after": "b" * 40}
COMMON = {"repository": REPOSITORY, "installation": {"id": 3}, "sender": PERSON}
PULL = {"head": {"sha": "a" * 40, "repo": {"id": 42}}, "base": {"ref": "main"}, "updated_at": "2026-01-02T03:04:05Z"}
NEAR = [{"number": 3, "base": {"repo": {"id": 42}}}]
CHECK = {"id": 9, "name": "Studio", "external_id": "run:r1", "app": {"id": 7}, "pull_requests": NEAR, **SHAS}
SUITE = {**CHECK, "head_branch": "main", "updated_at": "2026-01-02T03:04:05Z"}
COMMENT = {"id": 8, "user": PERSON, "body": "/run -S lr=0.1", "created_at": "2026-01-02T03:04:05Z"}
BODIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("issue_comment", {"action": "created", "comment": COMMENT, "issue": {"number": 3, "pull_request": {}}}),
    ("pull_request", {"action": "opened", "number": 3, "pull_request": PULL}),
    ("pull_request", {"action": "synchronize", "number": 3, "pull_request": PULL, **SHAS}),
    ("pull_request", {"action": "edited", "number": 3, "pull_request": PULL, "changes": {"base": {}}}),
    ("check_run", {"action": "requested_action", "check_run": CHECK, "requested_action": {"identifier": "retry"}}),
    ("check_run", {"action": "rerequested", "check_run": CHECK}),
    ("check_suite", {"action": "rerequested", "check_suite": SUITE}),
    ("check_suite", {"action": "requested", "check_suite": SUITE}),
    ("installation", {"action": "created", "repositories": [{"id": 42}]}),
    ("installation_repositories", {"action": "removed", "repositories_removed": [{"id": 42}]}),
)
SENT = st.one_of(*(st.tuples(st.just(name), like({**COMMON, **body})) for name, body in BODIES))
NAMES = st.sampled_from([*EVENTS, "installation", "installation_repositories", "ping"]) | st.text(max_size=20)
RAW = st.binary(max_size=200) | st.sampled_from(
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5000,
        b"[]",
        b"null",
        b'"x"',
        b"{}",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
    ]
)
BYTES = st.tuples(NAMES, ODD.map(json.dumps).map(str.encode) | RAW)


class Kept:
    """Record accepted deliveries in place of Redis."""

    def __init__(self) -> None:
        self.bodies: dict[str, tuple[str, bytes]] = {}

    def take(self, asking: Sequence[tuple[str, str, bytes]], unasked: Sequence[str] = ()) -> None:
        """Record those that ask something."""
        self.bodies |= {guid: (event, body) for guid, event, body in asking}
        for guid in unasked:
            self.bodies.pop(guid, None)


def door(kept: Kept) -> FlaskClient:
    app = Flask(__name__)
    app.testing = True  # whatever it raises is raised here
    app.register_blueprint(Webhook([SECRET], URL, APP, kept).blueprint())
    return app.test_client()


@tried(400)
@given(SENT)
def test_an_event_is_read_or_refused(sent: tuple[str, dict[str, Any]]) -> None:
    name, payload = sent
    with within(SECONDS):
        try:
            event = parse(name, payload, URL, APP)
        except ValueError as error:
            assert str(error)
            return
    assert event is None or isinstance(event, get_args(Event))
    if repository := getattr(event, "repository", None):
        assert repository.url == f"{URL}/{repository.full_name}", "a token for Git goes nowhere else"
        assert repository.full_name.count("/") == 1 and repository.full_name.isascii()


@tried(200)
@given(SENT.map(lambda sent: (sent[0], json.dumps(sent[1]).encode())) | BYTES, st.text(max_size=120))
def test_the_door_answers_whatever_comes(sent: tuple[str, bytes], guid: str) -> None:
    (name, body), kept = sent, Kept()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature, "X-GitHub-Event": _header(name), "X-GitHub-Delivery": _header(guid)}
    with within(SECONDS):
        answer = door(kept).post("/webhook", data=body, headers=headers)
        assert answer.status_code in (202, 400), answer.text
        assert door(kept).post("/webhook", data=body + b" ", headers=headers).status_code == 401
    for event, again in kept.bodies.values():
        assert answer.text == "queued\n"
        assert parse(event, json.loads(again), URL, APP) is not None, "a worker reads what the door has read"


def _header(text: str) -> str:
    """As a header can carry it."""
    return text.encode("utf-8", "replace").decode("latin-1").translate({10: None, 13: None, 0: None})
