"""Files of Git LFS are fetched from the repository's own address; what is not is said before training."""

from typing import Any

import pytest

from tests.world import plain
from tests.world.project import PIPELINE, monorepo
from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World

OID = "a" * 64
READING = PIPELINE.replace("deps: [train.py]", "deps: [train.py, data.csv]")


def pointer(size: int) -> str:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize {size}\n"


def asked(world: World) -> dict[str, Any]:
    """Return what the bot tells the next run's agent."""
    told: dict[str, Any] = {}

    def script(machine: Machine) -> None:
        training({"accuracy": 0.91})(machine)
        told.update(machine.spec)

    world.runner.does(script)
    return told


def nothing_began(world: World, pull: PullRequest) -> None:
    assert list(world.wired.ports.store.active()) == []
    assert pull.head == pull.head_before and not pull.experiments and pull.checks(pull.head) == []


@pytest.mark.parametrize(("contents", "needed"), [({"dvc.yaml": READING}, True), ({}, False)])
def test_content_is_asked_of_the_agent_and_nothing_is_to_be_said(
    world: World, contents: dict[str, str], needed: bool
) -> None:
    pull = world.pull_request(contents={"data.csv": pointer(12345), **contents})
    world.work()
    assert "LFS" not in pull.overview
    pull.comment("/run --script -S train.lr=0.01")
    assert "LFS" not in pull.reply
    pull.comment("/run -S train.lr=0.01")
    told = asked(world)
    assert told["lfs"] == [{"path": "data.csv", "oid": OID, "size": 12345, "needed": needed}]
    assert "LFS" not in pull.report


def test_of_several_projects_each_gets_its_own(world: World) -> None:
    files = monorepo() | {"vision/data.csv": pointer(12345), "speech/data.csv": pointer(54321)}
    pull = world.pull_request(project=files)
    pull.comment("/run --project vision -S train.lr=0.01 --temp")
    assert [each["path"] for each in asked(world)["lfs"]] == ["vision/data.csv"]
    assert pull.report


def test_more_than_is_fetched_starts_nothing_where_a_stage_reads_it(world: World) -> None:
    pull = world.pull_request(contents={"data.csv": pointer(10**15), "dvc.yaml": READING})
    said = (
        "`data.csv` is a file of Git LFS, of which only the pointer is fetched (1,000,000.0 GB, and at most 4.3 GB of "
        "a commit are): the stage `train` reads it, and would be given three lines of text instead of data."
    )
    for line in ("/run -S train.lr=0.01", "/run", "/run --script"):
        pull.comment(line)
        assert said in pull.reply
        nothing_began(world, pull)
    assert said in pull.overview


def test_what_a_stage_reads_goes_before_the_rest_and_the_rest_is_said_once(world: World) -> None:
    contents = {"a.bin": pointer(4_000_000_000), "data.csv": pointer(1_000_000_000), "dvc.yaml": READING}
    pull = world.pull_request(contents=contents)
    said = (
        "- `a.bin` is a file of Git LFS, of which only the pointer is fetched (4.0 GB, and at most 4.3 GB of a commit"
    )
    pull.comment("/run -S train.lr=0.01 --temp")
    assert said in pull.reply
    pull.comment("/run -S train.lr=0.02 --temp")
    assert pull.new() == [], "once for a commit is enough"
    told = []

    def script(machine: Machine) -> None:
        training({"accuracy": 0.91})(machine)
        told.append([each["path"] for each in machine.spec["lfs"]])

    world.runner.trains_all(script)
    assert told == [["data.csv"]] * 2
    assert all(said[2:] in report for report in pull.new())
    assert said in pull.overview


def test_without_dvc_nothing_is_trained_on_a_pointer_without_a_word(world: World) -> None:
    pull = world.pull_request(project={**plain.FILES, ".github/studio.yml": plain.STUDIO, "data.csv": pointer(10**15)})
    said = "- `data.csv` is a file of Git LFS, of which only the pointer is fetched (1,000,000.0 GB, and at most 4.3 GB"
    world.work()
    assert said in pull.overview
    pull.comment("/run -S lr=0.2 --temp")
    assert f"Before it trains:\n\n{said}" in pull.reply
    world.runner.does(plain.training())
    assert said in pull.report


def test_where_the_commit_would_have_it_looked_for_is_named_and_not_asked(world: World) -> None:
    own = f"{world.sandbox.url}/grace/digits.git/info/lfs"
    configured = f'[lfs]\n\turl = "https://ada:secret@evil.example/lfs"\n[remote "origin"]\n\tlfsurl = {own}\n'
    pull = world.pull_request(contents={"data.csv": pointer(12345), ".lfsconfig": configured})
    pull.comment("/run -S train.lr=0.01")
    assert "`https://evil.example/lfs` in `.lfsconfig` is not asked for files of Git LFS" in pull.reply
    assert "evil" not in str(asked(world)["lfs"])
    assert pull.report
