"""The pages of the sandbox about checks, commits and files."""

import json
import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.contracts.sandbox.sandbox_browser import HERE, PULL, checked, page, push
from tests.contracts.sandbox.sandbox_hub import REPOSITORY, Hub, git

DONE = {
    "status": "completed",
    "conclusion": "success",
    "output": {"title": "Better by 0.04", "summary": "**Good** news", "text": "`log`"},
    "actions": [{"label": "Train again", "identifier": "again", "description": "Once more"}],
}


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"status": "in_progress"}, "Some checks haven’t completed yet"),
        ({"conclusion": "failure"}, "Some checks were not successful"),
        ({"conclusion": "success"}, "All checks have passed"),
    ],
)
def test_the_checks_of_the_head_are_summarised(
    hub: Hub, browser: FlaskClient, state: dict[str, str], sentence: str
) -> None:
    assert "No checks" in page(browser, PULL)
    number = checked(hub, **state, output={"title": "Epoch 3 of 20", "summary": "x"})
    for address in (PULL, f"{PULL}/checks"):
        html = page(browser, address)
        assert sentence in html
        assert "Epoch 3 of 20" in html
        assert f'href="/{REPOSITORY}/runs/{number}"' in html


def test_only_the_newest_check_run_of_a_name_counts(hub: Hub, browser: FlaskClient) -> None:
    checked(hub, conclusion="failure")
    checked(hub, conclusion="success")
    assert "All checks have passed" in page(browser, PULL)


def test_a_check_run_shows_its_report_and_buttons(hub: Hub, browser: FlaskClient) -> None:
    html = page(browser, f"/{REPOSITORY}/runs/{checked(hub, **DONE)}")
    assert "<h2>Better by 0.04</h2>" in html
    assert "<strong>Good</strong> news" in html
    assert "<code>log</code>" in html
    assert '<button name="identifier" value="again" title="Once more">Train again</button>' in html


def test_buttons_show_only_once_a_check_run_is_completed(hub: Hub, browser: FlaskClient) -> None:
    number = checked(hub, **(DONE | {"status": "in_progress", "conclusion": None}))
    assert "Train again" not in page(browser, f"/{REPOSITORY}/runs/{number}")


@pytest.mark.parametrize(("identifier", "action"), [("again", "requested_action"), ("", "rerequested")])
def test_pressing_a_button_sends_the_app_who_pressed_it(
    hub: Hub, browser: FlaskClient, identifier: str, action: str
) -> None:
    address = f"/{REPOSITORY}/runs/{checked(hub, **DONE)}"
    pressed = {"speaker": "wim", "identifier": identifier}
    answer = browser.post(f"{address}/press", data=pressed, headers={"Origin": HERE})
    assert (answer.status_code, answer.location) == (303, f"{address}?asked=")
    told = json.loads(hub.received[-1][1])
    assert (told["action"], told["sender"]["login"]) == (action, "wim")
    assert told.get("requested_action", {}).get("identifier", "") == identifier


@pytest.mark.parametrize("pressed", [{"speaker": "bob"}, {"speaker": "wim", "identifier": "other"}, {"speaker": "eve"}])
def test_a_button_that_may_not_be_pressed_sends_nothing(
    hub: Hub, browser: FlaskClient, pressed: dict[str, str]
) -> None:
    number = checked(hub, **DONE)
    hub.received.clear()
    answer = browser.post(f"/{REPOSITORY}/runs/{number}/press", data=pressed, headers={"Origin": HERE})
    assert answer.status_code == 422
    assert hub.received == []


def test_the_files_tab_compares_with_the_merge_base(hub: Hub, browser: FlaskClient) -> None:
    html = page(browser, f"{PULL}/files")
    assert "2 files changed" in html
    assert '<td class="sign">+</td><td class="code">lr: 0.1 # rate</td>' in html


def test_a_commit_shows_message_parent_and_difference(hub: Hub, browser: FlaskClient) -> None:
    before = hub.head
    push(hub, {"params.yaml": "lr: 0.2 # rate\n"}, "Set lr=0.2\n\nBecause <it> is slow.")
    html = page(browser, f"/{REPOSITORY}/commit/{hub.head}")
    assert "Because &lt;it&gt; is slow." in html
    assert f'href="/{REPOSITORY}/commit/{before}"' in html
    assert '<tr class="removed"><td class="number">1</td><td class="number"></td><td class="sign">−</td>' in html
    assert '<tr class="added"><td class="number"></td><td class="number">1</td><td class="sign">+</td>' in html


def test_renamed_and_binary_files_are_marked(hub: Hub, browser: FlaskClient) -> None:
    git(hub.tree, "mv", "params.yaml", "new.yaml")
    push(hub, {"model.bin": "a\0b"}, "Move")
    html = page(browser, f"/{REPOSITORY}/commit/{hub.head}")
    assert "params.yaml → new.yaml" in html
    assert "Not text, or too large to compare." in html


def test_a_file_is_shown_and_served(hub: Hub, browser: FlaskClient) -> None:
    hub.bare.git("update-ref", "refs/heads/topic/deep", hub.head)
    for ref in ("tune", "topic/deep", hub.head):
        assert "lr: 0.1 # rate" in page(browser, f"/{REPOSITORY}/blob/{ref}/params.yaml")
        raw = browser.get(f"/{REPOSITORY}/blob/{ref}/params.yaml?raw=true")
        assert (raw.data, raw.content_type) == (b"lr: 0.1 # rate\n", "text/plain; charset=utf-8")


def test_a_file_of_a_branch_is_never_served_as_a_page(browser: FlaskClient) -> None:
    link = re.search(r'href="([^"]+)">View</a>', page(browser, f"{PULL}/files"))
    assert link is not None
    raw = browser.get(f"{link[1]}?raw=true")
    assert raw.data.startswith(b"<svg")
    assert raw.content_type == "text/plain; charset=utf-8"
    assert raw.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert raw.headers["X-Content-Type-Options"] == "nosniff"


def buttons(html: str) -> list[tuple[str, str, str, str]]:
    """Return form, address, identifier and label of each button of a check."""
    found = re.findall(r"<button ([^>]*formaction=\"/[^>]*/runs/[^>]*)>([^<]+)</button>", html)
    return [(*(attribute(name, words) for name in ("form", "formaction", "value")), label) for words, label in found]


def attribute(name: str, words: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', words)
    return unescape(found[1]) if found else ""


def test_a_pull_request_shows_the_buttons_of_its_checks(hub: Hub, browser: FlaskClient) -> None:
    assert buttons(page(browser, PULL)) == []
    number = checked(hub, **DONE)
    checked(hub, name="other", status="in_progress")
    address = f"/{REPOSITORY}/runs/{number}"
    for tab, form, where in ((PULL, "write", "pull=1"), (f"{PULL}/checks", "press", "pull=1&tab=checks")):
        html = page(browser, tab)
        everything, *single = buttons(html)
        assert everything[3] == "Re-run all checks" and f"/press-all?{where}" in everything[1]
        assert single == [
            (form, f"{address}/press?{where}", "again", "Train again"),
            (form, f"{address}/press?{where}", "", "Re-run"),
        ]
        assert f'id="{form}" method="post"' in html and '<select name="speaker">' in html


@pytest.mark.parametrize(("tab", "anchor"), [("", "#checks"), ("/checks", "")])
def test_a_button_of_a_pull_request_is_sent_to_the_app_and_returns_to_its_tab(
    hub: Hub, browser: FlaskClient, tab: str, anchor: str
) -> None:
    checked(hub, **DONE)
    told = []
    for _, address, identifier, _ in buttons(page(browser, f"{PULL}{tab}")):
        pressed = {"speaker": "wim", "identifier": identifier, "body": "half a comment"}
        answer = browser.post(address, data=pressed, headers={"Origin": HERE})
        assert (answer.status_code, answer.location) == (303, f"{PULL}{tab}{anchor}")
        headers, body = hub.received[-1]
        told.append((headers["X-GitHub-Event"], json.loads(body)["action"], json.loads(body)["sender"]["login"]))
    assert told == [
        ("check_suite", "rerequested", "wim"),
        ("check_run", "requested_action", "wim"),
        ("check_run", "rerequested", "wim"),
    ]
    assert hub.state.comments == {}


def test_other_sites_and_readers_can_press_no_button(hub: Hub, browser: FlaskClient) -> None:
    number = checked(hub, **DONE)
    hub.received.clear()
    for verb in ("press", "press-all"):
        address = f"/{REPOSITORY}/runs/{number}/{verb}?pull=1"
        for headers in ({}, {"Origin": "http://evil.test"}):
            assert browser.post(address, data={"speaker": "wim"}, headers=headers).status_code == 403
        for speaker in ("bob", "nobody"):
            refused = browser.post(address, data={"speaker": speaker}, headers={"Origin": HERE})
            assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert hub.received == []
