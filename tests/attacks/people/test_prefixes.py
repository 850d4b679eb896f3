"""A few characters in a comment must not fetch everything that a repository has."""

import hashlib
import os
from pathlib import Path

import pytest

from services.git import stores
from tests.attacks.people.test_forks_in_pulls import of_a_fork
from tests.world.project import git
from tests.world.world import PullRequest, World

SIZE = 300_000


def branch(world: World, name: str) -> list[str]:
    """Push a branch or tag with an incompressible file, and return its two commits, the newest last."""
    folder = world.repository.folder
    noise = hashlib.shake_128(name.encode()).digest(SIZE)
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=noise)
    listing = f"{git(folder, 'ls-tree', 'main')}\n100644 blob {blob}\tlarge\n"
    tree = git(folder, "mktree", stdin=listing.encode())
    first = git(folder, "commit-tree", "-p", "main", "-m", f"{name} begins", tree)
    last = git(folder, "commit-tree", "-p", first, "-m", name, tree)
    world.bare.git("update-ref", f"refs/{name}", last)
    return [first, last]


def unused(world: World) -> str:
    """Return four digits with which no object of the repository begins."""
    taken = git(world.repository.folder, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    return next(f"{n:04x}" for n in range(0x10000) if not any(sha.startswith(f"{n:04x}") for sha in taken))


def filled(world: World) -> int:
    """Return the bytes of all mirrors and stores."""
    folder, sizes = world.wired.settings.data_dir / "mirrors", 0
    for place, _, names in os.walk(folder):
        sizes += sum((Path(place) / name).lstat().st_size for name in names)
    return sizes


def test_the_beginning_of_no_commit_fetches_nothing_large(world: World, pull: PullRequest) -> None:
    assert pull.overview
    foreign = of_a_fork(world, pull)
    for number in range(5):
        branch(world, f"heads/data-{number}")
        branch(world, f"tags/v{number}")
    before = filled(world)
    foreign.comment(f"/diff {unused(world)}", World.reader)
    assert "No experiment, branch, tag or commit" in foreign.reply
    pull.comment(f"/plots {unused(world)}")
    assert "No experiment, branch, tag or commit" in pull.reply
    assert filled(world) - before < SIZE


@pytest.mark.parametrize("name", ["heads/other", "tags/v1"])
def test_a_reader_finds_every_commit_of_branches_and_tags(world: World, pull: PullRequest, name: str) -> None:
    first, last = branch(world, name)
    for word in (first[:7], last[:7], name.partition("/")[2]):
        pull.comment(f"/diff main {word}", World.reader)
        reply = pull.reply
        assert "No experiment" not in reply
        assert word in reply


def test_named_commits_are_fetched_for_readers_within_limits(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pull.overview
    branch(world, "heads/pages")
    monkeypatch.setattr(stores, "LARGEST", SIZE // 2)
    before = filled(world)
    for _ in range(2):
        pull.comment("/diff pages", World.reader)
        assert "is not looked at: it brings more than is fetched for people who cannot write here" in pull.reply
    assert filled(world) - before < SIZE
    pull.comment("/diff pages")
    assert "not looked at" not in pull.reply
    assert filled(world) - before > SIZE
    pull.comment("/diff pages", World.reader)
    assert "not looked at" not in pull.reply


def test_where_there_are_too_many_commits_only_writers_find_those_of_other_branches(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pull.overview
    words = hashlib.shake_128(b"words").digest(SIZE).hex().encode()
    folder = world.repository.folder
    first = git(folder, "commit-tree", "-p", "main", "-m", "First", "main^{tree}")
    last = git(folder, "commit-tree", "-p", first, "-F", "-", "main^{tree}", stdin=words)
    world.bare.git("update-ref", "refs/heads/wordy", last)
    monkeypatch.setattr(stores, "LARGEST", SIZE // 2)
    pull.comment(f"/diff {first[:7]}", World.reader)
    assert "this repository has too many commits to look for one that begins so" in pull.reply
    pull.comment(f"/diff {first[:7]}")
    assert "No experiment" not in pull.reply
    pull.comment(f"/diff {pull.head[:7]} main", World.reader)
    assert "No experiment" not in pull.reply
