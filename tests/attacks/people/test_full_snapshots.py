"""Commits of a few bytes that are read into snapshots so large that they would fill the bot's disk."""

import os
from collections.abc import Sequence
from pathlib import Path
from time import time

import pytest

import clock
from experiments.experiment import Repository
from experiments.projects import ROOT
from services.dvc import kept
from services.dvc.snapshots import DvcSnapshots
from services.git.stores import SNAPSHOTS
from tests.attacks.people.test_forks_in_pulls import fork
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, LocalGit, Workbench, md5, pack
from tests.world.project import git, write
from tests.world.world import PullRequest, World

LINES = "y\n" + "1.5\n" * 3_000
PROJECT = {".dvc/config": "", "dvc.yaml": "plots:\n- p: {y: {c.csv: y}}\n", "c.csv": LINES}
DAY = 24 * 3600
MOST = 160_000  # bytes: enough for four of PROJECT


class ForksGit(LocalGit):
    """Report the commits as those of a fork."""

    def brought(self, repository: Repository, shas: Sequence[str]) -> dict[str, Path]:
        return dict.fromkeys(shas, self.repository.with_name("store") / SNAPSHOTS)


def of_a_fork(world: World, pull: PullRequest, folder: Path, commits: int) -> PullRequest:
    """Return an outsider's pull request with commits that differ in one line."""
    theirs, tree = fork(world), folder / "theirs"
    git(folder, "clone", "-q", str(world.repository.folder), str(tree))
    git(tree, "checkout", "-q", "-B", "mine", pull.head)
    for number in range(commits):
        write(tree, {"long.csv": LINES, "seed": str(number)})
        git(tree, "add", "--all")
        git(tree, "commit", "-q", "-m", f"Mine {number}")
    git(tree, "push", "-q", str(theirs), "HEAD:refs/heads/mine")
    made = world.sandbox.open_pull("grace/digits", "mallory:mine", "main", "Mine", "", World.outsider)
    world.work()
    return PullRequest(world, made.number, pull.tree)


def filled(folder: Path) -> int:
    """Return the bytes of the snapshots in a folder."""
    return sum(each.stat().st_size for each in folder.rglob("*.json"))


def test_snapshots_of_a_fork_are_deleted_with_its_pull_request(world: World, pull: PullRequest, tmp_path: Path) -> None:
    assert pull.overview
    data, own = world.wired.settings.data_dir, tmp_path / "snapshots" / str(world.repository.id)
    before = sorted(own.iterdir())
    foreign = of_a_fork(world, pull, tmp_path, commits=3)
    foreign.comment("/show", World.reader)
    assert "Mine 2" in foreign.reply
    store = data / "mirrors" / f"{world.repository.id}.forks" / f"{foreign.number}.git"
    assert len(list((store / SNAPSHOTS).glob("*.json"))) == 3
    assert sorted(own.iterdir()) == before, "what both have is the repository's"
    world.sandbox.close_pull("grace/digits", foreign.number, World.outsider)
    world.work()
    assert not store.exists()
    foreign.comment("/params", World.reader)
    assert "train.lr" in foreign.reply, "who asks yet is answered"
    assert not store.exists()


def test_a_fork_fills_only_its_own_limit_and_displaces_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "BROUGHT", MOST)
    bench = Workbench(tmp_path)
    own = [bench.commit({**PROJECT, "seed": f"own {seed}"}) for seed in range(2)]
    bench.snapshots.take_all(REPOSITORY, own, ROOT, NOTHING)
    ours = filled(bench.kept)
    git = ForksGit(bench.mirror.repository)
    foreign, store = DvcSnapshots(git, bench.kept, isolate=False), git.repository.with_name("store")
    theirs = [bench.commit({"seed": f"theirs {seed}"}) for seed in range(10)]
    for some in (theirs[:8], theirs[8:]):
        assert all(each.plots for each in foreign.take_all(REPOSITORY, some, ROOT, NOTHING).values())
        assert 0 < filled(store) < MOST
    asked = git.checkouts
    assert foreign.take(REPOSITORY, theirs[-1], ROOT, NOTHING).plots
    assert git.checkouts == asked, "the newest are there"
    assert filled(bench.kept) == ours > 0


def test_of_a_repository_the_longest_unread_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "OWN", MOST)
    bench = Workbench(tmp_path)
    first = bench.commit({**PROJECT, "seed": "first"})
    many = [bench.commit({"seed": f"{seed}"}) for seed in range(6)]
    for some in (many[:2], many[2:4], many[4:]):
        bench.snapshots.take(REPOSITORY, first, ROOT, NOTHING)
        assert all(each.plots for each in bench.snapshots.take_all(REPOSITORY, some, ROOT, NOTHING).values())
        assert 0 < filled(bench.kept) < MOST
    asked = bench.mirror.checkouts
    bench.snapshots.take(REPOSITORY, first, ROOT, NOTHING)
    bench.snapshots.take_all(REPOSITORY, [first, many[-1]], ROOT, NOTHING)
    assert bench.mirror.checkouts == asked, "what is read stays"
    bench.snapshots.take(REPOSITORY, many[0], ROOT, NOTHING)
    assert bench.mirror.checkouts == asked + 1


def test_snapshots_that_no_commit_can_restore_are_deleted_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "OWN", MOST)
    bench, content = Workbench(tmp_path), '{"auc": 0.5}'
    lock = f"{{path: cached.json, hash: md5, md5: {md5(content)}, size: {len(content)}}}"
    trained = bench.commit(
        {
            ".dvc/config": "",
            "dvc.yaml": "stages:\n  s:\n    cmd: run\n    metrics: [cached.json]\n",
            "dvc.lock": f"schema: '2.0'\nstages:\n  s:\n    cmd: run\n    outs:\n    - {lock}\n",
        }
    )
    tar = pack(tmp_path / "a.tar", {"cached.json": content})
    bench.snapshots.take(REPOSITORY, trained, ROOT, NOTHING, tar)
    (bench.tree / "dvc.lock").unlink()
    many = [bench.commit({**PROJECT, "seed": f"{seed}"}) for seed in range(6)]
    bench.snapshots.take_all(REPOSITORY, many, ROOT, NOTHING)
    assert filled(bench.kept) < MOST
    assert bench.snapshots.take(REPOSITORY, trained, ROOT, NOTHING).metrics[0].values == {"auc": 0.5}


@pytest.mark.parametrize(("days", "stays"), [(29, True), (31, False)])
def test_the_clock_deletes_snapshots_that_nobody_reads(
    world: World, pull: PullRequest, tmp_path: Path, days: int, stays: bool
) -> None:
    assert pull.overview
    folder = tmp_path / "snapshots" / str(world.repository.id)
    then = time() - days * DAY
    for each in folder.iterdir():
        os.utime(each, (then, then))
    assert list(folder.iterdir())
    clock.look(world.wired, time())
    assert bool(list(folder.iterdir())) is stays
    pull.comment("/params", World.reader)
    assert "train.lr" in pull.reply
