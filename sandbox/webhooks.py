"""Webhooks: signed, sent in order, each attempt kept with its answer. A redelivery keeps its guid."""

import hashlib
import hmac
import json
import ssl
import uuid
from dataclasses import replace

import httpx

from sandbox import payloads, shapes
from sandbox.records import App, Delivery, HostedRepository, Installation, Json
from sandbox.state import Missing, State

PATIENCE = 10.0  # seconds that GitHub waits for an answer


def emit(state: State, repository: HostedRepository, event: str, by: str, payload: Json, only_app: int = 0) -> None:
    """Send an event to every App that has the repository and listens to it, or to one App only."""
    common: Json = {"repository": shapes.repository(state, repository), "sender": shapes.user(state, by)}
    owner = state.user(repository.owner)
    if owner.type == "Organization":
        common["organization"] = organization(state, owner.login)
    for installation in state.installations_of(repository):
        app = state.apps[installation.app]
        wanted = event in app.events and installation.suspended_at is None and only_app in (0, app.id)
        if wanted:
            node = shapes.node("Integration", installation.id)
            whole = payload | common | {"installation": {"id": installation.id, "node_id": node}}
            dispatch(state, prepare(state, app, installation, event, whole))


def organization(state: State, login: str) -> Json:
    """Return an organisation as the schema's OrganizationSimple, which payloads hold."""
    told = shapes.user(state, login)
    api = f"{state.url}/api/v3/orgs/{login}"
    links = ("repos", "events", "hooks", "issues")
    kept = {name: told[name] for name in ("login", "id", "node_id", "avatar_url")}
    members = {"members_url": f"{api}/members{{/member}}", "public_members_url": f"{api}/public_members{{/member}}"}
    return kept | members | {"url": api, "description": None, **{f"{name}_url": f"{api}/{name}" for name in links}}


def ping(state: State, app: App) -> Delivery:
    """Greet an App's webhook address, as GitHub does when it is registered."""
    delivery = prepare(state, app, None, "ping", payloads.greeting(app, hook_id(app)))
    dispatch(state, delivery)
    return delivery


def redeliver(state: State, guid: str) -> Delivery:
    """Send the same body again under the same guid. Raises Missing."""
    with state.lock:
        first = next((delivery for delivery in state.deliveries if delivery.guid == guid), None)
    if first is None:
        raise Missing(f"no delivery {guid}")
    return send_again(state, first)


def send_again(state: State, delivery: Delivery) -> Delivery:
    """Make another attempt of a delivery."""
    again = replace(
        delivery,
        id=state.next_id(Delivery),
        delivered_at=state.clock(),
        redelivery=True,
        status_code=0,
        answer="",
    )
    dispatch(state, again)
    return again


def hook_id(app: App) -> int:
    """Return the id of an App's webhook; each App has one."""
    return app.id + 400_000_000


def prepare(state: State, app: App, installation: Installation | None, event: str, payload: Json) -> Delivery:
    """Make a signed delivery that is not sent yet."""
    guid = str(uuid.uuid4())
    body = encode(payload)
    signature = hmac.new(app.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5b1f2c3",
        "Accept": "*/*",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(hook_id(app)),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    where = installation.id if installation else 0
    return Delivery(state.next_id(Delivery), guid, app.id, where, event, payload, state.clock(), headers, 0)


def encode(payload: Json) -> bytes:
    """Return the bytes that are signed and sent."""
    return json.dumps(payload, separators=(",", ":")).encode()


def dispatch(state: State, delivery: Delivery) -> None:
    """Send a delivery: at once to the sink where there is one, else by the background thread."""
    if state.webhook_sink is not None:
        status = state.webhook_sink(delivery.headers, encode(delivery.payload))
        record(state, replace(delivery, status_code=status))
    elif state.apps[delivery.app].webhook_url:
        state.outbox.put(delivery)


def record(state: State, delivery: Delivery) -> None:
    """Keep an attempt, so that it can be looked at."""
    with state.lock:
        state.deliveries.append(delivery)


def send_all(state: State) -> None:
    """Run the background thread: POST what is in the outbox, in order, until it gets None."""
    # All is plain HTTP on this machine. An empty trust store saves each sandbox 20 ms of reading the system's.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with httpx.Client(timeout=PATIENCE, trust_env=False, verify=nobody) as client:
        while (delivery := state.outbox.get()) is not None:
            record(state, post(client, state.apps[delivery.app].webhook_url, delivery))
            state.outbox.task_done()
        state.outbox.task_done()


def post(client: httpx.Client, url: str, delivery: Delivery) -> Delivery:
    """POST a delivery and return it with its answer; the status is 0 where nobody answered."""
    try:
        answer = client.post(url, content=encode(delivery.payload), headers=dict(delivery.headers))
    except httpx.HTTPError as error:
        return replace(delivery, answer=f"{type(error).__name__}: {error}")
    return replace(delivery, status_code=answer.status_code, answer=answer.text[:10_000])
