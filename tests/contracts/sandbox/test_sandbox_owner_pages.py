"""What people do on the sandbox's pages besides commenting, and the webhooks that the App gets."""

import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.contracts.sandbox.sandbox_browser import HERE, PULL, comment_by_bot, page, push, say
from tests.contracts.sandbox.sandbox_hub import REPOSITORY, Hub, git


def press(browser: FlaskClient, address: str, by: str = "wim", **fields: object) -> TestResponse:
    return browser.post(address, data={"speaker": by, **fields}, headers={"Origin": HERE})


def new_webhooks(hub: Hub) -> list[tuple[str, str]]:
    """Return events and actions that the App was sent since the last call."""
    hub.sandbox.drain()
    seen = [(headers["X-GitHub-Event"], json.loads(body).get("action", "")) for headers, body in hub.received]
    hub.received.clear()
    return seen


def test_a_pull_request_is_closed_its_branch_deleted_and_restored_and_it_is_reopened(
    hub: Hub, browser: FlaskClient
) -> None:
    new_webhooks(hub)
    assert press(browser, f"{PULL}/close").status_code == 303
    assert new_webhooks(hub) == [("pull_request", "closed")]
    html = page(browser, PULL)
    assert "Reopen pull request" in html and "Merge pull request" not in html
    press(browser, f"{PULL}/delete")
    assert "refs/heads/tune" not in hub.bare.git("for-each-ref")
    assert "Restore branch" in page(browser, PULL)
    assert press(browser, f"{PULL}/reopen").status_code == 422
    press(browser, f"{PULL}/restore")
    new_webhooks(hub)
    press(browser, f"{PULL}/reopen")
    assert new_webhooks(hub) == [("pull_request", "reopened")]
    assert "Merge pull request" in page(browser, PULL)


def test_a_pull_request_is_merged(hub: Hub, browser: FlaskClient) -> None:
    new_webhooks(hub)
    assert press(browser, f"{PULL}/merge", "ada").status_code == 303
    assert set(new_webhooks(hub)) == {("push", ""), ("check_suite", "requested"), ("pull_request", "closed")}
    assert "Set lr=0.1" in hub.bare.git("log", "--format=%s", "main")
    html = page(browser, PULL)
    assert "Delete branch" in html and "Reopen" not in html
    again = press(browser, f"{PULL}/merge", "ada")
    assert again.status_code == 422
    assert "This pull request is merged." in again.text


def test_a_pull_request_that_cannot_be_merged_says_why(hub: Hub, browser: FlaskClient) -> None:
    folder = str(hub.bare.repository.folder)
    assert git(hub.tree, "checkout", "--quiet", "main").returncode == 0
    (hub.tree / "params.yaml").write_text("lr: 0.7\n")
    for words in (("add", "."), ("commit", "--quiet", "-m", "Other"), ("push", "--quiet", folder, "main")):
        assert git(hub.tree, *words).returncode == 0
    answer = press(browser, f"{PULL}/merge", "ada", body="half a sentence")
    assert answer.status_code == 422
    assert "changed the same lines" in answer.text
    assert "half a sentence</textarea>" in answer.text


def test_a_comment_is_deleted(hub: Hub, browser: FlaskClient) -> None:
    said = comment_by_bot(hub, "news")
    say(browser, "bob", "mine")
    new_webhooks(hub)
    refused = press(browser, f"{PULL}/comments/{said}/delete", "bob")
    assert refused.status_code == 422
    assert "needs the role write" in refused.text
    (own,) = [one.id for one in hub.state.comments.values() if one.user == "bob"]
    assert press(browser, f"{PULL}/comments/{own}/delete", "bob").status_code == 303
    assert press(browser, f"{PULL}/comments/{said}/delete", "wim").status_code == 303
    assert new_webhooks(hub) == [("issue_comment", "deleted")] * 2
    assert "news" not in page(browser, PULL)


def test_a_repository_is_renamed_and_its_app_suspended_by_an_admin(hub: Hub, browser: FlaskClient) -> None:
    address = f"/{REPOSITORY}/settings"
    (found,) = hub.state.installations.values()
    new_webhooks(hub)
    assert "needs the role admin" in press(browser, f"{address}/suspend", installation=found.id).text
    press(browser, f"{address}/suspend", "ada", installation=found.id)
    assert "suspended" in page(browser, address)
    press(browser, f"{address}/unsuspend", "ada", installation=found.id)
    assert new_webhooks(hub) == [("installation", "suspend"), ("installation", "unsuspend")]
    assert press(browser, f"{address}/suspend", "ada", installation=99).status_code == 422
    for name in ("", "a/b", "ü", "..", REPOSITORY.partition("/")[2]):
        assert press(browser, f"{address}/rename", "ada", name=name).status_code == 422
    answer = press(browser, f"{address}/rename", "ada", name="other")
    assert (answer.status_code, answer.location) == (303, "/ada/other/settings")
    assert browser.get(address).status_code == 404 or browser.get(address).status_code == 301


def test_deleting_a_branch_closes_its_pull_request(hub: Hub, browser: FlaskClient) -> None:
    push(hub, {"more.txt": "x"}, "More")
    address = f"/{REPOSITORY}/branches/delete"
    assert press(browser, address, branch="main").status_code == 422
    assert press(browser, address, branch="nonesuch").status_code == 422
    assert press(browser, address, "bob", branch="tune").status_code == 422
    assert press(browser, address, branch="tune").status_code == 303
    assert hub.state.pull(hub.state.repository(REPOSITORY), 1).state == "closed"


@pytest.mark.parametrize("act", ["merge", "close", "reopen", "delete", "restore"])
def test_without_write_permission_none_of_it_is_possible(hub: Hub, browser: FlaskClient, act: str) -> None:
    answer = press(browser, f"{PULL}/{act}", "bob")
    assert answer.status_code == 422
    assert "needs the role write" in answer.text
    assert hub.state.pull(hub.state.repository(REPOSITORY), 1).state == "open"


def test_another_site_can_do_none_of_it(hub: Hub, browser: FlaskClient) -> None:
    answer = browser.post(f"{PULL}/close", data={"speaker": "ada"}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
