"""Scripts ask the sandbox all the time: it answers without starting a process, and lets them wait for a change."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import control, gitfolder
from sandbox import refs as ref_files
from sandbox.state import Missing
from tests.contracts.sandbox.sandbox_hub import PULL, REPOSITORY, Hub, basic, git, running_hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with running_hub(tmp_path) as hub:
        yield hub


def ask(hub: Hub, number: int = 1, **query: int) -> dict[str, Any]:
    """Return what a script is shown of a pull request."""
    answer = httpx.get(f"{hub.sandbox.url}/_sandbox/pulls/{REPOSITORY}/{number}", params=query, timeout=150)
    return dict(answer.raise_for_status().json())


@pytest.mark.parametrize("packed", [False, True])
def test_asking_again_starts_no_process(hub: Hub, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    hub.sandbox.add_repository("mallory/iris", parent=REPOSITORY)
    theirs = hub.sandbox.open_pull(REPOSITORY, "mallory:tune", "main", "Theirs", by="mallory").number
    closed = hub.sandbox.open_pull(REPOSITORY, "tune", "main", "Again", by="ada").number
    hub.sandbox.close_pull(REPOSITORY, closed, by="ada")
    hub.check(status="in_progress")
    hub.comment("Hello")
    if packed:
        for name in (REPOSITORY, "mallory/iris"):
            gitfolder.git(hub.state.repository(name).folder, "pack-refs", "--all")
    first = {number: ask(hub, number) for number in (1, theirs, closed)}
    monkeypatch.setenv("PATH", str(hub.folder / "nothing"))  # git is not found from here on
    with pytest.raises(FileNotFoundError):
        hub.bare.git("version")
    assert {number: ask(hub, number) for number in (1, theirs, closed)} == first
    assert first[1]["pull"]["commits"] == 1
    assert [len(seen["check_runs"]) for seen in first.values()] == [1, 1, 1]


def test_refs_are_those_that_git_lists(hub: Hub) -> None:
    folder = hub.bare.repository.folder
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    hub.bare.git("update-ref", "refs/exps/ab/cd/puffy-daks", hub.head)
    hub.bare.git(*who, "tag", "--annotate", "--message", "One", "v1", "main")
    hub.bare.git("pack-refs", "--all")
    hub.bare.git("update-ref", "refs/heads/main", hub.head)  # a file that is newer than its line
    hub.bare.git("update-ref", "refs/heads/deep/er", hub.head)
    hub.bare.git("update-ref", "-d", "refs/exps/ab/cd/puffy-daks")
    hub.bare.git("symbolic-ref", "refs/heads/same", "refs/heads/deep/er")
    (folder / "refs/heads/held.lock").write_text("")
    lines = hub.bare.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    assert list(gitfolder.refs(hub.bare.repository).items()) == [tuple(line.split()) for line in lines]
    assert gitfolder.sha_of(hub.bare.repository, "refs/tags/v1") == hub.bare.git("rev-parse", "v1^{commit}")


@pytest.mark.parametrize("name", ["refs/heads/none", "refs/../HEAD", "HEAD", "/etc/hostname", "refs/heads", "refs/\0"])
def test_a_name_that_no_ref_has_reads_no_file(hub: Hub, name: str) -> None:
    assert ref_files.one(hub.bare.repository.folder, name) is None


def test_a_ref_that_names_itself_is_none(hub: Hub) -> None:
    (hub.bare.repository.folder / "refs/heads/round").write_text("ref: refs/heads/round\n")
    assert ref_files.one(hub.bare.repository.folder, "refs/heads/round") is None


def test_a_commit_that_was_missing_is_found_once_it_is_there(hub: Hub) -> None:
    git(hub.tree, "commit", "--quiet", "--allow-empty", "-m", "New")
    made = git(hub.tree, "rev-parse", "HEAD").stdout.strip()
    with pytest.raises(Missing):
        gitfolder.sha_of(hub.bare.repository, made)
    header = basic("ada", hub.state.user_token("ada"))
    assert git(hub.tree, "push", "--quiet", hub.address(), "tune", header=header).returncode == 0
    assert gitfolder.sha_of(hub.bare.repository, made) == made
    assert ask(hub)["pull"]["head"]["sha"] == made


def test_a_script_waits_for_what_people_and_the_bot_do(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "HELD", 3600.0)  # so that only a change ends the wait
    said = hub.sandbox.comment(REPOSITORY, 1, "/run", "ada").id
    header = basic("ada", hub.state.user_token("ada"))
    doings = (
        lambda: hub.sandbox.comment(REPOSITORY, 1, "/help", "ada"),
        lambda: hub.call("POST", f"{PULL}/issues/comments/{said}/reactions", json={"content": "eyes"}),
        lambda: hub.check(status="in_progress"),
        lambda: git(hub.tree, "push", "--quiet", hub.address(), "main:tune", "--force", header=header),
        lambda: hub.sandbox.delete_comment(said, "ada"),
    )
    for do in doings:
        before = ask(hub)
        waiting = threading.Thread(target=do)
        waiting.start()
        after = ask(hub, since=before["change"])
        assert after["change"] != before["change"]
        waiting.join()
        assert {**ask(hub), "change": 0} != {**before, "change": 0}


def test_nobody_waits_for_ever(hub: Hub) -> None:
    assert hub.state.wait(hub.state.changes, seconds=0.0) == hub.state.changes
    assert hub.state.wait(hub.state.changes - 1, seconds=1e6) == hub.state.changes
