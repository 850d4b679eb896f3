"""git against the sandbox GitHub: who may clone and push, what is declined, and what a push triggers."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from githubkit_schemas.latest import models

from sandbox import gitfolder
from tests.contracts.sandbox.sandbox_hub import Hub, basic, git, running_hub

BY_ADA = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def as_bot(token: str) -> str:
    """Return the header with which git uses an installation token."""
    return basic("x-access-token", token)


def as_person(hub: Hub, login: str) -> str:
    """Return the header with which git acts for a person."""
    return basic(login, hub.state.user_token(login))


def push(hub: Hub, header: str, *refs: str) -> tuple[int, str]:
    """Push from the tree, and return exit code and stderr."""
    done = git(hub.tree, "push", "--porcelain", hub.address(), *refs, header=header)
    return done.returncode, done.stdout + done.stderr


def commit(hub: Hub, path: str, content: bytes = b"new\n") -> str:
    """Make a commit in the tree, on the branch `tune`, and return its SHA."""
    file = hub.tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    git(hub.tree, "add", "--all")
    git(hub.tree, "commit", "--quiet", "-m", f"Add {path}")
    return git(hub.tree, "rev-parse", "HEAD").stdout.strip()


def test_a_private_repository_is_cloned_by_its_readers(hub: Hub) -> None:
    token = hub.token(permissions={"contents": "read"})
    for number, header in enumerate((as_bot(token), as_person(hub, "bob"), as_person(hub, "ada"))):
        done = git(hub.folder, "clone", "--quiet", hub.address(), f"clone{number}", header=header)
        assert done.returncode == 0, done.stderr
    assert git(hub.folder / "clone0", "log", "--format=%s", "origin/tune").stdout == "Tune\nBegin\n"


def test_nobody_else_learns_that_it_exists(hub: Hub) -> None:
    hub.sandbox.add_repository("eve/one")
    anonymous = git(hub.folder, "ls-remote", hub.address())
    assert "could not read Username" in anonymous.stderr
    for header, name in (
        (as_person(hub, "mallory"), "ada/iris"),
        (as_person(hub, "mallory"), "ada/nothing"),
        (as_bot(hub.token()), "eve/one"),
    ):
        done = git(hub.folder, "ls-remote", hub.address(name), header=header)
        assert "Repository not found" in done.stderr, done.stderr
    wrong = git(hub.folder, "ls-remote", hub.address(), header=basic("ada", "wrong"))
    assert wrong.returncode != 0


def test_a_token_for_another_repository_or_another_right_does_not_clone(hub: Hub) -> None:
    hub.sandbox.add_repository("ada/other")
    for token in (hub.token(permissions={"checks": "write"}), "ghs_nothing"):
        assert git(hub.folder, "ls-remote", hub.address(), header=as_bot(token)).returncode != 0
    assert git(hub.folder, "ls-remote", hub.address("ada/other"), header=as_bot(hub.token())).returncode != 0


def test_an_expired_token_does_not_clone(hub: Hub) -> None:
    token = hub.token()
    hub.now += 3600
    assert git(hub.folder, "ls-remote", hub.address(), header=as_bot(token)).returncode != 0


def test_a_public_repository_is_cloned_by_everyone_and_pushed_to_by_writers(hub: Hub) -> None:
    hub.sandbox.add_repository("eve/open", private=False)
    assert git(hub.folder, "ls-remote", hub.address("eve/open")).returncode == 0
    for header in ("", as_person(hub, "mallory"), as_bot(hub.token())):
        assert git(hub.tree, "push", hub.address("eve/open"), "main", header=header).returncode != 0


def test_a_commit_can_be_fetched_by_its_sha(hub: Hub) -> None:
    sha = hub.bare.git(*BY_ADA, "commit-tree", "-m", "On no branch", f"{hub.head}^{{tree}}")
    done = git(hub.tree, "fetch", "--quiet", hub.address(), sha, header=as_bot(hub.token()))
    assert done.returncode == 0, done.stderr


def test_a_large_commit_is_pushed_and_fetched_whole(hub: Hub) -> None:
    content = os.urandom(3_000_000)
    sha = commit(hub, "data.bin", content)
    code, text = push(hub, as_bot(hub.token()), "tune")
    assert code == 0, text
    assert hub.head == sha
    header = as_bot(hub.token())
    git(hub.folder, "clone", "--quiet", "--branch=tune", hub.address(), "clone", header=header)
    assert (hub.folder / "clone" / "data.bin").read_bytes() == content


def test_a_change_is_counted_without_its_huge_files(hub: Hub) -> None:
    base = hub.head
    commit(hub, "huge.txt", b"line\n" * 500_000)
    commit(hub, "small.txt", b"one\ntwo\n")
    assert push(hub, as_bot(hub.token()), "tune")[0] == 0
    assert gitfolder.size_of_change(hub.bare.repository.folder, base, hub.head) == (2, 2, 2, 0)


def test_a_change_that_takes_too_long_to_count_counts_as_empty(hub: Hub) -> None:
    base = hub.head
    commit(hub, "small.txt")
    assert push(hub, as_bot(hub.token()), "tune")[0] == 0
    assert gitfolder.size_of_change(hub.bare.repository.folder, base, hub.head, patience=0.0) == (1, 0, 0, 0)


def test_a_compressed_request_is_understood(hub: Hub) -> None:
    answer = httpx.post(
        f"{hub.address()}/git-upload-pack",
        content=gzip.compress(b"0014command=ls-refs\n0000"),
        headers={
            "Content-Type": "application/x-git-upload-pack-request",
            "Content-Encoding": "gzip",
            "Git-Protocol": "version=2",
        },
        auth=("x-access-token", hub.token()),
    )
    assert answer.headers["content-type"] == "application/x-git-upload-pack-result"
    assert f"{hub.head} refs/heads/tune\n" in answer.text


def test_a_push_needs_write_permission(hub: Hub) -> None:
    before = hub.head
    commit(hub, "new.txt")
    code, text = push(hub, as_bot(hub.token(permissions={"contents": "read"})), "tune")
    assert (code, "403" in text) == (128, True), text
    code, text = push(hub, as_person(hub, "bob"), "tune")
    assert (code, "denied to bob" in text) == (128, True), text
    assert hub.head == before
    assert push(hub, as_person(hub, "wim"), "tune")[0] == 0


def test_a_protected_branch_declines_pushes(hub: Hub) -> None:
    hub.bare.protect("main")
    commit(hub, "new.txt")
    code, text = push(hub, as_person(hub, "ada"), "HEAD:main")
    assert code == 1
    assert "GH006: Protected branch update failed for refs/heads/main" in text
    assert "[remote rejected] (hook declined)" in text
    assert push(hub, as_person(hub, "ada"), "HEAD:tune")[0] == 0


def test_a_branch_that_may_only_move_forward_declines_anything_else(hub: Hub) -> None:
    header = as_person(hub, "ada")
    assert push(hub, header, "+main:other", "+tune:other2")[0] == 0
    hub.bare.refuse_force_pushes()
    for refs in (("+main:tune",), (":tune",)):
        code, text = push(hub, header, *refs)
        assert (code, "GH013" in text) == (1, True), text
    assert push(hub, header, "+tune:other")[0] == 0
    assert push(hub, header, "tune:refs/exps/ab/cd/puffy-daks")[0] == 0


def test_a_push_that_is_behind_is_declined_by_git_itself(hub: Hub) -> None:
    commit(hub, "new.txt")
    sha = hub.bare.git(*BY_ADA, "commit-tree", "-m", "Faster", "-p", "tune", "tune^{tree}")
    hub.bare.git("update-ref", "refs/heads/tune", sha)
    code, text = push(hub, as_bot(hub.token()), "tune")
    assert (code, "rejected" in text) == (1, True), text


def test_an_app_cannot_push_workflows(hub: Hub) -> None:
    commit(hub, ".github/workflows/train.yml")
    code, text = push(hub, as_bot(hub.token()), "tune")
    assert code == 1
    assert "`.github/workflows/train.yml` without `workflows` permission" in text
    assert push(hub, as_person(hub, "ada"), "tune")[0] == 0
    commit(hub, "more.txt")
    assert push(hub, as_bot(hub.token()), "tune")[0] == 0


def test_heads_of_pull_requests_can_be_read_but_not_pushed(hub: Hub) -> None:
    listed = git(hub.tree, "ls-remote", hub.address(), "refs/pull/*", header=as_bot(hub.token()))
    assert listed.stdout.split() == [hub.head, "refs/pull/1/head"]
    assert push(hub, as_person(hub, "ada"), "main:refs/pull/1/head")[0] == 1


def test_a_push_sends_webhooks_for_the_branch_and_its_pull_request(hub: Hub) -> None:
    before, after = hub.head, commit(hub, "new.txt")
    assert push(hub, as_bot(hub.token()), "tune", "tune:refs/exps/ab/cd/puffy-daks")[0] == 0
    events = [headers["X-GitHub-Event"] for headers, _ in hub.received]
    assert events == ["push", "check_suite", "pull_request"]
    pushed, suite, synchronized = (json.loads(body) for _, body in hub.received)
    assert (suite["action"], suite["check_suite"]["head_branch"]) == ("requested", "tune")
    assert (suite["check_suite"]["before"], suite["check_suite"]["head_sha"]) == (before, after)
    assert (pushed["ref"], pushed["before"], pushed["after"]) == ("refs/heads/tune", before, after)
    assert [one["message"] for one in pushed["commits"]] == ["Add new.txt"]
    assert pushed["sender"]["login"] == "studio[bot]"
    assert (synchronized["action"], synchronized["before"], synchronized["after"]) == ("synchronize", before, after)
    assert synchronized["pull_request"]["head"]["sha"] == after
    models.WebhookPush.model_validate(pushed)
    models.WebhookCheckSuiteRequested.model_validate(suite)
    models.WebhookPullRequestSynchronize.model_validate(synchronized)


def test_a_pull_request_of_a_fork_moves_with_the_fork(hub: Hub) -> None:
    hub.sandbox.add_repository("mallory/iris", parent="ada/iris")
    number = hub.sandbox.open_pull("ada/iris", "mallory:tune", "main", "Mine", by="mallory").number
    hub.received.clear()
    after = commit(hub, "new.txt")
    done = git(hub.tree, "push", "--quiet", hub.address("mallory/iris"), "tune", header=as_person(hub, "mallory"))
    assert done.returncode == 0, done.stderr
    (told,) = (json.loads(body) for _, body in hub.received)  # the App is not installed on the fork
    assert (told["action"], told["number"], told["after"]) == ("synchronize", number, after)
    assert hub.bare.git("rev-parse", f"refs/pull/{number}/head") == after


def test_deleting_the_branch_closes_its_pull_request(hub: Hub) -> None:
    assert push(hub, as_person(hub, "ada"), ":tune")[0] == 0
    pushed, closed = (json.loads(body) for _, body in hub.received)
    assert (pushed["deleted"], pushed["after"], closed["action"]) == (True, "0" * 40, "closed")
    models.WebhookPush.model_validate(pushed)


def test_the_process_serves_what_its_configuration_names(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps(
            {
                "users": [{"login": "ada", "token": "a password"}],
                "repositories": [{"name": "ada/iris", "collaborators": {"bob": "write"}}],
                "app": {
                    "slug": "studio",
                    "webhook_url": "http://127.0.0.1:1/webhook",
                    "webhook_secret": "a secret",
                    "private_key": str(tmp_path / "key.pem"),
                    "repositories": ["ada/iris"],
                },
            }
        )
    )
    command = [sys.executable, "-m", "sandbox", "--port=0", f"--folder={tmp_path / 'git'}", f"--config={config}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        git(tmp_path, "init", "--quiet", "--initial-branch=main", "tree")
        git(tmp_path / "tree", "commit", "--quiet", "--allow-empty", "-m", "Begin")
        header = basic("ada", "a password")
        for ref in ("main", "main:tune"):
            done = git(tmp_path / "tree", "push", "--quiet", f"{url}/ada/iris.git", ref, header=header)
            assert done.returncode == 0, done.stderr
        asked = {"repo": "ada/iris", "head": "tune", "base": "main", "title": "Tune it", "by": "ada"}
        opened = httpx.post(f"{url}/_sandbox/pulls", json=asked).json()
        said = {"repo": "ada/iris", "number": opened["number"], "body": "/help", "by": "bob"}
        assert httpx.post(f"{url}/_sandbox/comments", json=said).status_code == 201
        seen = httpx.get(f"{url}/_sandbox/pulls/ada/iris/1").json()
        assert [comment["body"] for comment in seen["comments"]] == ["/help"]
        assert httpx.post(f"{url}/_sandbox/comments", json={"repo": "ada/iris"}).status_code == 422
        for stranger in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            assert httpx.post(f"{url}/_sandbox/comments", json=said, headers=stranger).status_code == 403
        process.terminate()
    assert process.returncode == 0
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
