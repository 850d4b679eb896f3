"""Browse a running hub, for the tests of its pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox import checks
from sandbox.web import conversation
from tests.contracts.sandbox.sandbox_hub import REPOSITORY, Hub, git, running_hub

PULL = f"/{REPOSITORY}/pull/1"
HERE = "http://localhost"  # the test client's origin


@contextmanager
def hub_with_files(folder: Path) -> Iterator[Hub]:
    """Yield a hub whose pull request adds two files, a minute after the beginning."""
    with running_hub(folder) as hub:
        hub.now += 60
        push(hub, {"params.yaml": "lr: 0.1 # rate\n", "odd name#?.svg": "<svg onload='alert(1)'/>"}, "Set lr=0.1")
        yield hub


def push(hub: Hub, files: dict[str, str], message: str) -> None:
    """Push one more commit to the pull request's branch."""
    for name, text in files.items():
        (hub.tree / name).write_text(text)
    folder = str(hub.bare.repository.folder)
    for words in (("add", "."), ("commit", "--quiet", "-m", message), ("push", "--quiet", folder, "HEAD:tune")):
        done = git(hub.tree, *words)
        assert done.returncode == 0, done.stderr


def page(browser: FlaskClient, address: str) -> str:
    """Return the text of a page; fail where there is none."""
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.text


def say(browser: FlaskClient, speaker: str, body: str, origin: str | None = HERE) -> TestResponse:
    """Post the comment form from a page of `origin`."""
    headers = {"Origin": origin} if origin else {}
    return browser.post(f"{PULL}/comments", data={"speaker": speaker, "body": body}, headers=headers)


def comment_by_bot(hub: Hub, body: str) -> int:
    """Write a comment as the App, and return its id."""
    repository = hub.state.repository(REPOSITORY)
    return conversation.comment(hub.state, repository, 1, body, "studio[bot]", hub.app.app.id).id


def checked(hub: Hub, **more: object) -> int:
    """Return a check run of the bot on the head."""
    asked = {"name": "studio: puffy-daks", "head_sha": hub.head, **more}
    return checks.create(hub.state, hub.state.repository(REPOSITORY), hub.app.app.id, asked).id
