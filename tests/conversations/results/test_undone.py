"""What `/undo` took back, and how it comes onto the branch again."""

import pytest

from tests.conversations.projects.test_plain import PROJECT, measured
from tests.world import plain
from tests.world.project import PARAMS
from tests.world.world import PullRequest, World


def taken_back(world: World, pull: PullRequest) -> None:
    """Let a run of the unchanged head land, and take it back."""
    pull.push({"params.yaml": PARAMS.replace("epochs: 10", "epochs: 20")})
    pull.comment("/run -n whole")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "new head" in pull.report
    pull.comment("/undo")


def test_a_run_that_set_nothing_comes_back_with_apply(world: World, pull: PullRequest) -> None:
    taken_back(world, pull)
    reply = pull.reply
    assert "`/apply whole` puts it there again." in reply
    assert "--from" not in reply
    assert "taken back: `/apply whole` puts it there again" in pull.overview
    pull.comment("/status")
    assert "--from" not in pull.reply
    pull.comment("/apply whole")
    assert "`whole` is on `tune`" in pull.reply
    assert "0.95" in pull.git("show", f"{pull.head}:metrics.json")
    assert "landed as" in pull.overview
    pull.comment("/apply whole")
    assert "All of `whole` is on `tune` already" in pull.reply
    pull.comment("/undo")
    assert "`whole` is off `tune` again" in pull.reply


def test_so_does_one_that_set_a_parameter(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n good")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "new head" in pull.report
    tree = pull.git("rev-parse", f"{pull.head}^{{tree}}")
    pull.comment("/undo")
    assert "`/run --from good` trains its parameters once more" in pull.reply
    pull.comment("/apply good")
    assert "`good` is on `tune`" in pull.reply
    assert pull.git("rev-parse", f"{pull.head}^{{tree}}") == tree


def test_what_git_revert_brought_back_can_be_taken_off_again(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n good")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "new head" in pull.report
    files = ("params.yaml", "metrics.json", "loss.csv", "dvc.lock")
    landed = {name: pull.git("show", f"{pull.head}:{name}") + "\n" for name in files}
    pull.comment("/undo")
    assert "`good` is off `tune` again" in pull.reply
    pull.push(landed, f'Reapply "Set train.lr=0.01"\n\nThis reverts commit {pull.head}.')
    world.work()
    pull.comment("/undo")
    assert "`good` is off `tune` again" in pull.reply


def test_after_other_code_came_it_is_trained_again(world: World, pull: PullRequest) -> None:
    taken_back(world, pull)
    assert pull.reply
    pull.push({"train.py": "print('training differently')\n"})
    pull.comment("/apply whole")
    reply = pull.reply
    assert "The results of `whole` do not hold" in reply
    assert "To train what changed with today's code:\n\n```\n/run\n```" in reply
    assert "--params-only" not in reply


@pytest.mark.parametrize("code", ["", "# other\n"])
def test_without_dvc_too(world: World, code: str) -> None:
    pull = world.pull_request(project={**PROJECT, **measured(0.1)})
    pull.push({"params.yaml": "lr: 0.3\n"})
    pull.comment("/run -n whole")
    world.runner.does(plain.training())
    assert "new head" in pull.report
    if code:
        pull.push({"train.py": plain.FILES["train.py"] + code})
    pull.comment("/undo")
    assert ("`/run` trains the head." if code else "`/apply whole` puts it there again.") in pull.reply
    pull.comment("/apply whole")
    reply = pull.reply
    assert ("may not hold" in reply and "/run\n" in reply) if code else "`whole` is on `tune`" in reply
    assert "--from" not in reply
