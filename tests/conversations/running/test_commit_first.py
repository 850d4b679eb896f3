"""`/run --commit first`: the parameters are on the branch before training begins."""

import re
import shlex
from pathlib import Path

from tests.conversations.running.test_runs import crash
from tests.world.project import git
from tests.world.runner import Machine
from tests.world.world import PullRequest, World


def test_commit_first_puts_parameters_on_the_branch_and_compares_with_the_head_before(
    world: World, pull: PullRequest
) -> None:
    comment = pull.comment("/run -S train.lr=0.01 --commit first -n early")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    first = pull.head
    assert pull.message == "Set train.lr=0.01 [skip studio]"
    assert pull.git("diff", "--name-only", pull.head_before, first) == "params.yaml"
    world.runner.finishes(accuracy=0.95, loss=0.05)
    report = pull.report
    assert "Better" in report
    assert pull.head_before[:7] in report
    assert "| `train.lr` | `0.1` | `0.01` |" in report
    assert pull.git("rev-parse", f"{pull.head}^") == first
    assert pull.experiments == {"early": pull.head}


def test_commit_first_in_the_configuration_holds_for_every_run(world: World) -> None:
    pull = world.pull_request(contents={".github/studio.yml": "commit: first\n"})
    pull.comment("/run -S train.lr=0.01 -n early")
    assert pull.message.endswith("[skip studio]")
    world.runner.does(crash)
    report = pull.report
    assert f"git switch tune\ngit pull\ngit revert --no-edit {pull.head}\ngit push" in report
    assert "stays on" in report
    assert pull.message.endswith("[skip studio]")
    pull.comment("/retry")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "accuracy" in pull.report
    assert pull.experiments == {"early": pull.head}
    pull.comment("/run -S train.lr=0.02 --temp -n aside")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.report
    assert pull.message.startswith("Results of")


def test_a_worse_run_that_came_in_two_commits_is_taken_back_with_both(
    world: World, pull: PullRequest, tmp_path: Path
) -> None:
    pull.comment("/run -S train.lr=0.01 --commit first -n early")
    parameters = pull.head
    world.runner.finishes(accuracy=0.85, loss=0.15)
    report, head = pull.report, pull.head
    (recipe,) = re.findall(r"`(git switch [^`]*git revert [^`]*)` takes it back", report)
    assert recipe.endswith(f"git revert --no-edit {head[:7]} {parameters[:7]} && git push")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(world.repository.folder), str(clone))
    for line in recipe.split(" && "):
        git(clone, *shlex.split(line)[1:])
    assert pull.git("diff", pull.head_before, pull.head) == ""


def test_a_parameter_commit_that_is_refused_starts_nothing(world: World, pull: PullRequest) -> None:
    world.protect("tune")
    comment = pull.comment("/run -S train.lr=0.01 --commit first")
    assert "Protected branch" in pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]
    assert world.wired.ports.store.active() == []
    pull.comment("/run --temp -n free")
    world.runner.does(_unchanged)
    assert "Reused" in pull.report


def _unchanged(machine: Machine) -> None:
    machine.claim()
    machine.commit()
    machine.done()
