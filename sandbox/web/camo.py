"""The proxy for pictures of other hosts, as GitHub has one: it fetches them without anybody's login."""

import hashlib
import hmac
import html
import re
from http import HTTPStatus

import httpx
from flask import Blueprint, Response

from sandbox.rest.door import state
from sandbox.state import State

PATIENCE = 10.0  # seconds
LARGEST = 5_000_000  # bytes
PICTURE = re.compile(r'(?P<before><img\b[^>]*?\bsrc=")(?P<address>https?://[^"]+)"')

camo = Blueprint("camo", __name__)


def proxied(here: State, page: str) -> str:
    """Return clean HTML with the pictures' addresses replaced by the proxy's; the originals stay beside them."""

    def through(found: re.Match[str]) -> str:
        address = html.unescape(found["address"])
        there = f"{here.url}/camo/{digest(here, address)}/{address.encode().hex()}"
        return f'{found["before"]}{there}" data-canonical-src="{found["address"]}"'

    return PICTURE.sub(through, page)


def digest(here: State, address: str) -> str:
    """Return the proof that we made the proxy's address; the proxy fetches no other."""
    return hmac.new(here.secret, address.encode(), hashlib.sha256).hexdigest()


@camo.get("/camo/<proof>/<encoded>")
def fetch(proof: str, encoded: str) -> Response:
    """Return the picture; 404 for anything else."""
    try:
        address = bytes.fromhex(encoded).decode()
    except ValueError:
        return absent("not an address")
    if not hmac.compare_digest(proof.encode(), digest(state(), address).encode()):
        return absent("checksum mismatch")
    try:
        answer = httpx.get(address, timeout=PATIENCE, trust_env=False)
    except httpx.HTTPError as error:
        return absent(f"no answer: {type(error).__name__}")
    kind = answer.headers.get("content-type", "")
    if answer.status_code != HTTPStatus.OK or not kind.startswith("image/") or len(answer.content) > LARGEST:
        return absent(f"no picture: {answer.status_code} {kind}")
    return Response(answer.content, content_type=kind)


def absent(why: str) -> Response:
    """Answer 404 as the proxy says it."""
    return Response(why, HTTPStatus.NOT_FOUND, mimetype="text/plain")
