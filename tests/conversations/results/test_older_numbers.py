"""Without DVC, a baseline whose committed numbers are older than its files: nothing is better or worse than those."""

import pytest

from tests.conversations.projects.test_plain import PROJECT, measured
from tests.world import plain
from tests.world.project import write
from tests.world.runner import Machine
from tests.world.world import PullRequest, World


@pytest.fixture
def pull(world: World) -> PullRequest:
    """A pull request whose head has another rate than the one that its numbers were made with."""
    pull = world.pull_request(project={**PROJECT, **measured(0.1)})
    pull.push({"params.yaml": "lr: 0.3\n"})
    world.work()
    assert "Not comparable" in pull.overview
    return pull


def as_committed(machine: Machine) -> None:
    """Write the numbers that are there already."""
    write(machine.tree, measured(0.1))


def test_a_run_with_the_numbers_that_are_there_is_not_as_good_as_its_baseline(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S lr=0.1 --temp -n four")
    world.runner.does(plain.training(as_committed))
    report = pull.report
    assert "Not comparable" in report
    assert "were made before `params.yaml` changed" in report
    assert "nothing to put on the branch" not in report
    assert "unchanged" not in report
    assert "**Next:** `/apply four` puts it on this branch" in report
    (check,) = pull.checks(pull.head)
    assert [action["label"] for action in check.actions] == ["Apply"]
    assert "? loss 0.1 (0), not comparable" in pull.overview
    pull.comment("/status")
    assert "`/apply four`" in pull.reply
    pull.comment("/diff HEAD four")
    assert "Not comparable" in pull.reply


def test_the_head_measured_again_is_not_worse_and_is_said_to_be_the_fresher_one(
    world: World, pull: PullRequest
) -> None:
    pull.comment("/run --temp -n same")
    world.runner.does(plain.training())
    report = pull.report
    assert "Not comparable" in report
    assert "its numbers are those of the baseline, measured again. `/diff same NAME`" in report
    assert "worse" not in report
    assert "worse" not in pull.overview


def test_the_best_of_a_sweep_is_not_as_good_as_what_was_not_measured(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S lr=0.1,0.2 -n sw")
    assert pull.reply
    world.runner.trains_all(plain.training(as_committed))
    told = pull.reply
    assert "is best of 2, unconfirmed" in told
    assert "Against the baseline it is not comparable" in told
    assert "were made before `params.yaml` changed" in told
    assert "nothing to put on the branch" not in told
    assert "`/apply best`" in told


def test_the_head_is_not_starred_for_numbers_that_are_older_than_it(world: World, pull: PullRequest) -> None:
    pull.comment("/show")
    reply = pull.reply
    assert "★" not in reply


def test_measured_again_with_the_same_result_the_numbers_hold(world: World, pull: PullRequest) -> None:
    pull.comment("/run -n once")
    world.runner.does(plain.training())
    assert pull.report
    pull.push({"train.py": plain.FILES["train.py"] + "# other\n"})
    world.work()
    assert "were made before `train.py` changed" in pull.overview
    pull.comment("/run -n twice")
    world.runner.does(plain.training())
    assert "every output came out identical" in pull.report
    assert "same result" in pull.overview and "eused" not in pull.overview, "it was trained"
    assert "were made before" not in pull.overview


def test_numbers_that_undo_brings_back_are_as_old_as_they_were(world: World, pull: PullRequest) -> None:
    pull.comment("/run -n once")
    world.runner.does(plain.training())
    assert "new head" in pull.report
    pull.comment("/undo")
    assert "`once` is off" in pull.reply
    assert "were made before `params.yaml` changed" in pull.overview
    assert "Unchanged" not in pull.overview
    pull.comment("/run -S lr=0.2 --temp -n other")
    world.runner.does(plain.training())
    assert "The numbers of the baseline were made before `params.yaml` changed" in pull.report


def test_what_undo_takes_back_with_its_parameters_leaves_numbers_that_hold(world: World) -> None:
    pull = world.pull_request(project={**PROJECT, **measured(0.1)})
    world.work()
    pull.comment("/run -S lr=0.3 -n once")
    world.runner.does(plain.training())
    assert "new head" in pull.report
    pull.comment("/undo")
    assert "`once` is off" in pull.reply
    assert "were made before" not in pull.overview
