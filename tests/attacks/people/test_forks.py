"""Commits of forks' pull requests: a limited amount, stored apart, and only while the pull request is open."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.errors import NotFound, TryLater, UserError
from bot.ports.git_host import PullRequest
from services.git import stores
from services.git.command import GitFailed, git
from services.git.mirror import Mirror
from services.git.repository import Mirrors
from services.git.stores import Stores
from tests.contracts.git.workbench import Files, Workbench, text

NOISE = hashlib.shake_128(b"noise").digest(200_000)
LARGE = ("100644", NOISE)


def pull_at(bench: Workbench, base: str, head: str, number: int = 7, state: str = "open") -> PullRequest:
    bench.publish(base)
    bench.publish(head, f"refs/pull/{number}/head")
    return PullRequest(number, state, head, "mine", base, "main", True, "main", bench.repository)


def looks(mirrors: Mirrors, pull: PullRequest) -> Sequence[str]:
    """Return the files that this pull request changes."""
    with mirrors.reading(pull) as seen:
        seen.fetch_pull(pull)
        return seen.changed(pull.repository, seen.merge_base(pull.repository, pull.base, pull.head), pull.head)


def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "42.git")


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def kept(tmp_path: Path) -> list[str]:
    """Return the stores that exist, and any remains of others."""
    return sorted(each.name for each in (tmp_path / "mirrors" / "42.forks").iterdir())


def bound(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(stores, "LARGEST", most)


def test_a_fork_that_sends_too_much_is_refused_and_leaves_nothing(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound(monkeypatch, 100_000)
    base = bench.commit({"a": text()})
    pull = pull_at(bench, base, bench.commit({"large": LARGE}, base))
    with pytest.raises(UserError, match="brings more than is taken from a fork"):
        looks(mirrors, pull)
    assert kept(tmp_path) == [f"{pull.head}.refused"]
    bound(monkeypatch, 10**9)
    monkeypatch.setattr(stores, "ALL", 10**10)
    with pytest.raises(UserError, match="brings more than is taken from a fork"):
        looks(mirrors, pull)  # not again within an hour, whoever asks
    assert looks(mirrors, pull_at(bench, base, bench.commit({"small": text()}, base))) == ("small",)


def test_many_small_files_count_together(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound(monkeypatch, 100_000)
    base = bench.commit({"a": text()})
    some: Files = {f"{number}": ("100644", NOISE[number * 5_000 :][:5_000]) for number in range(40)}
    with pytest.raises(UserError):
        looks(mirrors, pull_at(bench, base, bench.commit(some, base)))
    assert size(tmp_path / "mirrors") < 100_000


def test_a_forks_commits_never_reach_the_mirror_and_are_gone_once_it_is_closed(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path
) -> None:
    base = bench.commit({"a": text()})
    below = bench.commit({"b": text("b")}, base)
    head = bench.commit({"large": LARGE}, below)
    pull = pull_at(bench, base, head)
    with mirrors.reading(pull) as seen:
        seen.fetch(pull.repository, [head, below, base])  # as handlers ask for named commits
        assert seen.history(pull.repository, base, head, 9) == [head, below]
        assert seen.read(pull.repository, head, "large") == NOISE
    for sha in (head, below):
        with pytest.raises(NotFound):
            mirrors.tree(pull.repository, sha)
    assert mirror(tmp_path).missing([head, below, base]) == {head, below}
    assert not (mirror(tmp_path).folder / "objects" / "info" / "alternates").exists()
    assert kept(tmp_path) == ["7.git"] and size(tmp_path / "mirrors") > len(NOISE)
    looks(mirrors, pull_at(bench, base, head, state="closed"))
    assert kept(tmp_path) == [] and size(tmp_path / "mirrors") < len(NOISE)
    assert looks(mirrors, pull) == ("b", "large"), "it was opened again"
    later = bench.publish(bench.commit({"c": text()}, base), "refs/heads/later")
    mirrors.fetch(pull.repository, [later])
    assert mirrors.changed(pull.repository, base, later) == ("c",), "and the mirror is none the worse"


def test_twenty_heads_of_one_fork_stay_within_the_limit(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git sends the same large file with each of them: they have nothing in common but the base."""
    bound(monkeypatch, 300_000)
    base = bench.commit({"a": text()})
    for number in range(20):
        pull = pull_at(bench, base, bench.commit({"large": LARGE, "n": text(f"{number}")}, base))
        assert looks(mirrors, pull) == ("large", "n")
        assert size(tmp_path / "mirrors") < 2 * 300_000
    monkeypatch.setattr(stores, "FILES", 6)
    for number in range(5):
        assert looks(mirrors, pull_at(bench, base, bench.commit({"n": text(f"small {number}")}, base))) == ("n",)
        assert len([*(tmp_path / "mirrors" / "42.forks" / "7.git" / "objects" / "pack").iterdir()]) <= 9


def test_many_pull_requests_share_one_limit(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = bench.commit({"a": text()})
    pulls = [pull_at(bench, base, bench.commit({"n": text(f"{n}")}, base), n) for n in range(1, 7)]
    monkeypatch.setattr(stores, "NUMBER", 3)
    for pull in [*pulls, pulls[0]]:
        assert looks(mirrors, pull) == ("n",)
        assert len(kept(tmp_path)) <= 3
    assert kept(tmp_path) == ["1.git", "5.git", "6.git"], "the ones that were used last"
    bound(monkeypatch, 300_000)
    monkeypatch.setattr(stores, "ALL", 1_500_000)
    for n in range(8, 14):
        looks(mirrors, pull_at(bench, base, bench.commit({"large": LARGE, "n": text(f"{n}")}, base), n))
        assert size(tmp_path / "mirrors" / "42.forks") < 600_000


def test_a_store_in_use_is_not_deleted(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = bench.commit({"a": text()})
    one, other = (pull_at(bench, base, bench.commit({"n": text(f"{n}")}, base), n) for n in (7, 8))
    monkeypatch.setattr(stores, "NUMBER", 1)
    monkeypatch.setattr(stores, "UNUSED", -1)
    with mirrors.reading(one) as seen:
        seen.fetch_pull(one)
        with pytest.raises(TryLater):
            looks(mirrors, other)
        looks(mirrors, pull_at(bench, base, one.head, state="closed"))
        mirrors.sweep()
        assert seen.changed(one.repository, base, one.head) == ("n",)
    assert looks(mirrors, other) == ("n",)
    assert "7.git" not in kept(tmp_path)


def test_commits_that_another_pull_request_has_survive_the_closing_of_one(bench: Workbench, mirrors: Mirrors) -> None:
    """This includes a maintainer's baseline that was first fetched for a fork."""
    base = bench.commit({"a": text()})
    head = bench.commit({"n": text()}, base)
    theirs, others = pull_at(bench, base, head, 7), pull_at(bench, base, head, 8)
    assert looks(mirrors, theirs) == looks(mirrors, others) == ("n",)
    bench.publish(head, "refs/heads/tune")
    ours = PullRequest(9, "open", head, "tune", base, "main", False, "main", bench.repository)
    assert looks(mirrors, ours) == ("n",)
    looks(mirrors, pull_at(bench, base, head, 7, "closed"))
    assert looks(mirrors, others) == ("n",)
    looks(mirrors, pull_at(bench, base, head, 8, "closed"))
    assert mirrors.changed(bench.repository, base, head) == ("n",)


def test_an_unused_store_is_deleted_and_fetched_again(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = bench.commit({"a": text()})
    pull = pull_at(bench, base, bench.commit({"n": text()}, base))
    looks(mirrors, pull)
    left = tmp_path / "mirrors" / "42.forks" / "8.0badcafe.gone"  # by a process that was killed while it deleted
    left.mkdir()
    mirrors.sweep()
    assert kept(tmp_path) == ["7.git"]
    monkeypatch.setattr(stores, "UNUSED", -1)
    mirrors.sweep()
    assert kept(tmp_path) == []
    assert looks(mirrors, pull) == ("n",)


def test_a_moved_folder_is_read_as_before(bench: Workbench, mirrors: Mirrors, tmp_path: Path) -> None:
    base = bench.commit({"a": text()})
    pull = pull_at(bench, base, bench.commit({"n": text()}, base))
    looks(mirrors, pull)
    (tmp_path / "mirrors").rename(tmp_path / "elsewhere")
    moved = Mirrors(tmp_path / "elsewhere", lambda _: "", lambda _: "", lambda _: None)
    bench.git("update-ref", "-d", "refs/pull/7/head", at="remote.git")
    assert looks(moved, pull) == ("n",)


def test_an_incomplete_store_is_made_again(bench: Workbench, mirrors: Mirrors, tmp_path: Path) -> None:
    base = bench.commit({"a": text()})
    looks(mirrors, pull_at(bench, base, bench.commit({"n": text()}, base)))
    store = Stores(mirror(tmp_path)).folder / "7.git"
    for pack in (store / "objects" / "pack").iterdir():
        pack.unlink()
    pull = pull_at(bench, base, bench.commit({"m": text()}, base))
    with pytest.raises(GitFailed):
        looks(mirrors, pull)
    assert looks(mirrors, pull) == ("m",), "the next try finds nothing of it"


def test_a_forks_commits_cannot_be_pushed(bench: Workbench, mirrors: Mirrors) -> None:
    base = bench.commit({"a": text()})
    pull = pull_at(bench, base, bench.commit({"n": text()}, base))
    with mirrors.reading(pull) as seen:
        seen.fetch_pull(pull)
        with pytest.raises(NotFound):
            seen.push(pull.repository, pull.head, "refs/heads/mine")
        with pytest.raises(NotFound):
            seen.commit(pull.repository, pull.head, "Words", "studio[bot]", 1.0, {"x": "y"})
    with pytest.raises(ValueError, match="no place in the mirror"):
        mirrors.fetch_pull(pull)


def test_a_mirrors_own_maintenance_deletes_nothing(bench: Workbench, mirrors: Mirrors, tmp_path: Path) -> None:
    """Commits that no ref reaches may be about to be used, and forks' stores borrow them."""
    sha = bench.publish(bench.commit({"a": text()}))
    mirrors.fetch(bench.repository, [sha])
    folder = mirror(tmp_path).folder
    loose = git(folder, "hash-object", "-w", "--stdin", feed=b"nobody's").decode().strip()
    for file in (folder / "objects").glob("??/*"):
        os.utime(file, (1, 1))
    git(folder, "config", "gc.autoPackLimit", "1")
    git(folder, "config", "fetch.unpackLimit", "1")
    for number in range(4):
        mirrors.fetch(bench.repository, [bench.publish(bench.commit({"a": text(f"{number}")}, sha))])
    assert len([*(folder / "objects" / "pack").glob("*.pack")]) < 4, "it was tidied"
    assert git(folder, "cat-file", "blob", loose) == b"nobody's"
