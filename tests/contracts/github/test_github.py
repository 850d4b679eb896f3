"""The port of GitHub and git over HTTP, both against a local GitHub."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest

from bot.errors import Forbidden, NotFound, Rejected
from bot.ports.git_host import Button, Check, Permission, PullRequest, Status
from experiments.experiment import PullRef, Repository
from sandbox import statuses
from sandbox.server import Bare, Installed, Sandbox
from sandbox.web import conversation
from services.git.repository import Mirrors
from services.github.client import GitHubApp
from services.github.errors import Unauthorized
from services.github.tokens import PERMISSIONS
from tests.contracts.git.workbench import Workbench, text
from tests.schema import Checked


@dataclass
class Place:
    """Hold a local GitHub with one private repository, one pull request in it, and the App installed."""

    sandbox: Sandbox
    bare: Bare
    installed: Installed
    github: GitHubApp
    mirrors: Mirrors
    repository: Repository
    bench: Workbench
    base: str
    head: str
    now: list[float]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    now = [1_800_000_000.0]
    sandbox = Sandbox(tmp_path / "github", clock=lambda: now[0])
    checked: list[Checked] = []

    def against_the_schema(application: WSGIApplication) -> WSGIApplication:
        checked.append(Checked(application))
        return checked[0]

    sandbox.start(wrap=against_the_schema)
    roles = {"mia": "maintain", "wes": "write", "tri": "triage", "rea": "read"}
    bare = sandbox.add_repository("ada/models", collaborators=roles)
    installed = sandbox.install_app("studio", ["ada/models"], permissions=PERMISSIONS)
    number = installed.installations[0].id
    repository = Repository(bare.repository.id, "ada/models", number, f"{sandbox.url}/ada/models")
    app_id = str(installed.app.id)
    github = GitHubApp(sandbox.api_url, app_id, installed.private_key, clock=lambda: now[0], pause=lambda _: None)
    mirrors = Mirrors(tmp_path / "mirrors", github.read_token, github.write_token, github.forget_token)
    bench = Workbench.make(tmp_path / "bench")
    base = bench.commit({"params.yaml": text("lr: 1\n"), ".github/workflows/a.yml": text()})
    head = bench.commit({"params.yaml": text("lr: 2\n")}, base)
    for sha, branch in ((base, "main"), (head, "tune")):
        bench.git("push", "--quiet", str(bare.repository.folder), f"{sha}:refs/heads/{branch}")
    sandbox.open_pull("ada/models", "tune", "main", "Tune")
    yield Place(sandbox, bare, installed, github, mirrors, repository, bench, base, head, now)
    sandbox.stop()
    assert checked[0].violations == []


def test_a_pull_request_is_read_as_it_is_now(place: Place) -> None:
    expected = PullRequest(
        1, "open", place.head, "tune", place.base, "main", False, "main", place.repository, pushed=place.now[0]
    )
    assert place.github.pull(PullRef(place.repository, 1)) == expected
    place.sandbox.close_pull("ada/models", 1, by="ada")
    assert place.github.pull(PullRef(place.repository, 1)).state == "closed"
    with pytest.raises(NotFound):
        place.github.pull(PullRef(place.repository, 2))


def test_a_pull_request_of_a_fork_is_recognised(place: Place) -> None:
    place.sandbox.add_repository("eve/models", parent="ada/models")
    fork = place.sandbox.open_pull("ada/models", "eve:tune", "main", "Mine", by="eve")
    assert place.github.pull(PullRef(place.repository, fork.number)).fork


def test_permissions_are_those_of_github(place: Place) -> None:
    place.sandbox.add_user("stranger")
    rights = {
        "ada": Permission.ADMIN,
        "mia": Permission.MAINTAIN,
        "wes": Permission.WRITE,
        "tri": Permission.TRIAGE,
        "rea": Permission.READ,
        "stranger": Permission.NONE,
        "nobody-at-all": Permission.NONE,
    }
    assert {login: place.github.permission(place.repository, login) for login in rights} == rights


def test_a_comment_is_posted_edited_and_found_again_by_marker(place: Place) -> None:
    assert place.github.find_comment(PullRef(place.repository, 1), "<!-- report -->") == 0
    first = place.github.comment(PullRef(place.repository, 1), "<!-- report --> one")
    second = place.github.comment(PullRef(place.repository, 1), "other")
    place.sandbox.comment("ada/models", 1, "<!-- report --> forged", by="wes")
    assert place.github.find_comment(PullRef(place.repository, 1), "<!-- report -->") == first
    place.github.edit_comment(place.repository, second, "<!-- report --> two")
    assert place.github.find_comment(PullRef(place.repository, 1), "<!-- report -->") == second
    assert place.github.bot_login == "studio[bot]"


def test_a_comment_is_found_among_hundreds(place: Place) -> None:
    ours = place.github.comment(PullRef(place.repository, 1), "<!-- report -->")
    for number in range(230):
        place.sandbox.comment("ada/models", 1, f"<!-- report --> {number}", by="wes")
    assert place.github.find_comment(PullRef(place.repository, 1), "<!-- report -->") == ours


def test_a_commit_status_is_set_until_github_has_a_thousand(place: Place) -> None:
    place.github.set_status(place.repository, place.head, Status("pending", "1 queued", "https://studio.example.com/1"))
    (told,) = place.sandbox.state.statuses.values()
    assert (told.sha, told.context, told.state, told.description) == (place.head, "studio", "pending", "1 queued")
    with pytest.raises(ValueError, match="140"):
        place.github.set_status(place.repository, place.head, Status("success", "x" * 141, "https://x.test/"))
    repository = place.bare.repository
    for _ in range(999):
        statuses.create(place.sandbox.state, repository, place.head, {"state": "success", "context": "studio"}, "ada")
    with pytest.raises(Rejected, match="maximum"):
        place.github.set_status(place.repository, place.head, Status("success", "done", "https://x.test/"))


def test_deliveries_are_read_page_by_page_and_redelivered(place: Place) -> None:
    answers = [503] * 120 + [202] * 200
    place.sandbox.state.webhook_sink = lambda headers, body: answers.pop(0)
    for _ in range(120):
        place.now[0] += 1
        place.sandbox.comment("ada/models", 1, "/run", by="wes")
    start = place.now[0]
    sent = place.github.attempts(start - 500)
    assert [each.at for each in sent] == [start - number for number in range(120)]
    assert len(place.github.attempts(start - 100)) == 101
    place.now[0] += 60
    place.github.send_again(sent[-1].id)
    newest, *others = place.github.attempts(start - 500)
    assert (newest.guid, newest.at) == (sent[-1].guid, start + 60)
    assert tuple(others) == sent
    with pytest.raises(NotFound):
        place.github.send_again(1)
    place.now[0] += 4 * 24 * 3600
    assert place.github.attempts(0) == ()


def test_only_our_own_reactions_are_listed(place: Place) -> None:
    comment = place.sandbox.comment("ada/models", 1, "/run", by="wes")
    conversation.react(place.sandbox.state, comment.id, "rocket", "wes")
    assert place.github.reactions(place.repository, comment.id) == set()
    place.github.react(place.repository, comment.id, "eyes")
    assert place.github.reactions(place.repository, comment.id) == {"eyes"}


def test_the_same_reaction_twice_counts_once(place: Place) -> None:
    comment = place.sandbox.comment("ada/models", 1, "/run", by="wes")
    place.github.react(place.repository, comment.id, "eyes")
    place.github.react(place.repository, comment.id, "eyes")
    place.github.react(place.repository, comment.id, "rocket")
    with pytest.raises(NotFound):
        place.github.react(place.repository, comment.id + 999, "eyes")


def test_a_check_run_goes_from_queued_to_its_conclusion(place: Place) -> None:
    button = Button("Retry", "retry", "Train it again")
    queued = Check("studio", place.head, "queued", "Waiting", "*soon*", external_id="run-0001", buttons=(button,))
    number = place.github.create_check(place.repository, queued)
    assert place.sandbox.state.check_runs[number].actions == (asdict(button),)
    assert place.github.external_id(place.repository, number) == "run-0001"
    done = Check(
        "studio", place.head, "completed", "Better", "é" * 32_767, "text", "success", details_url="https://x.test"
    )
    place.github.update_check(place.repository, number, done)
    [kept] = place.sandbox.state.checks_of(place.bare.repository, place.head)
    assert kept.id == number
    assert (kept.status, kept.conclusion, kept.external_id) == ("completed", "success", "run-0001")
    assert kept.actions == ()
    with pytest.raises(NotFound):
        place.github.update_check(place.repository, number + 999, done)


def test_an_expired_token_is_renewed_before_github_refuses_it(place: Place) -> None:
    token = place.github.read_token(place.repository)
    place.now[0] += 3 * 3600
    assert place.github.read_token(place.repository) != token
    assert place.github.pull(PullRef(place.repository, 1)).head == place.head


def test_a_token_that_github_revoked_is_replaced(place: Place) -> None:
    place.github.pull(PullRef(place.repository, 1))
    place.sandbox.state.tokens.clear()
    assert place.github.pull(PullRef(place.repository, 1)).head == place.head


def test_a_suspended_installation_is_forbidden(place: Place) -> None:
    place.sandbox.suspend(place.repository.installation)
    with pytest.raises(Forbidden, match="suspended"):
        place.github.pull(PullRef(place.repository, 1))


def test_a_repository_outside_the_installation_is_forbidden(place: Place) -> None:
    other = place.sandbox.add_repository("eve/secret").repository
    with pytest.raises(Forbidden, match="not accessible"):
        place.github.read_token(Repository(other.id, "eve/secret", place.repository.installation))
    with pytest.raises(NotFound):  # our own token, another name
        place.github.pull(PullRef(Repository(place.repository.id, "eve/secret", place.repository.installation), 1))


def test_a_key_that_is_not_the_apps_is_unauthorized(place: Place) -> None:
    other = place.sandbox.install_app("other", ["ada/models"])
    app = GitHubApp(place.sandbox.api_url, str(place.installed.app.id), other.private_key, clock=lambda: place.now[0])
    with pytest.raises(Unauthorized):
        app.pull(PullRef(place.repository, 1))


def test_git_fetches_and_pushes_with_tokens_over_http(place: Place) -> None:
    place.mirrors.fetch(place.repository, ["refs/heads/tune", place.base])
    assert place.mirrors.read(place.repository, place.head, "params.yaml") == b"lr: 2\n"
    assert place.mirrors.remote_refs(place.repository, "refs/heads/*") == {
        "refs/heads/main": place.base,
        "refs/heads/tune": place.head,
    }
    place.mirrors.push(place.repository, place.head, "refs/exps/ab/cd/x")
    place.mirrors.push(place.repository, place.head, "refs/heads/main", expected=place.base)
    assert place.bare.git("rev-parse", "refs/heads/main", "refs/exps/ab/cd/x").split() == [place.head] * 2


def test_git_with_a_token_that_may_only_read_is_forbidden_to_push(place: Place, tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path / "other", place.github.read_token, place.github.read_token, place.github.forget_token)
    mirrors.fetch(place.repository, [place.head])
    with pytest.raises(Forbidden) as forbidden:
        mirrors.push(place.repository, place.head, "refs/heads/x")
    assert place.github.read_token(place.repository) not in str(forbidden.value)


def test_git_with_a_bad_token_is_forbidden_and_the_token_stays_secret(place: Place, tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path / "other", lambda _: "ghs_canary", lambda _: "ghs_canary", lambda _: None)
    with pytest.raises(Forbidden) as forbidden:
        mirrors.fetch(place.repository, ["refs/heads/tune"])
    assert "canary" not in str(forbidden.value)


def test_a_repository_that_the_token_cannot_see_is_not_found_by_git(place: Place, tmp_path: Path) -> None:
    place.sandbox.add_repository("eve/secret")
    hidden = Repository(7777, "eve/secret", place.repository.installation, f"{place.sandbox.url}/eve/secret")
    mirrors = Mirrors(
        tmp_path / "other", lambda _: place.github.read_token(place.repository), lambda _: "", lambda _: None
    )
    with pytest.raises(NotFound):
        mirrors.fetch(hidden, ["refs/heads/main"])


def test_a_sha_that_the_remote_lacks_is_not_found_over_http(place: Place) -> None:
    for name in ("b" * 40, "refs/heads/none"):
        with pytest.raises(NotFound):
            place.mirrors.fetch(place.repository, [name])


def test_a_protected_branch_is_reported_as_such(place: Place) -> None:
    place.bare.protect("main")
    place.mirrors.fetch(place.repository, [place.head])
    with pytest.raises(Rejected, match="Protected branch update failed for refs/heads/main"):
        place.mirrors.push(place.repository, place.head, "refs/heads/main", expected=place.base)


def test_a_commit_that_changes_a_workflow_is_rejected_in_githubs_words(place: Place) -> None:
    sha = place.bench.commit({".github/workflows/a.yml": text("other\n")}, place.head)
    place.bench.git("push", "--quiet", str(place.bare.repository.folder), f"{sha}:refs/heads/other")
    place.mirrors.fetch(place.repository, [sha])
    place.bench.git("push", "--quiet", str(place.bare.repository.folder), ":refs/heads/other")
    with pytest.raises(Rejected, match="refusing to allow a GitHub App to create or update workflow"):
        place.mirrors.push(place.repository, sha, "refs/heads/tune", expected=place.head)
