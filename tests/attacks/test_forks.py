"""What forks bring into the mirror of a repository: not much, and not for ever."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.events import PullChanged
from bot.ports import Pull
from experiments.experiment import Repository
from handlers.closing import GRACE
from services import forks
from services.git import Mirrors
from services.mirrors import Mirror
from tests.contracts.workbench import Files, Workbench, text
from tests.world.project import git
from tests.world.world import PullRequest, World

LARGE = ("100644", hashlib.shake_128(b"noise").digest(200_000))


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench.make(tmp_path / "bench")


@pytest.fixture
def mirrors(tmp_path: Path) -> Mirrors:
    return Mirrors(tmp_path / "mirrors", lambda _: "", lambda _: "", lambda _: None)


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


def test_the_disk_is_free_again_when_the_pull_request_is_over(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = bench.commit({"a": text()})
    pull = pull_at(bench, base, bench.commit({"large": LARGE}, base))
    mirrors.fetch_pull(pull)
    mirrors.tidy(bench.repository)
    assert not mirror(tmp_path).missing([pull.head, base]), "it is still open"
    assert mirrors.forget_fork(pull)
    mirrors.tidy(bench.repository)
    assert size(mirror(tmp_path).folder) > len(LARGE[1]), "so young a commit may be what somebody is just bringing in"
    monkeypatch.setattr(forks, "AGE", "now")
    mirrors.tidy(bench.repository)
    assert size(mirror(tmp_path).folder) < 100_000
    assert not mirrors.forget_fork(pull), "done again it does nothing"
    mirrors.fetch_pull(pull)
    assert not mirror(tmp_path).missing([pull.head])


def test_only_the_newest_heads_of_a_fork_are_kept(bench: Workbench, mirrors: Mirrors, tmp_path: Path) -> None:
    base = bench.commit({"a": text()})
    heads = [bench.commit({"a": text(str(number))}, base) for number in range(forks.HEADS + 3)]
    for head in heads:
        mirrors.fetch_pull(pull_at(bench, base, head))
    assert mirror(tmp_path).missing(heads) == set(heads[:3])


def test_what_others_have_too_stays(
    bench: Workbench, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "AGE", "now")
    base = bench.commit({"a": text()})
    first = pull_at(bench, base, bench.commit({"b": text()}, base))
    second = pull_at(bench, base, bench.commit({"c": text()}, first.head), number=8)
    same = pull_at(bench, base, first.head, number=9)
    for pull in (first, second, same):
        mirrors.fetch_pull(pull)
    mirrors.forget_fork(first)
    mirrors.tidy(bench.repository)
    assert not mirror(tmp_path).missing([base, second.head])
    assert mirrors.read(bench.repository, second.head, "b") == b"x\n"
    mirrors.fetch_pull(same)
    assert mirrors.read(bench.repository, same.head, "b") == b"x\n"


@pytest.fixture
def world(tmp_path: Path, redis_url: str) -> Iterator[World]:
    made = World(tmp_path, redis_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def pull(world: World) -> PullRequest:
    made = world.pull_request()
    world.work()
    return made


def of_a_fork(world: World, pull: PullRequest) -> PullRequest:
    """The head of a pull request with another message, from an outsider."""
    fork = world.sandbox.add_repository("mallory/digits", parent="grace/digits", private=True)
    own = git(fork.repository.folder, "commit-tree", "-p", pull.head, "-m", "Mine", f"{pull.head}^{{tree}}")
    fork.git("update-ref", "refs/heads/mine", own)
    opened = world.sandbox.open_pull("grace/digits", "mallory:mine", "main", "Mine", "", World.outsider)
    world.work()
    return PullRequest(world, opened.number, pull.tree)


def asking(world: World) -> Repository:
    """The repository as events name it."""
    event = world.understood("pull_request", world.delivered("pull_request").payload)
    assert isinstance(event, PullChanged)
    return event.repository


def is_here(world: World, sha: str) -> bool:
    return not Mirror(world.folder / "data" / "mirrors" / f"{world.repository.id}.git").missing([sha])


def test_a_fork_whose_pull_request_is_over_is_forgotten_within_minutes(world: World, pull: PullRequest) -> None:
    foreign = of_a_fork(world, pull)
    head = world.wired.ports.github.pull(asking(world), foreign.number).head
    assert foreign.overviews and is_here(world, head)
    with world.ago(GRACE + 1):
        world.sandbox.close_pull("grace/digits", foreign.number, World.outsider)
    world.work()
    assert not is_here(world, head)
    assert is_here(world, pull.head)
    foreign.comment("/params", World.reader)
    assert "train.lr" in foreign.reply
    assert not is_here(world, head), "and a minute later it is forgotten again"


def test_a_fork_that_brings_too_much_is_told(world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "LARGEST", 100)
    foreign = of_a_fork(world, pull)
    said = foreign.status()
    assert said is not None and said.description is not None
    assert (said.state, "is not looked at: it brings more" in said.description) == ("error", True)
    foreign.comment("/params", World.reader)
    assert "brings more than is taken from a fork" in foreign.reply
