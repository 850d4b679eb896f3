"""REST routes of an App's webhook deliveries of the last three days: list them, and ask for one again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from sandbox import webhooks
from sandbox.records import App, Delivery, Json
from sandbox.rest.door import Answer, arrive, calling_app, state, with_links
from sandbox.state import Missing

hook = Blueprint("rest_hook", __name__, url_prefix="/api/v3/app/hook/deliveries")
arrive(hook)

KEPT = 3 * 24 * 3600  # seconds


@hook.get("")
def listing() -> Response:
    """List every attempt, the newest first. The Link header names the page after a cursor."""
    found = attempts(calling_app())
    cursor = request.args.get("cursor", "").removeprefix("v1_")
    if cursor:
        found = [each for each in found if each.id < int(cursor)]
    size = min(max(request.args.get("per_page", 30, type=int), 1), 100)
    page, links = found[:size], ""
    if len(found) > size:
        following = urlencode({"per_page": size, "cursor": f"v1_{page[-1].id}"})
        links = f'<{state().url}{request.path}?{following}>; rel="next"'
    return with_links([item(each) for each in page], links)


@hook.post("/<int:number>/attempts")
def again(number: int) -> Answer:
    """Send the same body again under the same guid."""
    found = next((each for each in attempts(calling_app()) if each.id == number), None)
    if found is None:
        raise Missing(f"delivery {number}")
    webhooks.send_again(state(), found)
    return jsonify({}), HTTPStatus.ACCEPTED


def attempts(app: App) -> Sequence[Delivery]:
    """Return the attempts for one App, the newest first."""
    since = state().clock() - KEPT
    with state().lock:
        found = [each for each in state().deliveries if each.app == app.id and each.delivered_at >= since]
    return sorted(found, key=lambda each: each.id, reverse=True)


def item(attempt: Delivery) -> Json:
    """Return an attempt as the schema's HookDeliveryItem."""
    code = attempt.status_code
    return {
        "id": attempt.id,
        "guid": attempt.guid,
        "delivered_at": datetime.fromtimestamp(attempt.delivered_at, UTC).isoformat().replace("+00:00", "Z"),
        "redelivery": attempt.redelivery,
        "duration": 0.27,
        "status": outcome(code),
        "status_code": code,
        "event": attempt.event,
        "action": attempt.payload.get("action"),
        "installation_id": attempt.installation or None,
        "repository_id": attempt.payload.get("repository", {}).get("id"),
        "throttled_at": None,
    }


def outcome(code: int) -> str:
    """Return GitHub's words for a status code; 0 means that nobody answered."""
    if not code:
        return "failed to connect to host"
    return "OK" if code < 300 else f"Invalid HTTP Response: {code}"
