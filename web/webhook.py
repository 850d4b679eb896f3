"""The webhook's endpoint: verify deliveries, store them, queue them, answer. Nothing slow happens here."""

import hmac
import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request
from redis.exceptions import RedisError
from werkzeug.exceptions import RequestEntityTooLarge

from bot import events
from web.ports import DeliveryIntake

PATH = "/webhook"
LIMIT = 25 * 1024 * 1024  # bytes, GitHub's own cap on a payload
_DEPTH = 100  # GitHub's payloads have about ten levels
_GUID = re.compile(r"[A-Za-z0-9_-]{1,100}")  # GitHub sends UUIDs; RQ takes no other characters in a job's id
_QUEUED, _UNASKED = (202, "queued"), (202, "nothing to do")
_AWAY = (503, "the queue can't be reached; deliver it again later")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SentDelivery:
    """A delivery as it came in: three of its headers, empty where they are missing, and its raw body."""

    event: str
    guid: str
    signature: str
    body: bytes


def signed(body: bytes, signature: str, secrets: Sequence[bytes]) -> bool:
    """Return whether `X-Hub-Signature-256` is the HMAC-SHA256 of the raw body under one of the secrets.

    GitHub's rule: "Validating webhook deliveries". Bytes are compared, so that a non-ASCII header raises nothing.
    """
    given = signature.encode("utf-8", "surrogateescape")
    right = [b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode() for secret in secrets]
    return any([hmac.compare_digest(given, each) for each in right])  # noqa: C419 - a list: every secret costs the same time


class Webhook:
    """Takes deliveries in, many at a time where they come so."""

    def __init__(self, secrets: Sequence[str], github_url: str, app_id: str, intake: DeliveryIntake) -> None:
        """Let deliveries be signed with any of `secrets`; empty ones are ignored."""
        self._secrets = [secret.encode() for secret in secrets if secret]
        self._github_url, self._app_id = github_url, app_id
        self._intake = intake

    def answers(self, deliveries: Sequence[SentDelivery]) -> list[tuple[int, str]]:
        """Return HTTP status and words for each. 202 is said of what is stored, and of what asks nothing of us."""
        found = [self._look(each) for each in deliveries]
        both = list(zip(deliveries, found, strict=True))
        asking = [(each.guid, each.event, each.body) for each, answer in both if answer is _QUEUED]
        unasked = [each.guid for each, answer in both if answer is _UNASKED]
        if not asking and not unasked:
            return found
        try:
            self._intake.take(asking, unasked)
        except RedisError:
            guids = ", ".join([*(guid for guid, _, _ in asking), *unasked])
            log.exception("Redis can't be reached: delivery %s is refused, so that GitHub records it as failed", guids)
            return [_AWAY if answer in (_QUEUED, _UNASKED) else answer for answer in found]
        return found

    def _look(self, sent: SentDelivery) -> tuple[int, str]:
        if not signed(sent.body, sent.signature, self._secrets):
            return 401, "the signature is missing or wrong"
        if not (sent.event and _GUID.fullmatch(sent.guid)):
            return 400, "X-GitHub-Event and X-GitHub-Delivery are needed"
        try:
            event = events.parse(sent.event, _payload(sent.body), self._github_url, self._app_id)
        except (ValueError, RecursionError) as error:
            return 400, f"this payload can't be read: {str(error)[:200]}"
        return _UNASKED if event is None else _QUEUED

    def blueprint(self) -> Blueprint:
        """Return the blueprint of `/webhook`, for deliveries that come one at a time."""
        door = Blueprint("webhook", __name__)

        @door.post(PATH)
        def receive() -> Response:
            request.max_content_length = LIMIT
            try:
                body = request.get_data(cache=False)
            except RequestEntityTooLarge:
                return _say(413, "a payload has at most 25 MB")
            return _say(*self.answers([sent_delivery(request.headers.get, body)])[0])

        return door


def sent_delivery(header: Callable[[str], str | None], body: bytes) -> SentDelivery:
    """Return the delivery of a request. `header`: returns a header by its name, None where there is none."""
    return SentDelivery(
        event=header("X-GitHub-Event") or "",
        guid=header("X-GitHub-Delivery") or "",
        signature=header("X-Hub-Signature-256") or "",
        body=body,
    )


def _payload(body: bytes) -> dict[str, object]:
    payload = json.loads(body)
    if not isinstance(payload, dict):
        raise ValueError("it is not a JSON object")
    if body.count(b"{") + body.count(b"[") < _DEPTH:
        return payload  # each level opens with one of these; in texts there may be more of them
    level: list[object] = [payload]
    for _ in range(_DEPTH):
        level = [child for one in level if isinstance(one, dict | list) for child in _children(one)]
        if not level:
            return payload
    raise ValueError("it is too deep")


def _children(one: dict[str, object] | list[object]) -> list[object]:
    return list(one.values()) if isinstance(one, dict) else one


def _say(status: int, text: str) -> Response:
    return Response(text + "\n", status, mimetype="text/plain")
