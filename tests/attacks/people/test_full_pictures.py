"""Endless pictures and pages that strangers have made, and the pictures of reports, which stay."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments.experiment import Repository
from services.files import secret_names
from services.files.images import SIGNATURE, PlotFiles
from services.files.pages import PageFiles
from tests.attacks.people.test_forks_in_pulls import of_a_fork
from tests.conversations.results.test_landing import trained
from tests.world.project import PARAMS
from tests.world.world import PullRequest, World

OURS, THEIRS = Repository(7, "octo/iris", 1), Repository(8, "mallory/mine", 1)
SIZE = 100_000
Keep = Callable[[int, Repository, bool], str]


def keeping(folder: Path, kind: type[PlotFiles] | type[PageFiles]) -> Keep:
    """Return a function that stores the picture or page of a number; a number always gives the same content."""
    files = kind(folder, b"secret", "https://bot.test")

    def keep(number: int, repository: Repository, guest: bool = False) -> str:
        content = f"{number:08d}" * (SIZE // 8)
        if isinstance(files, PlotFiles):
            address = files.keep(SIGNATURE + content.encode(), repository, guest)
        else:
            address = files.keep(content, repository, guest)
        path = files.path(re.sub(r".*/|\..*", "", address))
        assert path and path.stat().st_size >= SIZE
        os.utime(path, (number, number))  # in this order
        return path.name

    return keep


@pytest.mark.parametrize("kind", [PlotFiles, PageFiles])
def test_guests_fill_only_their_own_limit_and_their_oldest_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[PlotFiles] | type[PageFiles]
) -> None:
    monkeypatch.setattr(secret_names, "GUESTS", 5 * SIZE)
    keep = keeping(tmp_path, kind)
    ours = [keep(number, OURS, False) for number in range(10)]
    same = keep(100, OURS, True)
    assert keep(100, OURS, False) == same, "who writes shows the same"
    guests = [keep(number, OURS, True) for number in range(101, 120)]
    there = {each.name for each in tmp_path.iterdir() if each.is_file()}
    assert {*ours, same} <= there
    assert {guests[-1]} <= there & {*guests} <= {*guests[-4:]}
    assert len(list((tmp_path / ".of" / "7.guests").iterdir())) <= 4


@pytest.mark.parametrize("kind", [PlotFiles, PageFiles])
def test_one_repository_displaces_nothing_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[PlotFiles] | type[PageFiles]
) -> None:
    monkeypatch.setattr(secret_names, "MOST", 5 * SIZE)
    keep = keeping(tmp_path, kind)
    ours = [keep(number, OURS, False) for number in range(3)]
    theirs = [keep(number, THEIRS, False) for number in range(20)]
    assert ours == theirs[:3]
    there = {each.name for each in tmp_path.iterdir() if each.is_file()}
    assert {*ours, theirs[-1]} <= there
    assert len(there - {".lock"}) <= 3 + 4


def test_people_without_write_permission_and_forks_are_guests(world: World, pull: PullRequest) -> None:
    folder = world.wired.settings.data_dir / "plots" / ".of"
    own, guests = folder / f"{world.repository.id}", folder / f"{world.repository.id}.guests"

    def new(those: Path) -> bool:
        """Return whether there are more of them than before."""
        now = len(list(those.iterdir())) if those.exists() else 0
        was, seen[those] = seen.get(those, 0), now
        return now > was

    seen = dict[Path, int]()
    pull.push(trained(PARAMS.replace("lr: 0.1 ", "lr: 0.2 "), 0.91))
    world.work()
    assert "<img" in pull.overview
    assert (new(own), new(guests)) == (True, False)
    pull.comment("/plots", by=World.reader)
    assert "<img" in pull.reply
    assert (new(own), new(guests)) == (False, True)
    pull.comment("/plots HEAD main")
    assert "<img" in pull.reply
    assert (new(own), new(guests)) == (True, False)
    foreign = of_a_fork(world, pull)
    assert "<img" in foreign.overview
    foreign.comment("/plots HEAD main")
    assert "<img" in foreign.reply
    assert (new(own), new(guests)) == (False, True)


def test_a_deleted_picture_is_drawn_again_for_the_overview(world: World, pull: PullRequest) -> None:
    pull.push(trained(PARAMS.replace("lr: 0.1 ", "lr: 0.2 "), 0.91))
    world.work()
    found = re.search(r"/plots/(\w+\.png)", pull.overview)
    assert found
    picture = world.wired.settings.data_dir / "plots" / found[1]
    picture.unlink()
    world.sandbox.close_pull("grace/digits", pull.number, World.maintainer)
    pull.reopen()
    assert picture.exists()
