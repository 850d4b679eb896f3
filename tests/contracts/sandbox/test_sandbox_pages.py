"""The pages of the sandbox as a browser gets them: lists, the conversation, comments, and who is kept out."""

import json
import re

import pytest
from flask.testing import FlaskClient

from sandbox.web import conversation
from sandbox.web.pages import hue
from tests.contracts.sandbox.sandbox_browser import PULL, checked, comment_by_bot, page, push, say
from tests.contracts.sandbox.sandbox_hub import REPOSITORY, Hub, git


def test_the_first_page_lists_repositories_and_pull_requests(browser: FlaskClient) -> None:
    html = page(browser, "/")
    assert f'href="/{REPOSITORY}"' in html
    assert f'href="{PULL}"' in html
    assert "Tune it" in html


def test_the_first_page_has_a_notice_until_there_is_a_pull_request(hub: Hub, browser: FlaskClient) -> None:
    hub.state.notice = "Still being set up."
    assert "Still being set up." not in page(browser, "/")
    hub.state.pulls.clear()
    assert "Still being set up." in page(browser, "/")


def test_a_repository_shows_branches_commits_files_and_other_refs(hub: Hub, browser: FlaskClient) -> None:
    hub.bare.git("update-ref", "refs/exps/ab/cdef/puffy-daks", hub.head)
    html = page(browser, f"/{REPOSITORY}")
    assert "Begin" in html
    assert '<code class="ref">tune</code>' in html
    assert "refs/exps/ab/cdef/puffy-daks" in html
    assert f"git clone {hub.sandbox.url}/{REPOSITORY}.git" in html


def test_a_conversation_shows_commits_and_comments_in_order_of_time(hub: Hub, browser: FlaskClient) -> None:
    asked = hub.sandbox.comment(REPOSITORY, 1, "/run -S lr=0.01", "wim")
    conversation.react(hub.state, asked.id, "rocket", "studio[bot]")
    hub.now += 60
    comment_by_bot(hub, "**Better**, says nobody to @ada")
    html = page(browser, PULL)
    places = [
        html.index(words) for words in ("Let us see.", "Set lr=0.1", "/run -S lr=0.01", "<strong>Better</strong>")
    ]
    assert places == sorted(places)
    assert '<li title="studio[bot]: rocket">🚀 1</li>' in html
    assert '<span class="label">bot</span>' in html
    assert '<a class="mention" href="/ada">@ada</a>' in html
    assert "edited" not in html
    assert re.search(r"main</code> from <code class=\"ref\">tune", html)


def test_an_edited_comment_says_so(hub: Hub, browser: FlaskClient) -> None:
    hub.now += 5
    conversation.edit_comment(hub.state, comment_by_bot(hub, "one"), "two", "studio[bot]")
    assert "· edited" in page(browser, PULL)


def test_a_comment_is_made_as_the_chosen_person_who_is_remembered(hub: Hub, browser: FlaskClient) -> None:
    answer = say(browser, "wim", "/run\r\nnow")
    (made,) = hub.state.comments_of(hub.state.repository(REPOSITORY), 1)
    assert (made.user, made.body) == ("wim", "/run\nnow")
    assert (answer.status_code, answer.location) == (303, f"{PULL}#issuecomment-{made.id}")
    assert json.loads(hub.received[-1][1])["sender"]["login"] == "wim"
    assert '<option value="wim" selected>wim (write)</option>' in page(browser, PULL)


def test_the_author_of_the_pull_request_is_chosen_at_first(hub: Hub, browser: FlaskClient) -> None:
    number = hub.sandbox.open_pull(REPOSITORY, "tune", "main", "Mine", by="wim").number
    selected = '<option value="wim" selected>'
    assert selected in page(browser, f"/{REPOSITORY}/pull/{number}")
    assert selected not in page(browser, PULL)
    say(browser, "bob", "chosen")
    assert '<option value="bob" selected>' in page(browser, f"/{REPOSITORY}/pull/{number}")


def test_a_user_and_a_committer_of_the_same_name_have_the_same_colour() -> None:
    assert hue("ada") == hue("Ada")
    assert len({hue(login) for login in ("ada", "bob", "wim", "ivan", "grace")}) > 1


@pytest.mark.parametrize("speaker", ["mallory", "studio[bot]", "nobody", ""])
def test_only_people_in_the_list_can_comment(hub: Hub, browser: FlaskClient, speaker: str) -> None:
    answer = say(browser, speaker, "let me in")
    assert answer.status_code == 422
    assert "choose one of the list" in answer.text
    assert "let me in</textarea>" in answer.text, "what was typed is not lost"
    assert hub.state.comments == {}
    assert f'<option value="{speaker}"' not in answer.text


def test_an_outsider_can_comment_where_the_repository_is_public(hub: Hub, browser: FlaskClient) -> None:
    hub.sandbox.add_repository("ada/open", private=False)
    folder = str(hub.state.repository("ada/open").folder)
    assert git(hub.tree, "push", "--quiet", folder, "main", "tune").returncode == 0
    hub.sandbox.open_pull("ada/open", "tune", "main", "Mine")
    html = page(browser, "/ada/open/pull/1")
    assert '<option value="mallory">mallory (outsider)</option>' in html
    assert '<option value="ada" selected>ada (admin)</option>' in html, "who may most is offered first"


@pytest.mark.parametrize("body", ["", "  \n", "x" * 65_537], ids=["empty", "blank", "too long"])
def test_a_comment_that_github_would_refuse_is_refused(hub: Hub, browser: FlaskClient, body: str) -> None:
    answer = say(browser, "wim", body)
    assert answer.status_code == 422
    assert re.search(r'role="alert">[^<]*at most 65,536 characters', answer.text)
    assert re.search("<textarea[^>]* autofocus", answer.text), "the reason is where the page opens"
    assert '<option value="wim" selected>' in answer.text, "the speaker is not lost"
    assert f'data-live="{PULL}?fragment"' in answer.text, "the page goes on following"
    assert hub.state.comments == {}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", None])
def test_another_site_cannot_post(hub: Hub, browser: FlaskClient, origin: str | None) -> None:
    assert say(browser, "wim", "/run", origin).status_code == 403
    assert hub.state.comments == {}


def test_a_host_name_that_only_points_here_is_refused(hub: Hub, browser: FlaskClient) -> None:
    refused = browser.get("/", base_url="http://evil.example")
    assert refused.status_code == 403
    assert f"open them at {hub.sandbox.url}" in refused.text
    (looks,) = re.findall(r'href="([^"]+/page.css)"', refused.text)
    assert browser.get(looks, base_url="http://evil.example").status_code == 200
    assert browser.get("/").status_code == 200


def test_a_missing_page_says_so_in_a_page(browser: FlaskClient) -> None:
    for answer, status in ((browser.get("/a/b/c/d/e"), 404), (browser.delete(PULL), 405)):
        assert answer.status_code == status
        assert '<header class="top">' in answer.text
    assert "GET" in answer.headers["Allow"]


def test_only_the_pages_own_script_may_run(browser: FlaskClient) -> None:
    answer = browser.get(PULL)
    policy = answer.headers["Content-Security-Policy"]
    (script,) = re.findall(r"<script src=\"([^\"]+)\"", answer.text)
    assert f"default-src 'self'; script-src {script};" in policy
    assert "unsafe" not in policy
    assert browser.get(script).status_code == 200
    assert "<script>" not in answer.text
    assert " style=" not in answer.text


def test_hostile_names_are_shown_as_text(hub: Hub, browser: FlaskClient) -> None:
    checked(hub, name="<script>alert(1)</script>", output={"title": "<img src=x onerror=alert(2)>", "summary": "x"})
    push(hub, {"<b>.txt": "<script>alert(3)</script>\n"}, "<script>alert(4)</script>")
    for address in (PULL, f"{PULL}/commits", f"{PULL}/files", f"{PULL}/checks", f"/{REPOSITORY}/commit/{hub.head}"):
        html = page(browser, address)
        assert "<script>" not in html
        assert "<img src=x" not in html
        assert "<b>.txt" not in html


def test_a_page_that_refreshes_itself_is_sent_only_when_something_changed(hub: Hub, browser: FlaskClient) -> None:
    first = browser.get(f"{PULL}?fragment")
    assert "<html" not in first.text
    assert "<textarea" not in first.text, "what is being typed stays"
    tag = first.headers["ETag"]
    again = browser.get(f"{PULL}?fragment", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    comment_by_bot(hub, "news")
    assert "news" in browser.get(f"{PULL}?fragment", headers={"If-None-Match": tag}).text


def test_every_refreshed_part_has_a_name_of_its_own(hub: Hub, browser: FlaskClient) -> None:
    comment_by_bot(hub, "one")
    checked(hub)
    fragment = page(browser, f"{PULL}?fragment")
    ids = re.findall(
        r'<(?:header|nav|article|div class="entry event"|section class="entry")[^>]* id="([^"]+)"', fragment
    )
    assert {"pull-header", "pull-tabs", "description", "checks"} <= set(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "address",
    [
        "/nobody",
        "/ada/none",
        f"/{REPOSITORY}/pull/2",
        f"/{REPOSITORY}/pull/2/files",
        f"{PULL}/else",
        f"/{REPOSITORY}/runs/1",
        f"/{REPOSITORY}/commit/{'0' * 40}",
        f"/{REPOSITORY}/commit/--output=x",
        f"/{REPOSITORY}/blob/tune/none.txt",
        f"/{REPOSITORY}/blob/none/params.yaml",
        f"/{REPOSITORY}/blob/tune/../../config",
        f"/{REPOSITORY}/blob/tune/a%00b",
        f"/{REPOSITORY}/blob/tune",
    ],
)
def test_a_missing_address_is_not_found(browser: FlaskClient, address: str) -> None:
    assert browser.get(address).status_code == 404
