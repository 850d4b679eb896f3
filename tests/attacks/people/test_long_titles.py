"""Titles of plots as long as a file may be: how much of them the bot keeps in the shared memory."""

import json
import re
from pathlib import Path

import pytest

from sandbox import gitfolder, pushes
from tests.attacks.people.test_forks_in_pulls import fork
from tests.contracts.snapshots.snapshot_projects import Workbench
from tests.world.project import git, write
from tests.world.world import PullRequest, World

LONG = "T" * 100_000
FEW = 300  # characters, and two plots of one name can still be distinguished
PLOTS = "plots:\n" + "".join(f"- p{n}: {{y: {{c.csv: y}}, title: '{LONG}{n}'}}\n" for n in range(3))


def remembered(world: World) -> dict[str, int]:
    """Return the keys of memos about drawn pictures, with their bytes."""
    keys = [key for key in world.wired.redis.scan_iter() if b"pictures" in key or b"drawn" in key]
    return {key.decode(): int(world.wired.redis.strlen(key)) for key in keys}


def pushed(world: World, tree: Path, number: int) -> str:
    """Push other numbers with the same long titles to the outsider's fork, and return the commit."""
    (theirs,) = [each for each in world.sandbox.state.repositories.values() if each.full_name == "mallory/digits"]
    before = gitfolder.refs(theirs)
    write(tree, {"c.csv": "y\n" + "".join(f"{n + number}\n" for n in range(5))})
    git(tree, "add", "--all")
    git(tree, "commit", "-q", "-m", f"c{number}")
    git(tree, "push", "-q", str(fork(world)), "HEAD:refs/heads/mine")
    pushes.announce(world.sandbox.state, theirs, before, gitfolder.refs(theirs), World.outsider)
    return git(tree, "rev-parse", "HEAD")


def url(pull: PullRequest) -> str:
    """Return the addresses of the pictures in the overview."""
    return " ".join(re.findall(r"https?://\S+/plots/\S+?\.png", pull.overview))


def test_pushes_of_an_outsider_leave_one_short_memo_and_closing_none(
    world: World, pull: PullRequest, tmp_path: Path
) -> None:
    assert pull.overview
    before, tree = remembered(world), tmp_path / "theirs"
    git(tmp_path, "clone", "-q", str(fork(world)), str(tree))
    git(tree, "fetch", "-q", str(world.repository.folder), "refs/heads/tune")
    git(tree, "checkout", "-q", "-B", "mine", "FETCH_HEAD")
    write(tree, {"dvc.yaml": (tree / "dvc.yaml").read_text() + PLOTS})
    pushed(world, tree, 0)
    number = world.sandbox.open_pull("grace/digits", "mallory:mine", "main", "Mine", "", World.outsider).number
    world.work()
    foreign = PullRequest(world, number, tree)
    assert "TTTTT" in foreign.overview
    drawn = {url(foreign)}
    for change in (1, 2):
        pushed(world, tree, change)
        world.work()
        drawn.add(url(foreign))
    assert len(drawn) == 3, "each of the pushes was looked at"
    made = remembered(world).keys() - before.keys()
    assert len(made) == 1
    assert sum(remembered(world)[key] for key in made) < 10_000
    world.sandbox.close_pull("grace/digits", foreign.number, World.outsider)
    world.work()
    assert remembered(world) == before


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_names_are_cut_when_they_are_read(tmp_path: Path, suffix: str) -> None:
    """Each row has the names of its columns, so that long ones would make a large answer of a small file."""
    name, column, other = "N" * 1000, f"{'Y' * 50_000}1", f"{'Z' * 50_000}{'Y' * 1000}1"
    rows = {"csv": f"{column},{other},step\n1,2,3\n", "json": json.dumps([{column: 1, other: 2, "step": 3}])}
    said = f"x: step, y: {{c.{suffix}: [{column}, {other}]}}, title: {LONG}, x_label: {LONG}, y_label: {LONG}"
    found = Workbench(tmp_path).take(
        {"dvc.yaml": "plots:\n" + f"- {name}: {{{said}}}\n" * 3, f"c.{suffix}": rows[suffix]}
    )
    assert [plot.reading for plot in found.plots] == ["read"] * 3
    assert len({plot.id for plot in found.plots}) == 3
    for plot in found.plots:
        names = [plot.id, plot.title, plot.x_label, plot.y_label, plot.template, *plot.ys, *plot.rows[0]]
        assert max(map(len, names)) < FEW
        assert [plot.rows[0][name] for name in plot.ys] == [1, 2]
