"""Commit statuses at the sandbox GitHub, with GitHub's limits, and where people see them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import statuses
from tests.contracts.sandbox.sandbox_browser import PULL as PAGE
from tests.contracts.sandbox.sandbox_browser import page
from tests.contracts.sandbox.sandbox_hub import PULL, REPOSITORY, Hub, refusal, running_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def test_the_newest_status_of_a_context_counts(hub: Hub) -> None:
    path = f"{PULL}/statuses/{hub.head}"
    waiting = hub.call("POST", path, json={"state": "pending", "context": "studio"})
    assert waiting.status_code == 201
    assert waiting.json()["creator"]["login"] == "studio[bot]"
    assert hub.call("GET", f"{PULL}/commits/tune/status").json()["state"] == "pending"
    done = {"state": "success", "context": "studio", "description": "0.95", "target_url": "https://studio.example.com"}
    hub.call("POST", path, json=done)
    whole = hub.call("GET", f"{PULL}/commits/{hub.head}/status").json()
    (told,) = whole["statuses"]
    assert (whole["state"], whole["sha"], told["state"], told["description"]) == (
        "success",
        hub.head,
        "success",
        "0.95",
    )
    hub.call("POST", path, json={"state": "error", "context": "other"})
    assert hub.call("GET", f"{PULL}/commits/tune/status").json()["state"] == "failure"


@pytest.mark.parametrize(
    "fields",
    [{"state": "good"}, {}, {"description": "x" * 141}, {"target_url": "javascript:alert(1)"}],
    ids=["state", "no state", "description", "target"],
)
def test_a_status_that_github_would_refuse_is_refused(hub: Hub, fields: dict[str, str]) -> None:
    sent = {"state": "success", **fields} if fields else {}
    assert hub.call("POST", f"{PULL}/statuses/{hub.head}", json=sent).status_code == 422
    assert not hub.state.statuses


def test_a_status_needs_a_full_sha_and_the_permission(hub: Hub) -> None:
    for sha in ("0" * 40, "tune"):
        assert hub.call("POST", f"{PULL}/statuses/{sha}", json={"state": "success"}).status_code == 422
    token = hub.token(permissions={"statuses": "read"})
    assert hub.call("GET", f"{PULL}/commits/tune/status", token).status_code == 200
    assert hub.call("POST", f"{PULL}/statuses/{hub.head}", token, json={"state": "success"}).status_code == 403


def test_after_a_thousand_of_one_context_none_is_accepted(hub: Hub) -> None:
    repository = hub.state.repository(REPOSITORY)
    for _ in range(statuses.MOST):
        statuses.create(hub.state, repository, hub.head, {"state": "success", "context": "studio"}, "studio[bot]")
    refused = hub.call("POST", f"{PULL}/statuses/{hub.head}", json={"state": "pending", "context": "studio"})
    assert refusal(refused) == (422, "Validation Failed")
    assert hub.call("POST", f"{PULL}/statuses/{hub.head}", json={"state": "pending", "context": "x"}).status_code == 201


def test_statuses_are_shown_where_checks_are(hub: Hub) -> None:
    sent = {
        "state": "failure",
        "context": "studio",
        "description": "1 of 2 runs failed",
        "target_url": "https://x.test/",
    }
    hub.call("POST", f"{PULL}/statuses/{hub.head}", json=sent)
    browser = hub.sandbox.app.test_client()
    for address in (PAGE, f"{PAGE}/checks", f"/{REPOSITORY}/commit/{hub.head}"):
        html = page(browser, address)
        assert "1 of 2 runs failed" in html
        assert 'href="https://x.test/"' in html
    assert "Some checks were not successful" in page(browser, PAGE)
