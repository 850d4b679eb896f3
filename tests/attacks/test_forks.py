"""What forks bring into the mirror of a repository: not much at once."""

import hashlib
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.ports import Pull
from services import forks
from services.git import Mirrors
from services.mirrors import Mirror
from tests.contracts.workbench import Files, Workbench, text
from tests.world.project import git
from tests.world.world import PullRequest, World

LARGE = ("100644", hashlib.shake_128(b"noise").digest(200_000))


def pull_at(bench: Workbench, base: str, head: str, number: int = 7) -> Pull:
    bench.publish(base)
    bench.publish(head, f"refs/pull/{number}/head")
    return Pull(number, "open", head, "mine", base, "main", True, "main", bench.repository)


def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "42.git")


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_more_than_a_fork_may_bring_is_refused_and_leaves_nothing(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "LARGEST", 100_000)
    base = bench.commit({"a": text()})
    pull = pull_at(bench, base, bench.commit({"large": LARGE}, base))
    with pytest.raises(UserError, match="brings more than is taken from a fork"):
        mirrors.fetch_pull(pull)
    assert mirror(tmp_path).missing([pull.head, base]) == {pull.head}
    assert size(mirror(tmp_path).folder) < 100_000
    monkeypatch.setattr(forks, "LARGEST", 10**9)
    with pytest.raises(UserError, match="brings more than is taken from a fork"):
        mirrors.fetch_pull(pull)  # not once more within an hour, whoever asks
    mirrors.fetch_pull(pull_at(bench, base, bench.commit({"small": text()}, base)))


def test_many_small_files_count_together(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "LARGEST", 100_000)
    base = bench.commit({"a": text()})
    some: Files = {f"{number}": ("100644", LARGE[1][number * 5_000 :][:5_000]) for number in range(40)}
    with pytest.raises(UserError):
        mirrors.fetch_pull(pull_at(bench, base, bench.commit(some, base)))
    assert size(mirror(tmp_path).folder) < 100_000


def of_a_fork(world: World, pull: PullRequest) -> PullRequest:
    """The head of a pull request with another message, from an outsider."""
    fork = world.sandbox.add_repository("mallory/digits", parent="grace/digits", private=True)
    own = git(fork.repository.folder, "commit-tree", "-p", pull.head, "-m", "Mine", f"{pull.head}^{{tree}}")
    fork.git("update-ref", "refs/heads/mine", own)
    opened = world.sandbox.open_pull("grace/digits", "mallory:mine", "main", "Mine", "", World.outsider)
    world.work()
    return PullRequest(world, opened.number, pull.tree)


def test_a_fork_that_brings_too_much_is_told(world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "LARGEST", 100)
    foreign = of_a_fork(world, pull)
    said = foreign.status()
    assert said is not None and said.description is not None
    assert (said.state, "is not looked at: it brings more" in said.description) == ("error", True)
    foreign.comment("/params", World.reader)
    assert "brings more than is taken from a fork" in foreign.reply
