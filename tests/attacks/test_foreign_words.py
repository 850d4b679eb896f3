"""What training tells, in the middle of our own sentences."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.runner import made, training
from tests.world.storing import refused, storing, trains
from tests.world.world import World


@pytest.fixture
def world(tmp_path: Path, redis_url: str) -> Iterator[World]:
    made = World(tmp_path, redis_url, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("cause", ["it's a `.", "`a` and `b` and ```` ` ````", "`"])
def test_a_backquote_too_many_makes_no_text_of_a_command(world: World, cause: str) -> None:
    pull = world.pull_request(project=storing())
    world.work()
    pull.comment("/run -S train.lr=0.01 -n tried")
    world.runner.does(trains(0.95, **refused(cause)))
    assert "; `/retry tried --push` tries now." in pull.report
    pull.comment("/status")
    assert "`/retry tried --push`" in pull.reply


def test_names_of_no_stage_are_counted_and_not_shown(world: World) -> None:
    pull = world.pull_request()
    world.work()
    pull.comment("/run -S train.lr=0.01")
    told = made(executed=["train", "@mallory", "approved by ada"], written={"metrics.json": "train"})
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=told))
    report = pull.report
    assert "Trained: `train`; 2 names of no stage in this commit." in report
    assert "mallory" not in report and "approved" not in report
