"""Permissions at the sandbox GitHub: JWTs, installation tokens, and what they cannot see."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.sandbox.sandbox_hub import PULL, Hub, private_key, refusal, running_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def test_an_app_can_read_its_own_registration(hub: Hub) -> None:
    app = hub.as_app("GET", "/app").json()
    assert (app["slug"], app["id"]) == ("studio", hub.app.app.id)


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"iat": 1_800_000_060}, "'Issued at' claim"),
        ({"exp": 1_800_000_000}, "'Expiration time' claim ('exp') must be"),
        ({"exp": 1_800_000_601}, "'Expiration time' claim ('exp') is too far in the future"),
    ],
)
def test_a_jwt_is_valid_for_ten_minutes_from_the_past(hub: Hub, claims: dict[str, int], message: str) -> None:
    answer = hub.http.get("/app", headers={"Authorization": f"Bearer {hub.jwt(**claims)}"})
    assert answer.status_code == 401
    assert answer.json()["message"].startswith(message)


def test_a_jwt_signed_by_somebody_else_is_refused(hub: Hub) -> None:
    forged = hub.jwt()[:-20] + "A" * 20
    assert refusal(hub.http.get("/app", headers={"Authorization": f"Bearer {forged}"})) == (
        401,
        "A JSON web token could not be decoded",
    )


def test_a_jwt_of_no_app_is_refused(hub: Hub) -> None:
    answer = hub.http.get("/app", headers={"Authorization": f"Bearer {hub.jwt(iss='1')}"})
    assert refusal(answer) == (404, "Integration not found")


def test_a_token_has_all_permissions_of_the_installation(hub: Hub) -> None:
    told = hub.ask_token().json()
    assert told["permissions"]["contents"] == "write"
    assert told["expires_at"] == "2027-01-15T09:00:00Z"
    assert "repositories" not in told


def test_a_token_is_narrowed_to_repositories_and_permissions(hub: Hub) -> None:
    hub.sandbox.add_repository("ada/other")
    told = hub.ask_token(repository_ids=[hub.bare.repository.id], permissions={"contents": "read"}).json()
    assert [repository["full_name"] for repository in told["repositories"]] == ["ada/iris"]
    assert told["permissions"] == {"contents": "read", "metadata": "read"}
    assert refusal(hub.call("POST", f"{PULL}/issues/1/comments", told["token"], json={"body": "hello"})) == (
        403,
        "Resource not accessible by integration",
    )


def test_a_token_is_narrowed_by_name_to_one_of_two_repositories(hub: Hub) -> None:
    hub.sandbox.add_repository("eve/one")
    hub.sandbox.add_repository("eve/two")
    eve = hub.sandbox.install_app("other", ["eve/one", "eve/two"], private_key=private_key())
    hub.app = eve
    token = hub.token(repositories=["one"])
    assert hub.call("GET", "/repos/eve/one", token).status_code == 200
    assert refusal(hub.call("GET", "/repos/eve/two", token)) == (404, "Not Found")


@pytest.mark.parametrize(
    "asked",
    [{"permissions": {"contents": "admin"}}, {"permissions": {"workflows": "write"}}, {"repository_ids": [1]}],
)
def test_a_token_cannot_exceed_the_installation(hub: Hub, asked: dict[str, object]) -> None:
    assert hub.ask_token(**asked).status_code == 422


def test_a_suspended_installation_gets_no_tokens_and_its_old_ones_stop(hub: Hub) -> None:
    token = hub.token()
    hub.sandbox.suspend(hub.app.installations[0].id)
    assert refusal(hub.ask_token()) == (403, "This installation has been suspended")
    assert refusal(hub.call("GET", PULL, token)) == (403, "This installation has been suspended")
    hub.sandbox.suspend(hub.app.installations[0].id, suspended=False)
    assert hub.call("GET", PULL, token).status_code == 200


def test_a_token_expires_after_an_hour(hub: Hub) -> None:
    token = hub.token()
    hub.now += 3599
    assert hub.call("GET", PULL, token).status_code == 200
    hub.now += 1
    assert refusal(hub.call("GET", PULL, token)) == (401, "Bad credentials")


def test_an_unknown_or_missing_token_is_refused(hub: Hub) -> None:
    assert refusal(hub.call("GET", PULL, "ghs_nothing")) == (401, "Bad credentials")
    assert refusal(hub.http.get(PULL)) == (401, "Requires authentication")


def test_a_repository_outside_the_installation_is_not_found(hub: Hub) -> None:
    hub.sandbox.add_repository("eve/secret")
    hub.sandbox.add_repository("eve/open", private=False)
    assert refusal(hub.call("GET", "/repos/eve/secret")) == (404, "Not Found")
    assert hub.as_app("GET", "/repos/eve/secret/installation").status_code == 404
    assert hub.call("GET", "/repos/eve/open").status_code == 200
    assert hub.call("POST", "/repos/eve/open/issues/1/comments", json={"body": "hello"}).status_code == 403


def test_the_installation_of_a_repository_is_found(hub: Hub) -> None:
    assert hub.as_app("GET", f"{PULL}/installation").json()["id"] == hub.app.installations[0].id


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [("ada", "admin", "admin"), ("tina", "read", "triage"), ("max", "write", "maintain"), ("mallory", "none", "none")],
)
def test_the_role_of_a_user_is_read(hub: Hub, login: str, permission: str, role: str) -> None:
    hub.sandbox.add_repository("eve/team", collaborators={"tina": "triage", "max": "maintain", "ada": "admin"})
    hub.app = hub.sandbox.install_app("other", ["eve/team"], private_key=private_key())
    told = hub.call("GET", f"/repos/eve/team/collaborators/{login}/permission").json()
    assert (told["permission"], told["role_name"]) == (permission, role)


def test_the_role_of_an_unknown_user_is_not_found(hub: Hub) -> None:
    assert refusal(hub.call("GET", f"{PULL}/collaborators/nobody/permission")) == (404, "Not Found")


def test_every_answer_has_the_rate_limit_and_it_runs_out(hub: Hub) -> None:
    token = hub.token()
    first, second = hub.call("GET", PULL, token), hub.call("GET", PULL, token)
    assert first.headers["x-ratelimit-limit"] == "5000"
    assert int(first.headers["x-ratelimit-remaining"]) == int(second.headers["x-ratelimit-remaining"]) + 1
    assert int(first.headers["x-ratelimit-reset"]) == hub.now + 3600
    assert first.headers["x-github-request-id"] != second.headers["x-github-request-id"]
    for _ in range(5000):
        hub.state.count_request(hub.app.installations[0].id, 3600)
    assert hub.call("GET", PULL, token).status_code == 403
    assert hub.call("GET", PULL, token).headers["x-ratelimit-remaining"] == "0"
    hub.now += 3600
    assert hub.call("GET", PULL).status_code == 200


def test_a_request_without_a_user_agent_is_refused(hub: Hub) -> None:
    assert hub.http.get("/app", headers={"User-Agent": ""}).status_code == 403
