"""Webhooks of the sandbox GitHub: signed, in order, only subscribed ones, with the same guid when redelivered."""

import hashlib
import hmac
import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from githubkit_schemas.latest import models

from sandbox import checks, pushes, webhooks
from sandbox.records import Fault
from sandbox.state import Unprocessable
from sandbox.web import conversation
from tests.contracts.sandbox.sandbox_hub import PULL, Hub, refusal, running_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def named(hub: Hub) -> list[tuple[str, str]]:
    """Return event and action of each webhook that the App received."""
    return [(headers["X-GitHub-Event"], json.loads(body).get("action", "")) for headers, body in hub.received]


def last(hub: Hub) -> dict[str, Any]:
    """Return the newest payload."""
    payload: dict[str, Any] = json.loads(hub.received[-1][1])
    return payload


def test_a_comment_is_sent_as_a_signed_webhook(hub: Hub) -> None:
    comment = hub.sandbox.comment("ada/iris", 1, "/run -S lr=0.1 ✓", "ada")
    headers, body = hub.received[-1]
    signature = hmac.new(b"a secret", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={signature}"
    assert headers["X-GitHub-Event"] == "issue_comment"
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(hub.app.app.id)
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert str(uuid.UUID(headers["X-GitHub-Delivery"])) == headers["X-GitHub-Delivery"]
    told = last(hub)
    assert (told["action"], told["comment"]["id"], told["comment"]["body"]) == ("created", comment.id, comment.body)
    assert (told["installation"]["id"], told["sender"]["login"]) == (hub.app.installations[0].id, "ada")
    assert told["issue"]["pull_request"]["url"].endswith("/pulls/1")


def test_events_of_a_pull_request_are_sent(hub: Hub) -> None:
    comment = hub.sandbox.comment("ada/iris", 1, "one", "ada")
    hub.sandbox.edit_comment(comment.id, "two", "bob")
    assert last(hub)["changes"] == {"body": {"from": "one"}}
    hub.sandbox.delete_comment(comment.id, "ada")
    closed = hub.sandbox.close_pull("ada/iris", 1, "ada")
    conversation.reopen_pull(hub.state, closed, "ada")
    assert named(hub) == [
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
        ("issue_comment", "deleted"),
        ("pull_request", "closed"),
        ("pull_request", "reopened"),
    ]


def test_every_payload_is_one_that_github_could_send(hub: Hub) -> None:
    comment = hub.sandbox.comment("ada/iris", 1, "one", "ada")
    hub.sandbox.edit_comment(comment.id, "two", "ada")
    hub.sandbox.delete_comment(comment.id, "ada")
    hub.sandbox.open_pull("ada/iris", "tune", "main", "Again", by="ada")
    closed = hub.sandbox.close_pull("ada/iris", 1, "ada")
    conversation.reopen_pull(hub.state, closed, "ada")
    check = hub.state.check_runs[hub.check(conclusion="success", actions=[BUTTON]).json()["id"]]
    checks.rerequest(hub.state, check, "ada")
    checks.press(hub.state, check, "again", "ada")
    checks.rerequest_all(hub.state, hub.bare.repository, hub.app.app.id, hub.head, "ada")
    pushes.request_suites(hub.state, hub.bare.repository, "tune", pushes.NOTHING, hub.head, "ada")
    webhooks.ping(hub.state, hub.app.app)
    wanted: list[Any] = [
        models.WebhookIssueCommentCreated,
        models.WebhookIssueCommentEdited,
        models.WebhookIssueCommentDeleted,
        models.WebhookPullRequestOpened,
        models.WebhookPullRequestClosed,
        models.WebhookPullRequestReopened,
        models.WebhookCheckRunCreated,
        models.WebhookCheckRunRerequested,
        models.WebhookCheckRunRequestedAction,
        models.WebhookCheckSuiteRerequested,
        models.WebhookCheckSuiteRequested,
        models.WebhookPing,
    ]
    assert len(hub.received) == len(wanted)
    for model, (_, body) in zip(wanted, hub.received, strict=True):
        model.model_validate_json(body)


BUTTON = {"label": "Run again", "identifier": "again", "description": "Train once more"}


def test_only_writers_press_buttons(hub: Hub) -> None:
    made = hub.check(conclusion="failure", actions=[BUTTON]).json()
    check = hub.state.check_runs[made["id"]]
    checks.press(hub.state, check, "again", "wim")
    assert last(hub)["requested_action"] == {"identifier": "again"}
    for identifier, login in (("again", "bob"), ("other", "wim")):
        with pytest.raises(Unprocessable):
            checks.press(hub.state, check, identifier, login)


def test_an_event_without_a_subscription_is_not_sent(hub: Hub) -> None:
    hub.state.put(replace(hub.app.app, events=("pull_request",)))
    hub.sandbox.comment("ada/iris", 1, "hello", "ada")
    assert hub.received == []


def test_a_suspended_installation_is_sent_that_and_nothing_more(hub: Hub) -> None:
    hub.sandbox.suspend(hub.app.installations[0].id)
    hub.sandbox.comment("ada/iris", 1, "hello", "ada")
    assert named(hub) == [("installation", "suspend")]


def test_a_redelivery_is_the_same_bytes_under_the_same_guid(hub: Hub) -> None:
    hub.sandbox.comment("ada/iris", 1, "hello", "ada")
    first = hub.state.deliveries[-1]
    hub.sandbox.redeliver(first.guid)
    assert hub.received[0] == hub.received[1]
    again = hub.state.deliveries[-1]
    assert (again.guid, again.redelivery, first.redelivery) == (first.guid, True, False)
    assert again.id != first.id


class Listening(HTTPServer):
    """Record the headers of what it is sent."""

    def __init__(self, *where: Any) -> None:
        super().__init__(*where)
        self.seen: list[Mapping[str, str]] = []


class Listener(BaseHTTPRequestHandler):
    """Answer with an error the first time."""

    server: Listening

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(dict(self.headers))
        self.send_response(500 if len(self.server.seen) == 1 else 202)
        self.end_headers()
        self.wfile.write(b"noted")

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


def test_webhooks_are_sent_in_order_and_each_answer_is_kept(hub: Hub) -> None:
    with Listening(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        hub.state.put(replace(hub.app.app, webhook_url=f"http://127.0.0.1:{server.server_port}/webhook"))
        hub.state.webhook_sink = None
        hub.state.deliveries.clear()
        for number in range(3):
            hub.sandbox.comment("ada/iris", 1, f"comment {number}", "ada")
        hub.sandbox.drain()
        server.shutdown()
    kept = hub.state.deliveries
    assert [delivery.status_code for delivery in kept] == [500, 202, 202]
    assert [delivery.guid for delivery in kept] == [headers["X-GitHub-Delivery"] for headers in server.seen]
    assert [delivery.payload["comment"]["body"] for delivery in kept] == [f"comment {number}" for number in range(3)]
    assert kept[0].answer == "noted"


def test_a_webhook_that_nobody_accepts_is_kept_with_the_reason(hub: Hub) -> None:
    hub.state.webhook_sink = None
    hub.sandbox.comment("ada/iris", 1, "hello", "ada")
    hub.sandbox.drain()
    kept = hub.state.deliveries[-1]
    assert kept.status_code == 0
    assert "ConnectError" in kept.answer


def test_an_injected_fault_is_answered_as_often_as_asked(hub: Hub) -> None:
    hub.state.faults.append(
        Fault("POST", r"/issues/1/comments$", 429, {"retry-after": "3"}, {"message": "secondary rate limit"}, times=2)
    )
    for _ in range(2):
        answer = hub.comment("hello")
        assert refusal(answer) == (429, "secondary rate limit")
        assert answer.headers["retry-after"] == "3"
    assert hub.comment("hello").status_code == 201
    assert hub.call("GET", f"{PULL}/issues/1/comments").status_code == 200
