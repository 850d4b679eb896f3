"""A pushed branch, also of a fork, becomes a pull request on the repository's page."""

from flask.testing import FlaskClient

from sandbox.server import Bare
from tests.contracts.sandbox.sandbox_browser import page
from tests.contracts.sandbox.sandbox_hub import REPOSITORY, Hub
from tests.contracts.sandbox.test_sandbox_owner_pages import new_webhooks, press


def another(where: Bare, branch: str, subject: str) -> None:
    """Make a new branch with one commit on top of `main`."""
    who = ("-c", "user.name=wim", "-c", "user.email=wim@example.com")
    commit = where.git(*who, "commit-tree", "-p", "main", "-m", subject, "main^{tree}").strip()
    where.git("update-ref", f"refs/heads/{branch}", commit)


def test_a_pushed_branch_is_offered_to_writers_who_open_it(hub: Hub, browser: FlaskClient) -> None:
    assert "Open pull request" not in page(browser, f"/{REPOSITORY}")  # `tune` has its own already
    another(hub.bare, "wider", "Wider")
    html = page(browser, f"/{REPOSITORY}")
    assert 'value="wider"' in html and 'value="Wider"' in html
    new_webhooks(hub)
    refused = press(browser, f"/{REPOSITORY}/pulls", by="bob", head="wider", title="Wider")
    assert refused.status_code == 422
    assert "may not write" in refused.text
    opened = press(browser, f"/{REPOSITORY}/pulls", head="wider", title="Wider")
    assert opened.status_code == 303
    assert new_webhooks(hub) == [("pull_request", "opened")]
    assert "Open pull request" not in page(browser, f"/{REPOSITORY}")


def test_the_branch_of_a_fork_is_opened_by_its_owner(hub: Hub, browser: FlaskClient) -> None:
    name = REPOSITORY.partition("/")[2]
    hub.sandbox.add_user("otto")
    fork = hub.sandbox.add_repository(f"otto/{name}", parent=REPOSITORY, private=False)
    another(fork, "theirs", "Theirs")
    assert 'value="otto:theirs"' in page(browser, f"/{REPOSITORY}")
    refused = press(browser, f"/{REPOSITORY}/pulls", head="otto:theirs", title="Theirs")
    assert f"may not write to otto/{name}" in refused.text
