"""Whether a branch of the remote has a commit, found without a file of it, and with nothing of it in the mirror."""

import hashlib

import pytest

from bot.errors import NotFound
from services.git import stores
from services.git.repository import Mirrors
from tests.contracts.git.workbench import Workbench, text

LARGE = ("100644", hashlib.shake_128(b"noise").digest(300_000))


@pytest.fixture(params=["sends commits alone", "sends all"])
def remote(bench: Workbench, request: pytest.FixtureRequest) -> Workbench:
    """GitHub sends commits without files; a server that can't is told by nothing else."""
    bench.git("config", "uploadpack.allowFilter", str("alone" in request.param).lower(), at="remote.git")
    return bench


def test_a_commit_of_a_branch_is_known_wherever_in_it_and_no_other(remote: Workbench, mirrors: Mirrors) -> None:
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


def test_branches_that_move_and_go_are_followed(remote: Workbench, mirrors: Mirrors) -> None:
    first = remote.commit({"a": text()})
    gone, moved = remote.commit({"b": text()}, first), remote.commit({"c": text()}, first)
    remote.publish(gone, "refs/heads/feature")
    remote.publish(moved, "refs/heads/main")
    assert [mirrors.on_branch(remote.repository, sha) for sha in (gone, moved)] == [True, True]
    remote.git("update-ref", "-d", "refs/heads/feature", at="remote.git")
    remote.publish(first, "refs/heads/feature/deep")  # where the other's name was
    remote.publish(first, "refs/heads/main")
    assert [mirrors.on_branch(remote.repository, sha) for sha in (first, gone, moved)] == [True, False, False]


def test_what_is_too_much_is_not_known_and_not_tried_again(
    bench: Workbench, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = bench.publish(bench.commit({"large": LARGE}))
    monkeypatch.setattr(stores, "LARGEST", 100_000)
    assert mirrors.on_branch(bench.repository, sha) is None, "this server sends the file, too"
    bench.git("config", "uploadpack.allowFilter", "true", at="remote.git")
    assert mirrors.on_branch(bench.repository, sha) is None
    monkeypatch.setattr(stores, "REMEMBERED", -1)
    assert mirrors.on_branch(bench.repository, sha) is True
