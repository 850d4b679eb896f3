"""How git is run: what it can see of our environment, and that it ends."""

import os
import time
from pathlib import Path

import pytest

from services.git.command import GitFailed, GitTimedOut, git
from services.git.remote import GitRemote


def stand_in(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a `git` on PATH that is found first."""
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def lives(process: str) -> bool:
    try:
        return "\tZ" not in (Path("/proc") / process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_git_sees_nothing_of_our_environment_and_the_token_is_in_no_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_PRIVATE_KEY", "canary")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.sshCommand'='canary'")
    stand_in(tmp_path / "bin", 'env > env.txt; printf "%s\\n" "$@" > arguments.txt', monkeypatch)
    GitRemote("https://github.test/ada/models", "x-access-token", "ghs_secret").refs(tmp_path, "refs/exps/*")
    seen, arguments = (tmp_path / "env.txt").read_text(), (tmp_path / "arguments.txt").read_text()
    assert "canary" not in seen
    assert "/elsewhere" not in seen
    assert "http.https://github.test/ada/models.git.extraHeader" in seen
    assert "eC1hY2Nlc3MtdG9rZW46Z2hzX3NlY3JldA==" in seen
    assert "GIT_ALLOW_PROTOCOL=https\n" in seen
    assert "secret" not in arguments
    assert arguments.splitlines()[-3:] == ["--", "https://github.test/ada/models.git", "refs/exps/*"]


def test_messages_of_git_are_reported_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", "echo 'at https://me:hush@x.test/ with ghs_hush and sesame' >&2; exit 3", monkeypatch)
    with pytest.raises(GitFailed) as failed:
        git(tmp_path, "fetch", secrets=("", "sesame"))
    assert str(failed.value) == "git fetch ended with 3: at https://***@x.test/ with *** and ***"
    assert failed.value.stderr == "at https://***@x.test/ with *** and ***\n"


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are looked up in /proc")
def test_git_and_its_helpers_are_stopped_when_their_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path / "bin", "sleep 60 & echo $! > helper.txt; wait", monkeypatch)
    with pytest.raises(GitTimedOut, match=r"git fetch was stopped after 0\.5 seconds"):
        git(tmp_path, "fetch", timeout=0.5)
    deadline = time.monotonic() + 10
    while lives((tmp_path / "helper.txt").read_text().strip()):
        assert time.monotonic() < deadline, "the helper lives on"
