"""Git LFS against the sandbox GitHub: who learns where content is, and what its storage accepts."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox import lfs
from tests.contracts.sandbox.sandbox_hub import Hub, basic, running_hub

CONTENT = b"1,2\n"
OID = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def batch(hub: Hub, header: str, operation: str = "download") -> httpx.Response:
    """Ask where an object is, or where it may be uploaded."""
    body = {"operation": operation, "transfers": ["basic"], "objects": [{"oid": OID, "size": len(CONTENT)}]}
    headers = {"Authorization": header.removeprefix("Authorization: ")} if header else {}
    return hub.http.post(f"{hub.address()}/info/lfs/objects/batch", json=body, headers=headers)


def test_a_reader_gets_content_and_its_storage_needs_no_token(hub: Hub) -> None:
    assert lfs.store(hub.bare.repository, CONTENT) == OID
    token = hub.token(permissions={"contents": "read"})
    answer = batch(hub, basic("x-access-token", token))
    assert answer.headers["Content-Type"] == "application/vnd.git-lfs+json"
    href = answer.json()["objects"][0]["actions"]["download"]["href"]
    assert hub.http.get(href).content == CONTENT
    assert hub.http.get(href, headers={"Authorization": f"token {token}"}).status_code == 400
    assert hub.http.get(f"{hub.sandbox.url}/lfs-storage/{'x' * 32}").status_code == 404


def test_nobody_else_learns_where_it_is(hub: Hub) -> None:
    lfs.store(hub.bare.repository, CONTENT)
    assert batch(hub, "").status_code == 401
    assert batch(hub, basic("mallory", hub.state.user_token("mallory"))).status_code == 404
    assert batch(hub, basic("x-access-token", hub.token(permissions={"checks": "read"}))).status_code == 403
    assert batch(hub, basic("bob", hub.state.user_token("bob")), "upload").status_code == 403


def test_content_that_a_writer_uploads_can_be_downloaded(hub: Hub) -> None:
    wim = basic("wim", hub.state.user_token("wim"))
    assert batch(hub, wim).json()["objects"][0]["error"]["code"] == 404
    hub.http.put(batch(hub, wim, "upload").json()["objects"][0]["actions"]["upload"]["href"], content=CONTENT)
    assert "actions" in batch(hub, wim).json()["objects"][0]
    assert "actions" not in batch(hub, wim, "upload").json()["objects"][0], "it is there already"
