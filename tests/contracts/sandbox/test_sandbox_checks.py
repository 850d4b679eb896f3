"""Check runs at the sandbox GitHub, with GitHub's limits and buttons."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.sandbox.sandbox_hub import PULL, Hub, private_key, running_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


OUTPUT = {"title": "Trained", "summary": "accuracy 0.93"}
BUTTON = {"label": "Run again", "identifier": "again", "description": "Train once more"}


def test_a_check_run_goes_from_queued_to_completed(hub: Hub) -> None:
    made = hub.check(status="queued", external_id="run-1", details_url="https://studio.example.com/1")
    assert made.status_code == 201
    check = made.json()
    assert (check["status"], check["conclusion"], check["pull_requests"][0]["number"]) == ("queued", None, 1)
    assert check["html_url"] == f"{hub.sandbox.url}/ada/iris/runs/{check['id']}"
    path = f"{PULL}/check-runs/{check['id']}"
    begun = hub.call("PATCH", path, json={"status": "in_progress", "output": OUTPUT | {"text": "epoch 1"}}).json()
    assert (begun["status"], begun["output"]["text"]) == ("in_progress", "epoch 1")
    done = hub.call("PATCH", path, json={"status": "completed", "conclusion": "success", "output": OUTPUT}).json()
    assert (done["conclusion"], done["output"]["text"]) == ("success", None)
    assert done["completed_at"]
    assert hub.call("GET", path).json() == done


def test_the_newest_check_run_of_each_name_is_listed(hub: Hub) -> None:
    hub.check()
    newest = hub.check().json()["id"]
    hub.check(name="other")
    path = f"{PULL}/commits/{hub.head}/check-runs"
    assert {run["name"] for run in hub.call("GET", path).json()["check_runs"]} == {"train", "other"}
    named = hub.call("GET", path, params={"check_name": "train"}).json()
    assert [run["id"] for run in named["check_runs"]] == [newest]
    assert hub.call("GET", path, params={"filter": "all"}).json()["total_count"] == 3
    assert hub.call("GET", f"{PULL}/commits/tune/check-runs").json()["total_count"] == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"head_sha": "0" * 40},
        {"head_sha": "tune"},
        {"status": "finished"},
        {"status": "completed"},
        {"conclusion": "good"},
        {"details_url": "javascript:alert(1)"},
        {"started_at": "yesterday"},
        {"output": {"summary": "no title"}},
        {"output": {"title": "no summary"}},
        {"output": "text"},
        {"output": OUTPUT | {"summary": "x" * 65_536}},
        {"output": OUTPUT | {"text": "é" * 32_768}},
        {"output": OUTPUT | {"annotations": [{}] * 51}},
        {"actions": [BUTTON] * 4},
        {"actions": [{"label": "Run again", "identifier": "again"}]},
        {"actions": [BUTTON | {"label": "x" * 21}]},
        {"actions": [BUTTON | {"identifier": "x" * 21}]},
        {"actions": [BUTTON | {"description": "x" * 41}]},
    ],
    ids=lambda fields: json.dumps(fields)[:60],
)
def test_a_check_run_that_github_would_refuse_is_refused(hub: Hub, fields: dict[str, object]) -> None:
    assert hub.check(**fields).status_code == 422
    assert not hub.state.check_runs


def test_the_longest_texts_and_most_buttons_are_accepted(hub: Hub) -> None:
    button = {"label": "x" * 20, "identifier": "y" * 20, "description": "z" * 40}
    output = {"title": "Trained", "summary": "x" * 65_535, "text": "y" * 65_535}
    assert hub.check(output=output, actions=[button] * 3).status_code == 201


def test_a_check_run_belongs_to_its_app(hub: Hub) -> None:
    path = f"{PULL}/check-runs/{hub.check().json()['id']}"
    hub.app = hub.sandbox.install_app("other", ["ada/iris"], private_key=private_key())
    assert hub.call("GET", path).status_code == 200
    assert hub.call("PATCH", path, json={"name": "mine"}).status_code == 403


def test_checks_need_their_permission(hub: Hub) -> None:
    token = hub.token(permissions={"checks": "read"})
    path = f"{PULL}/check-runs"
    assert hub.call("GET", f"{PULL}/commits/tune/check-runs", token).status_code == 200
    assert hub.call("POST", path, token, json={"name": "train", "head_sha": hub.head}).status_code == 403
    assert hub.call("GET", f"{path}/1").status_code == 404
