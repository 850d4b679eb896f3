"""The doctor on the App's registration and on who reaches whom: each fault has a sentence that says where to go."""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import time
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from doctor.finding import Outcome
from sandbox import keys
from services.github.registration import Registration
from tests.contracts.doctor.clinic import Clinic

ROOT = Path(__file__).parents[3]


def without(permissions: Mapping[str, str], name: str) -> dict[str, str]:
    return {other: level for other, level in permissions.items() if other != name}


def test_a_registration_that_differs_from_app_yml_is_reported_permission_by_permission(clinic: Clinic) -> None:
    rights = without(clinic.app.permissions, "statuses") | {"contents": "read", "actions": "write"}
    clinic.change_app(permissions=rights, events=("pull_request", "push"))
    told = clinic.wrong("permissions", repository="")
    for part in (
        "“Actions” is write and should be none",
        "“Commit statuses” is none and should be write",
        "“Contents” is read and should be write",
        "issue_comment is not subscribed to",
        "push is subscribed to and not needed",
        f"{clinic.world.sandbox.url}/settings/apps/ml-studio/permissions",
    ):
        assert part in told


def test_a_permission_that_an_owner_did_not_accept_is_reported_with_the_page_to_accept_it(clinic: Clinic) -> None:
    clinic.change_installation(permissions=without(clinic.installation.permissions, "checks"))
    told = clinic.wrong("installed", repository="")
    assert f"grace ({clinic.world.sandbox.url}/settings/installations/{clinic.installation.id})" in told
    assert "“Checks” is none and should be write" in told


def test_a_suspended_or_missing_installation_is_reported(clinic: Clinic) -> None:
    clinic.change_installation(suspended_at=time())
    assert "grace suspended it" in clinic.wrong("installed", repository="")
    clinic.world.sandbox.state.installations.clear()
    told = clinic.wrong("installed", repository="")
    assert f"installed nowhere; {clinic.world.sandbox.url}/apps/ml-studio" in told


def test_a_repository_outside_the_installation_is_reported_and_not_written_to(clinic: Clinic) -> None:
    clinic.world.writes.clear()
    assert "was not given grace/letters" in clinic.wrong("repository", repository="grace/letters")
    assert [path for path in clinic.world.writes if "grace" in path] == []


def test_a_webhook_with_another_address_is_reported_with_all_that_is_wrong(clinic: Clinic) -> None:
    clinic.change_app(
        webhook_url="https://old.example/hook",
        webhook_secret="",
        webhook_content_type="form",
        webhook_insecure_ssl="1",
    )
    told = clinic.wrong("hook", repository="")
    for part in (
        f"https://old.example/hook and should be {clinic.visit.settings.public_url}/webhook",
        "the content type is form",
        "no secret",
        "SSL verification is off",
    ):
        assert part in told


def test_the_key_of_another_app_is_reported_and_dependent_checks_are_skipped(clinic: Clinic) -> None:
    settings = clinic.visit.settings
    other = Registration(settings.github_api_url, settings.github_app_id, keys.new_key())
    findings = clinic.examine(registration=other)
    assert "could not be decoded" in findings["app"].text
    assert "GITHUB_PRIVATE_KEY" in findings["app"].text
    assert findings["branch"].outcome is Outcome.NOT_PROVEN
    assert "it needs" in findings["permissions"].detail


@pytest.mark.parametrize(("ahead", "words"), [(90.0, "ahead of"), (-90.0, "behind")])
def test_a_wrong_clock_is_reported(clinic: Clinic, ahead: float, words: str) -> None:
    told = clinic.wrong("clock", repository="", now=lambda: time() + ahead)
    assert f"seconds {words} GitHub's, and 60 is the most" in told


def test_a_login_in_front_of_pictures_is_reported(clinic: Clinic) -> None:
    bot = clinic.answers[-1]

    def fenced(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/plots/"):
            start_response("302 Found", [("Location", "/login"), ("Content-Type", "text/html")])
            return [b""]
        return bot(environ, start_response)

    clinic.answers.append(fenced)
    findings = clinic.examine(with_pull=False)
    assert "answers 302 with text/html" in findings["picture"].text
    assert "no login may stand before" in findings["picture"].text
    assert findings["proxy"].outcome is Outcome.NOT_PROVEN


def test_pictures_that_githubs_proxy_cannot_fetch_are_reported(clinic: Clinic) -> None:
    clinic.world.fault("GET", "^/camo/", 404)
    told = clinic.wrong("proxy", with_pull=False)
    assert "GitHub's proxy answers 404" in told
    assert "firewall" in told


def test_a_bot_that_does_not_answer_is_reported(clinic: Clinic) -> None:
    clinic.answers.append(lambda environ, start: (start("502 Bad Gateway", []), [b"nginx"])[1])
    findings = clinic.examine(repository="")
    assert "answers 502" in findings["alive"].text
    assert "reverse proxy" in findings["alive"].text
    assert findings["picture"].outcome is Outcome.NOT_PROVEN


def test_webhooks_that_do_not_arrive_are_reported(clinic: Clinic) -> None:
    clinic.world.reachable = False
    told = clinic.wrong("deliveries", repository="")
    assert "GitHub got no answer" in told
    assert "/settings/apps/ml-studio/advanced" in told


def test_webhooks_signed_with_another_secret_are_reported(clinic: Clinic) -> None:
    sink = clinic.world.receive
    forged = {"X-Hub-Signature-256": "sha256=00"}
    clinic.world.sandbox.state.webhook_sink = lambda headers, body: sink({**headers, **forged}, body)
    told = clinic.wrong("deliveries", repository="")
    assert "the answer 401" in told
    assert "GITHUB_WEBHOOK_SECRET is not the secret" in told


def test_webhooks_that_another_bot_answers_are_reported(clinic: Clinic) -> None:
    clinic.world.wired.redis.flushdb()
    clinic.world.sandbox.state.webhook_sink = lambda headers, body: 202
    assert "not the bot that uses this Redis" in clinic.wrong("deliveries", repository="")


def test_without_any_webhook_to_redeliver_nothing_is_proven(clinic: Clinic) -> None:
    clinic.world.fault("POST", "/attempts$", 202)
    assert "has not listed it after 60 seconds" in clinic.examine(repository="")["deliveries"].text
    clinic.world.sandbox.state.deliveries.clear()
    assert "/help" in clinic.examine(repository="")["deliveries"].text


def test_the_program_prints_no_secret_and_exits_with_1_where_something_is_wrong(clinic: Clinic) -> None:
    settings = clinic.visit.settings
    environ = {
        "PATH": "/usr/bin:/bin",
        "GITHUB_APP_ID": settings.github_app_id,
        "GITHUB_PRIVATE_KEY": settings.github_private_key,
        "GITHUB_WEBHOOK_SECRET": settings.github_webhook_secret,
        "REDIS_URL": "redis://:hunter2@127.0.0.1:1/0",
        "PUBLIC_URL": settings.public_url,
        "DATA_DIR": str(settings.data_dir),
        "GITHUB_API_URL": settings.github_api_url,
        "GITHUB_URL": settings.github_url,
        "TRUSTED_REPOSITORIES": "grace/digits",
    }
    done = subprocess.run(
        [sys.executable, "-m", "doctor"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "NOT OK      Redis answers: no answer (ConnectionError)" in done.stdout
    assert "ok          GitHub knows the App by its id and key: ml-studio" in done.stdout
    for secret in ("hunter2", settings.github_webhook_secret, "PRIVATE KEY"):
        assert secret not in done.stdout + done.stderr


def test_missing_settings_are_reported_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "doctor"],
        cwd=ROOT,
        env={"PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "NOT OK" in done.stdout
    assert "REDIS_URL is not set" in done.stdout
    assert not done.stderr
