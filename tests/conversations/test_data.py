"""`/data` and `/run --data`: which data there is, in which versions, and training with another one."""

import hashlib
from collections.abc import Mapping

import pytest
import yaml

from tests.world.project import PIPELINE, files
from tests.world.world import PullRequest, World

READING = PIPELINE.replace("deps: [train.py]", "deps: [train.py, data/raw.csv]")


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def tracked(content: str) -> dict[str, str]:
    """As `dvc add data/raw.csv` leaves it."""
    out = {"md5": md5(content), "size": len(content), "hash": "md5", "path": "raw.csv"}
    return {"data/raw.csv.dvc": yaml.safe_dump({"outs": [out]}, sort_keys=False), "data/.gitignore": "/raw.csv\n"}


def locked(contents: Mapping[str, str], content: str) -> dict[str, str]:
    """Trained with this data."""
    lock = yaml.safe_load(contents["dvc.lock"])
    entry = {"path": "data/raw.csv", "hash": "md5", "md5": md5(content), "size": len(content)}
    lock["stages"]["train"]["deps"].append(entry)
    return {**contents, "dvc.lock": yaml.safe_dump(lock, sort_keys=False)}


@pytest.fixture
def pull(world: World) -> PullRequest:
    """Its data changed twice."""
    made = world.pull_request(project=locked(files(), "one") | {"dvc.yaml": READING} | tracked("one"))
    made.push(locked(files(), "one two") | tracked("one two"), "Add two")
    made.push(locked(files(), "one two three") | tracked("one two three"), "Add three")
    world.work()
    return made


def test_data_is_listed_with_its_versions(world: World, pull: PullRequest) -> None:
    first, second, third = pull.git(
        "log", "--format=%h", "--abbrev=7", "--reverse", "tune", "--", "data/raw.csv.dvc"
    ).split()
    pull.comment("/data")
    reply = pull.reply
    assert "**1 input that DVC tracks.**" in reply
    rows = [line for line in reply.splitlines() if line.startswith("| ")][2:]
    assert [third in rows[0], second in rows[1], first in rows[2]] == [True] * 3
    assert f"| `data/raw.csv` | `{md5('one two three')[:8]}` now | 13 bytes |" in rows[0] and "Add three" in rows[0]
    assert f"`/run --data data/raw.csv@{second}` trains with that version" in reply


def test_what_stages_make_is_listed_on_demand(world: World) -> None:
    lock = files()["dvc.lock"]
    pipeline = PIPELINE.replace("          cache: false\n          x: step", "          x: step")
    pull = world.pull_request(project=files() | {"dvc.yaml": pipeline, "dvc.lock": lock})
    pull.comment("/data")
    assert "DVC tracks no input data here" in pull.reply
    pull.comment("/data --all")
    reply = pull.reply
    assert "`loss.csv` (made by a stage)" in reply and "/run" not in reply


def test_without_dvc_there_is_none(world: World) -> None:
    pull = world.pull_request(project={"train.py": "print()\n"})
    comment = pull.comment("/data")
    assert pull.reactions(comment) == ["eyes", "confused"]
    assert "has no DVC" in pull.reply


def test_a_long_list_is_on_a_page(world: World) -> None:
    many = {
        f"data/{number}.csv.dvc": tracked(str(number))["data/raw.csv.dvc"].replace("raw.csv", f"{number}.csv")
        for number in range(60)
    }
    pull = world.pull_request(project=files() | many)
    pull.comment("/data")
    reply = pull.reply
    assert "**60 inputs that DVC tracks.**" in reply and "… 20 more" in reply
    assert "[The whole list](https://studio.example.com/pages/" in reply
