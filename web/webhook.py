"""The webhook's endpoint: verify a delivery, store it, queue it, answer. Nothing slow happens here."""

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Sequence

from flask import Blueprint, Response, request
from redis.exceptions import RedisError
from werkzeug.exceptions import RequestEntityTooLarge

from bot import events
from web.neighbours import DeliveryIntake

LIMIT = 25 * 1024 * 1024  # bytes, GitHub's own cap on a payload
_DEPTH = 100  # GitHub's payloads have about ten levels
_GUID = re.compile(r"[A-Za-z0-9_-]{1,100}")  # GitHub sends UUIDs; RQ takes no other characters in a job's id

log = logging.getLogger(__name__)


def signed(body: bytes, signature: str | None, secrets: Sequence[str]) -> bool:
    """Return whether `X-Hub-Signature-256` is the HMAC-SHA256 of the raw body under one of the secrets.

    GitHub's rule: "Validating webhook deliveries". Bytes are compared, so that a non-ASCII header raises nothing.
    """
    given = (signature or "").encode("utf-8", "surrogateescape")
    right = [b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode() for secret in secrets]
    return any([hmac.compare_digest(given, each) for each in right])  # noqa: C419 - a list: every secret costs the same time


def webhook(secrets: Sequence[str], github_url: str, app_id: str, intake: DeliveryIntake) -> Blueprint:
    """Return the blueprint of `/webhook`. A delivery may be signed with any of `secrets`; empty ones are ignored."""
    door = Blueprint("webhook", __name__)
    secrets = [secret for secret in secrets if secret]

    @door.post("/webhook")
    def receive() -> Response:
        request.max_content_length = LIMIT
        try:
            body = request.get_data(cache=False)
        except RequestEntityTooLarge:
            return _say(413, "a payload has at most 25 MB")
        if not signed(body, request.headers.get("X-Hub-Signature-256"), secrets):
            return _say(401, "the signature is missing or wrong")
        name, guid = request.headers.get("X-GitHub-Event", ""), request.headers.get("X-GitHub-Delivery", "")
        if not (name and _GUID.fullmatch(guid)):
            return _say(400, "X-GitHub-Event and X-GitHub-Delivery are needed")
        try:
            event = events.parse(name, _payload(body), github_url, app_id)
        except (ValueError, RecursionError) as error:
            return _say(400, f"this payload can't be read: {str(error)[:200]}")
        try:
            if event is None:
                intake.pass_over(guid)
                return _say(202, "nothing to do")
            intake.take(guid, name, body)
        except RedisError:
            log.exception("Redis can't be reached: delivery %s is refused, so that GitHub records it as failed", guid)
            return _say(503, "the queue can't be reached; deliver it again later")
        return _say(202, "queued")

    return door


def _payload(body: bytes) -> dict[str, object]:
    payload = json.loads(body)
    if not isinstance(payload, dict):
        raise ValueError("it is not a JSON object")
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
