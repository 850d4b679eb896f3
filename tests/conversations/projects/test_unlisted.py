"""What a stage's command names and its `deps` do not: DVC does not see that it changes, and people are told."""

import pytest

from tests.conversations.results.test_provenance import SKIPPED, TRAINED, untouched
from tests.world.project import PIPELINE
from tests.world.runner import made, training
from tests.world.world import PullRequest, World

BLIND = PIPELINE.replace("    deps: [train.py]\n", "")
WHY = "the command of the stage `train` names it, and its `deps` do not"
SAID = f"{WHY}, so DVC does not see that it changed. List it there; `/run -f` trains anyway."
OLDER = f"The numbers of {{}} may be those of an older `train.py`: {SAID}"
AHEAD = f"`train.py` changed, and DVC does not see that: {WHY}. List it there; `/run -f` trains anyway."


@pytest.fixture
def blind(world: World) -> PullRequest:
    """A pull request that changes the script, and nothing that dvc.yaml lists."""
    pull = world.pull_request(contents={"dvc.yaml": BLIND})
    world.work()
    assert "an older" not in pull.overview
    pull.push({"train.py": "print('otherwise')\n"})
    world.work()
    return pull


def test_the_overview_calls_no_number_unchanged_that_an_older_script_made(world: World, blind: PullRequest) -> None:
    assert "? Not comparable" in blind.overview and OLDER.format("the head") in blind.overview
    assert "Unchanged" not in blind.overview
    assert "**Next:** `/run -f` trains this head, so that it has numbers of its own" in blind.overview


def test_a_script_of_the_projects_own_is_not_told_to_be_run_with_force(world: World) -> None:
    pull = world.pull_request(contents={"dvc.yaml": BLIND, ".github/studio.yml": "script: python train.py\n"})
    pull.push({"train.py": "print('otherwise')\n"})
    world.work()
    overview = pull.overview
    assert f"{WHY}, so DVC does not see that it changed. List it there; `/run` trains anyway." in overview
    assert "**Next:** `/run` trains this head, so that it has numbers of its own" in overview
    assert "/run -f" not in overview, "which is refused"


def test_what_is_skipped_for_it_is_said_before_and_after(world: World, blind: PullRequest) -> None:
    blind.comment("/run --script -f")
    assert "does not see" not in blind.reply
    blind.comment("/run --script")
    script = blind.reply
    assert "`train` would be skipped, because nothing that dvc.yaml lists for it changes." in script and AHEAD in script
    blind.comment("/run -n once")
    assert AHEAD in blind.reply
    world.runner.does(untouched(SKIPPED))
    report = blind.report
    assert "= Reused: DVC skipped every stage at" in report and "exactly this" not in report
    assert OLDER.format("the baseline") in report
    assert "**Next:** to train although DVC sees no change:\n\n```\n/run -f\n```" in report
    assert OLDER.format("the head") in blind.overview, "it measured nothing"


def test_once_it_is_trained_the_numbers_hold(world: World, blind: PullRequest) -> None:
    blind.comment("/run -f -n anew")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=TRAINED))
    report = blind.report
    assert "Not comparable" in report and OLDER.format("the baseline") in report
    assert "its numbers are those of the baseline, measured again" in report
    assert "▲ Better" in blind.overview and "an older" not in blind.overview
    blind.push({"notes.md": "x\n"})
    world.work()
    assert "an older" not in blind.overview


def test_numbers_that_undo_brings_back_are_as_old_as_they_were(world: World, blind: PullRequest) -> None:
    blind.comment("/run -f -n anew")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=TRAINED))
    assert blind.report
    blind.comment("/undo")
    assert blind.reply
    world.work()
    assert OLDER.format("the head") in blind.overview


def test_trained_with_the_same_result_the_numbers_hold(world: World, blind: PullRequest) -> None:
    blind.comment("/run -f -n same")
    world.runner.does(untouched(TRAINED))
    assert "= Same result" in blind.report and "an older" not in blind.overview


def test_what_a_run_restored_or_left_is_not_newer_than_its_baseline(world: World, blind: PullRequest) -> None:
    blind.comment("/run -S train.lr=0.01 -n cached")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=made(restored=["train"])))
    assert "became the new head of" in blind.report
    blind.push({"notes.md": "x\n"})
    world.work()
    assert OLDER.format("the head") in blind.overview


def test_what_is_listed_is_dvcs_to_see(world: World) -> None:
    pull = world.pull_request()
    pull.push({"train.py": "print('otherwise')\n"})
    world.work()
    assert "`train.py` changed after its numbers were made" in pull.overview and "an older" not in pull.overview
