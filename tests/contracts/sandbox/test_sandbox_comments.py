"""Comments and reactions at the sandbox GitHub, with GitHub's limits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.sandbox.sandbox_hub import PULL, Hub, private_key, refusal, running_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def test_a_comment_is_written_read_and_edited(hub: Hub) -> None:
    made = hub.comment("hello")
    assert made.status_code == 201
    comment = made.json()
    assert comment["user"] == comment["user"] | {"login": "studio[bot]", "type": "Bot"}
    assert comment["html_url"] == f"{hub.sandbox.url}/ada/iris/pull/1#issuecomment-{comment['id']}"
    hub.now += 60
    edited = hub.call("PATCH", f"{PULL}/issues/comments/{comment['id']}", json={"body": "hello again"}).json()
    assert edited["updated_at"] > edited["created_at"] == comment["created_at"]
    assert hub.call("GET", f"{PULL}/issues/comments/{comment['id']}").json() == edited


def test_the_longest_comment_has_65536_characters(hub: Hub) -> None:
    assert hub.comment("é" * 65_536).status_code == 201
    assert refusal(hub.comment("é" * 65_537)) == (422, "Validation Failed")


@pytest.mark.parametrize("body", ["", "  \n", None, 3])
def test_a_blank_comment_is_refused(hub: Hub, body: object) -> None:
    answer = hub.comment(body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body"


def test_a_body_that_is_not_json_is_refused(hub: Hub) -> None:
    assert refusal(hub.call("POST", f"{PULL}/issues/1/comments", content=b'{"body":')) == (400, "Problems parsing JSON")
    assert refusal(hub.call("POST", f"{PULL}/issues/1/comments", json=["hello"])) == (
        400,
        "Body should be a JSON object",
    )


def test_a_conversation_is_read_in_pages(hub: Hub) -> None:
    for number in range(5):
        hub.sandbox.comment("ada/iris", 1, f"comment {number}", "bob")
    first = hub.call("GET", f"{PULL}/issues/1/comments", params={"per_page": 2})
    assert [comment["body"] for comment in first.json()] == ["comment 0", "comment 1"]
    assert set(first.links) == {"next", "last"}
    second = hub.call("GET", first.links["next"]["url"])
    assert [comment["body"] for comment in second.json()] == ["comment 2", "comment 3"]
    assert set(second.links) == {"prev", "next", "last", "first"}
    assert hub.call("GET", first.links["last"]["url"]).json()[0]["body"] == "comment 4"
    assert not hub.call("GET", f"{PULL}/issues/1/comments").links


def test_a_comment_of_somebody_else_cannot_be_edited(hub: Hub) -> None:
    comment = hub.sandbox.comment("ada/iris", 1, "mine", "bob")
    assert hub.call("PATCH", f"{PULL}/issues/comments/{comment.id}", json={"body": "ours"}).status_code == 403


def test_a_missing_comment_is_not_found(hub: Hub) -> None:
    assert hub.call("GET", f"{PULL}/issues/comments/1").status_code == 404
    assert hub.call("POST", f"{PULL}/issues/99/comments", json={"body": "hello"}).status_code == 404
    assert hub.call("GET", f"{PULL}/pulls/99").status_code == 404


def test_a_comment_of_another_repository_is_not_found(hub: Hub) -> None:
    comment = hub.sandbox.comment("ada/iris", 1, "mine", "bob")
    hub.sandbox.add_repository("eve/one")
    hub.app = hub.sandbox.install_app("other", ["eve/one"], private_key=private_key())
    assert hub.call("GET", f"/repos/eve/one/issues/comments/{comment.id}").status_code == 404


def test_a_reaction_is_created_once(hub: Hub) -> None:
    comment = hub.sandbox.comment("ada/iris", 1, "/run", "ada")
    path = f"{PULL}/issues/comments/{comment.id}/reactions"
    first, second = (hub.call("POST", path, json={"content": "eyes"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert hub.call("GET", f"{PULL}/issues/comments/{comment.id}").json()["reactions"]["eyes"] == 1


def test_an_unknown_reaction_is_refused(hub: Hub) -> None:
    comment = hub.sandbox.comment("ada/iris", 1, "/run", "ada")
    answer = hub.call("POST", f"{PULL}/issues/comments/{comment.id}/reactions", json={"content": "shrug"})
    assert refusal(answer) == (422, "Validation Failed")


def test_a_pull_request_names_the_heads_of_its_branches(hub: Hub) -> None:
    pull = hub.call("GET", f"{PULL}/pulls/1").json()
    assert (pull["head"]["ref"], pull["head"]["sha"]) == ("tune", hub.head)
    assert (pull["base"]["ref"], pull["base"]["sha"]) == ("main", hub.bare.git("rev-parse", "main"))
    assert (pull["state"], pull["commits"], pull["head"]["repo"]["fork"]) == ("open", 1, False)


def test_a_closed_pull_request_keeps_its_head_when_the_branch_is_deleted(hub: Hub) -> None:
    head = hub.head
    hub.sandbox.close_pull("ada/iris", 1, "ada")
    hub.bare.git("update-ref", "-d", "refs/heads/tune")
    pull = hub.call("GET", f"{PULL}/pulls/1").json()
    assert (pull["state"], pull["head"]["sha"]) == ("closed", head)


def test_a_pull_request_of_a_fork_has_another_repository_for_its_head(hub: Hub) -> None:
    hub.sandbox.add_repository("mallory/iris", parent="ada/iris")
    number = hub.sandbox.open_pull("ada/iris", "mallory:tune", "main", "Mine", by="mallory").number
    pull = hub.call("GET", f"{PULL}/pulls/{number}").json()
    assert (pull["head"]["repo"]["full_name"], pull["head"]["repo"]["fork"]) == ("mallory/iris", True)
