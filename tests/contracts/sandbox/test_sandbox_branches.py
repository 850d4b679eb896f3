"""Branches at the sandbox GitHub: merged, deleted, forced, with another base; in webhooks and in its log."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from githubkit_schemas.latest import models

from sandbox import branches
from tests.contracts.sandbox.sandbox_hub import PULL, Hub, running_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def webhooks_of(hub: Hub, event: str) -> list[dict[str, Any]]:
    return [json.loads(body) for headers, body in hub.received if headers["X-GitHub-Event"] == event]


def log(hub: Hub, **query: str) -> list[tuple[str, str]]:
    """Return kind and branch of each entry, newest first."""
    answer = hub.call("GET", f"{PULL}/activity", params=query)
    return [(each["activity_type"], each["ref"].removeprefix("refs/heads/")) for each in answer.json()]


def test_a_merge_moves_the_base_and_closes_the_pull_request(hub: Hub) -> None:
    head, base = hub.head, hub.bare.git("rev-parse", "refs/heads/main")
    branches.merge_pull(hub.state, hub.pull, "wim")
    shown = hub.call("GET", f"{PULL}/pulls/1").json()
    assert (shown["state"], shown["merged"], shown["merged_by"]["login"]) == ("closed", True, "wim")
    assert hub.bare.git("rev-parse", "refs/heads/main") == shown["merge_commit_sha"]
    assert hub.bare.git("log", "-1", "--format=%P", "refs/heads/main").split() == [base, head]
    (closed,) = webhooks_of(hub, "pull_request")
    assert closed["action"] == "closed" and closed["pull_request"]["merged"]
    models.WebhookPullRequestClosed.model_validate(closed)
    assert log(hub) == [("pr_merge", "main")]


def test_a_new_base_is_sent_with_the_former_one(hub: Hub) -> None:
    main = hub.bare.git("rev-parse", "refs/heads/main")
    branches.set_branch(hub.state, hub.bare.repository, "dev", main, "wim")
    branches.edit_base(hub.state, hub.pull, "dev", "wim")
    (edited,) = webhooks_of(hub, "pull_request")
    assert edited["changes"]["base"] == {"ref": {"from": "main"}, "sha": {"from": main}}
    models.WebhookPullRequestEdited.model_validate(edited)
    assert hub.call("GET", f"{PULL}/pulls/1").json()["base"]["ref"] == "dev"


def test_the_log_records_what_happened_to_a_branch_when_and_by_whom(hub: Hub) -> None:
    repository, head = hub.bare.repository, hub.head
    main = hub.bare.git("rev-parse", "refs/heads/main")
    branches.set_branch(hub.state, repository, "tune", main, "wim")
    hub.now += 60
    branches.set_branch(hub.state, repository, "tune", head, "ada")
    branches.set_branch(hub.state, repository, "other", head, "ada")
    branches.set_branch(hub.state, repository, "tune", "", "ada")
    everything = [("branch_deletion", "tune"), ("branch_creation", "other"), ("push", "tune"), ("force_push", "tune")]
    assert log(hub) == everything
    for name in ("tune", "refs/heads/tune"):
        assert log(hub, ref=name) == [each for each in everything if each[1] == "tune"]
    newest, push, forced = hub.call("GET", f"{PULL}/activity", params={"ref": "tune"}).json()
    assert (forced["before"], forced["after"], forced["actor"]["login"]) == (head, main, "wim")
    assert (push["timestamp"] > forced["timestamp"], newest["after"]) == (True, "0" * 40)
    assert hub.call("GET", PULL).json()["pushed_at"] == push["timestamp"]
    assert [each["action"] for each in webhooks_of(hub, "pull_request")] == ["synchronize", "synchronize", "closed"]
