"""Whether a branch of the remote contains a commit, found without fetching a file and without a trace in the mirror."""

import hashlib

import pytest

from bot.errors import NotFound
from services.git import stores
from services.git.repository import Mirrors
from tests.contracts.git.workbench import Workbench, text

LARGE = ("100644", hashlib.shake_128(b"noise").digest(300_000))


@pytest.fixture(params=["sends commits alone", "sends all"])
def remote(bench: Workbench, request: pytest.FixtureRequest) -> Workbench:
    """Serve commits without files as GitHub does, or as a server that cannot."""
    bench.git("config", "uploadpack.allowFilter", str("alone" in request.param).lower(), at="remote.git")
    return bench


def test_a_commit_on_a_branch_is_found_wherever_it_is_and_no_other(remote: Workbench, mirrors: Mirrors) -> None:
    first = remote.commit({"a": text()})
    second = remote.commit({"b": text()}, first)
    alone = remote.commit({"c": text()}, first)
    remote.publish(second, "refs/heads/feature/deep")
    remote.publish(alone, "refs/pull/7/head")
    found = {sha: mirrors.on_branch(remote.repository, sha) for sha in (first, second, alone, "f" * 40)}
    assert found == {first: True, second: True, alone: False, "f" * 40: False}
    with pytest.raises(NotFound):
        mirrors.tree(remote.repository, first)
    mirrors.fetch(remote.repository, [alone])
    assert mirrors.on_branch(remote.repository, alone) is False, "the mirror has it, and no branch"


def test_branches_that_move_and_disappear_are_followed(remote: Workbench, mirrors: Mirrors) -> None:
    first = remote.commit({"a": text()})
    gone, moved = remote.commit({"b": text()}, first), remote.commit({"c": text()}, first)
    remote.publish(gone, "refs/heads/feature")
    remote.publish(moved, "refs/heads/main")
    assert [mirrors.on_branch(remote.repository, sha) for sha in (gone, moved)] == [True, True]
    remote.git("update-ref", "-d", "refs/heads/feature", at="remote.git")
    remote.publish(first, "refs/heads/feature/deep")  # where the other's name was
    remote.publish(first, "refs/heads/main")
    assert [mirrors.on_branch(remote.repository, sha) for sha in (first, gone, moved)] == [True, False, False]


def test_too_large_an_answer_is_unknown_and_not_requested_again(
    bench: Workbench, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = bench.publish(bench.commit({"large": LARGE}))
    monkeypatch.setattr(stores, "LARGEST", 100_000)
    assert mirrors.on_branch(bench.repository, sha) is None, "this server sends the file, too"
    bench.git("config", "uploadpack.allowFilter", "true", at="remote.git")
    assert mirrors.on_branch(bench.repository, sha) is None
    monkeypatch.setattr(stores, "REMEMBERED", -1)
    assert mirrors.on_branch(bench.repository, sha) is True
