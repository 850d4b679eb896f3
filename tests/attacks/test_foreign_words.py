"""What training tells, in the middle of our own sentences."""

import re
import subprocess
from pathlib import Path

import pytest

from experiments.sentences import for_shell
from tests.world.runner import made, training
from tests.world.storing import refused, storing, trains
from tests.world.world import World

ROOT = Path(__file__).parents[2]


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


HOSTILE = ["m`;touch${IFS}owned;`", "x; touch owned", "$(touch owned)", "a  b", "a\nb", "a'b", "-rf", "y" * 400]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_line_to_type_runs_nothing_that_a_name_says(name: str, tmp_path: Path) -> None:
    typed = for_shell("printf %s", [name])
    assert typed[0] == typed[-1] == "`" and "`" not in typed[1:-1] and "\n" not in typed
    said = subprocess.run(["sh", "-c", typed[1:-1]], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert said in (name, "NAME")
    assert not [*tmp_path.iterdir()]


def test_no_command_is_put_into_backquotes_in_another_way() -> None:
    rooms = ("bot", "experiments", "handlers", "reports", "runners", "services")
    foreign = re.compile(r"quoted\(\s*f[\"'](?:git|dvc) [^\"']*\{")
    found = [str(file) for room in rooms for file in (ROOT / room).rglob("*.py") if foreign.search(file.read_text())]
    assert found == []
