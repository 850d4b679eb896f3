"""The sandbox's proxy for pictures fetches the addresses in comments, and no others."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.sandbox.sandbox_hub import Hub, running_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as running:
        yield running


def shown(hub: Hub, address: str) -> str:
    """Return the address that a picture has in a comment."""
    answer = hub.call("POST", "/markdown", json={"text": f"![a picture]({address})"})
    assert answer.headers["content-type"] == "text/html;charset=utf-8"
    assert f'data-canonical-src="{address}"' in answer.text
    found = re.search(r'src="([^"]+)"', answer.text)
    assert found is not None
    return found[1]


def test_a_picture_is_served_by_the_proxy(hub: Hub) -> None:
    answer = hub.http.get(shown(hub, f"{hub.sandbox.url}/static/mark.svg"))
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "image/svg+xml")


def test_a_missing_file_or_one_that_is_no_picture_is_404(hub: Hub) -> None:
    for address in (f"{hub.sandbox.url}/", f"{hub.sandbox.url}/nothing.png", "http://127.0.0.1:1/x.png"):
        assert hub.http.get(shown(hub, address)).status_code == 404


def test_an_address_that_it_did_not_sign_is_not_fetched(hub: Hub) -> None:
    made = shown(hub, f"{hub.sandbox.url}/static/mark.svg")
    other = f"{hub.sandbox.url}/static/mark.svg?".encode().hex()
    for forged in (f"{made.rpartition('/')[0]}/{other}", made[:-1], f"{made}zz"):
        assert hub.http.get(forged).status_code == 404
