"""Pull requests of forks from end to end: what the bot says about them, and what is kept of them."""

import hashlib
import os
from pathlib import Path
from time import time

import pytest

import clock
from services.git import stores
from tests.world.project import git
from tests.world.world import PullRequest, World

NOISE = hashlib.shake_128(b"noise").digest(400_000)


def fork(world: World) -> Path:
    """Return the outsider's own repository."""
    name = "mallory/digits"
    known = [each.folder for each in world.sandbox.state.repositories.values() if each.full_name == name]
    return known[0] if known else world.sandbox.add_repository(name, parent="grace/digits").repository.folder


def of_a_fork(world: World, pull: PullRequest, content: bytes = b"") -> PullRequest:
    """Return the head of a pull request with one more file, from an outsider."""
    folder = fork(world)
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=content)
    listing = f"{git(folder, 'ls-tree', pull.head)}\n100644 blob {blob}\tmine\n"
    tree = git(folder, "mktree", stdin=listing.encode())
    return opened(world, pull, git(folder, "commit-tree", "-p", pull.head, "-m", "Mine", tree))


def opened(world: World, pull: PullRequest, head: str) -> PullRequest:
    """Open a pull request of the outsider's fork at this commit, and return it."""
    branch = f"mine-{head[:7]}"
    git(fork(world), "update-ref", f"refs/heads/{branch}", head)
    made = world.sandbox.open_pull("grace/digits", f"mallory:{branch}", "main", "Mine", "", World.outsider)
    world.work()
    return PullRequest(world, made.number, pull.tree)


def kept(world: World) -> list[str]:
    """Return the stores of pull requests, and any remains of others."""
    folder = world.wired.settings.data_dir / "mirrors" / f"{world.repository.id}.forks"
    return sorted(each.name for each in folder.iterdir() if each.name != "branches.git")


def test_a_fork_that_sends_too_much_is_reported(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "LARGEST", 200_000)
    foreign = of_a_fork(world, pull, NOISE)
    said = foreign.status()
    assert said is not None and said.description is not None
    assert (said.state, "is not looked at: it brings more" in said.description) == ("error", True)
    foreign.comment("/params", World.reader)
    assert "brings more than is taken from a fork" in foreign.reply
    assert [each.partition(".")[2] for each in kept(world)] == ["refused"]


def test_a_forks_commits_are_deleted_when_its_pull_request_is_closed_and_fetched_again_later(
    world: World, pull: PullRequest
) -> None:
    foreign = of_a_fork(world, pull)
    assert foreign.overview
    assert kept(world) == [f"{foreign.number}.git"]
    world.sandbox.close_pull("grace/digits", foreign.number, World.outsider)
    world.work()
    assert kept(world) == []
    foreign.comment("/params", World.reader)
    assert "train.lr" in foreign.reply, "who asks yet is answered"
    assert kept(world) == []
    foreign.reopen()
    foreign.comment("/params", World.reader)
    assert "train.lr" in foreign.reply
    assert kept(world) == [f"{foreign.number}.git"]


def test_the_clock_deletes_stores_that_nobody_reads(world: World, pull: PullRequest) -> None:
    """GitHub's webhook about the closing may never have arrived."""
    foreign = of_a_fork(world, pull)
    clock.look(world.wired, time())
    assert kept(world) == [f"{foreign.number}.git"]
    yesterday = time() - 25 * 3600
    folder = world.wired.settings.data_dir / "mirrors" / f"{world.repository.id}.forks"
    os.utime(folder / f"{foreign.number}.git", (yesterday, yesterday))
    clock.look(world.wired, time())
    assert kept(world) == []
    foreign.comment("/params", World.reader)
    assert "train.lr" in foreign.reply


def test_a_maintainers_run_keeps_its_baseline_when_a_fork_that_had_it_first_is_closed(
    world: World, pull: PullRequest
) -> None:
    foreign = of_a_fork(world, pull)
    world.bare.git("update-ref", "refs/heads/same", f"refs/pull/{foreign.number}/head")
    number = world.sandbox.open_pull("grace/digits", "same", "main", "Ours", "", World.maintainer).number
    world.work()
    ours = PullRequest(world, number, pull.tree)
    ours.comment("/run -S train.lr=0.5")
    world.sandbox.close_pull("grace/digits", foreign.number, World.outsider)
    world.work()
    assert kept(world) == []
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert [run.state for run in ours.runs] == ["succeeded"]


def test_a_fork_at_an_old_commit_of_a_branch_sets_no_status(world: World, pull: PullRequest) -> None:
    """Nothing of this branch was ever fetched, and its newest commit is another one."""
    folder, foreign = world.repository.folder, of_a_fork(world, pull)
    old = git(folder, "commit-tree", "-p", "main", "-m", "Old", "main^{tree}")
    new = git(folder, "commit-tree", "-p", old, "-m", "New", "main^{tree}")
    world.bare.git("update-ref", "refs/heads/stable", new)
    git(fork(world), "fetch", str(folder), new)
    theirs = opened(world, pull, old)
    assert theirs.overview
    assert theirs.status() is None
    assert foreign.status() is not None, "of a commit that only the fork has"


def test_branches_with_too_many_commits_are_not_searched_and_no_status_is_set(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = world.repository.folder
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=NOISE)
    tree = git(folder, "mktree", stdin=f"100644 blob {blob}\tlarge\n".encode())
    words = NOISE.hex().encode()
    world.bare.git("update-ref", "refs/heads/pages", git(folder, "commit-tree", tree, "-m", "Pages"))
    monkeypatch.setattr(stores, "LARGEST", 200_000)
    assert of_a_fork(world, pull).status() is not None, "files of branches are not fetched"
    world.bare.git("update-ref", "refs/heads/wordy", git(folder, "commit-tree", tree, "-F", "-", stdin=words))
    other = of_a_fork(world, pull, b"other")
    assert other.overview
    assert other.status() is None
