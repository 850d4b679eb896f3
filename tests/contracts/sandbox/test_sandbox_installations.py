"""Changed installations and moved repositories at the sandbox GitHub: webhooks, and where old names lead."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from githubkit_schemas.latest import models

from sandbox import installations
from tests.contracts.sandbox.sandbox_hub import PULL, Hub, refusal, running_hub
from tests.world.project import git


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def last(hub: Hub) -> tuple[str, dict[str, Any]]:
    headers, body = hub.received[-1]
    return headers["X-GitHub-Event"], json.loads(body)


def test_an_app_is_sent_its_installations_without_subscribing(hub: Hub) -> None:
    (installed,) = hub.app.installations
    hub.sandbox.suspend(installed.id)
    event, payload = last(hub)
    models.WebhookInstallationSuspend.model_validate(payload)
    assert (event, payload["repositories"][0]["full_name"]) == ("installation", "ada/iris")
    hub.sandbox.suspend(installed.id, suspended=False)
    models.WebhookInstallationUnsuspend.model_validate(last(hub)[1])
    installations.choose(hub.state, installed.id, hub.bare.repository, given=False)
    event, payload = last(hub)
    models.WebhookInstallationRepositoriesRemoved.model_validate(payload)
    assert (event, payload["repositories_removed"][0]["id"]) == (
        "installation_repositories",
        hub.bare.repository.id,
    )
    installations.choose(hub.state, installed.id, hub.bare.repository, given=True)
    models.WebhookInstallationRepositoriesAdded.model_validate(last(hub)[1])
    installations.grant(hub.state, installed.id, {"metadata": "read"})
    models.WebhookInstallationNewPermissionsAccepted.model_validate(last(hub)[1])
    installations.uninstall(hub.state, installed.id)
    models.WebhookInstallationDeleted.model_validate(last(hub)[1])
    made = installations.install_again(hub.state, installed)
    models.WebhookInstallationCreated.model_validate(last(hub)[1])
    assert made.id != installed.id


def test_old_tokens_lose_removed_permissions_and_installations(hub: Hub) -> None:
    token, (installed,) = hub.token(), hub.app.installations
    installations.grant(hub.state, installed.id, {"metadata": "read"})
    assert refusal(hub.call("GET", f"{PULL}/pulls/1", token)) == (403, "Resource not accessible by integration")
    installations.uninstall(hub.state, installed.id)
    assert refusal(hub.call("GET", PULL, token)) == (401, "Bad credentials")
    assert hub.ask_token().status_code == 404


def test_an_old_name_leads_to_the_repository_by_its_number(hub: Hub) -> None:
    token = hub.token()
    installations.rename(hub.state, hub.bare.repository, "petals", "ada")
    by_number = f"{hub.sandbox.api_url}/repositories/{hub.bare.repository.id}"
    got = hub.call("GET", f"{PULL}/issues/1/comments?per_page=1", token)
    assert (got.status_code, got.headers["location"]) == (301, f"{by_number}/issues/1/comments?per_page=1")
    sent = hub.call("POST", f"{PULL}/issues/1/comments", token, json={"body": "moved"})
    assert (sent.status_code, sent.headers["location"]) == (307, f"{by_number}/issues/1/comments")
    found = hub.call("GET", by_number.removeprefix(hub.sandbox.api_url), token).json()
    assert found["full_name"] == "ada/petals"
    page = hub.http.get(f"{hub.sandbox.url}/ada/iris/pull/1")
    assert (page.status_code, page.headers["location"]) == (301, f"{hub.sandbox.url}/ada/petals/pull/1")
    password = hub.state.user_token("ada")
    where = hub.address().replace("://", f"://ada:{password}@")
    assert hub.head in git(hub.folder, "ls-remote", where, "refs/heads/tune")  # git follows


def test_a_name_that_another_repository_takes_no_longer_redirects(hub: Hub) -> None:
    installations.rename(hub.state, hub.bare.repository, "petals", "ada")
    hub.sandbox.add_repository("ada/iris", private=False)
    assert hub.call("GET", PULL).json()["id"] != hub.bare.repository.id


def test_a_transferred_repository_is_no_longer_the_old_owners(hub: Hub) -> None:
    token = hub.token()
    installations.transfer(hub.state, hub.bare.repository, "lab", "ada")
    answer = hub.http.get(f"{PULL}/pulls/1", headers={"Authorization": f"token {token}"}, follow_redirects=True)
    assert answer.status_code == 404
    assert hub.state.repositories[hub.bare.repository.id].full_name == "lab/iris"
