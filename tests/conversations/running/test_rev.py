"""`/run --rev`: another commit is trained than the head."""

import pytest

from tests.conversations.results.test_landing import exp_push, trained
from tests.world.project import PARAMS
from tests.world.runner import Machine, training
from tests.world.sweeping import learning
from tests.world.world import PullRequest, World

GOOD = {"accuracy": 0.95, "loss": 0.05}


def test_another_commit_is_trained_and_everything_is_told_at_the_head(world: World, pull: PullRequest) -> None:
    before = pull.head
    pull.push({"train.py": "print('another way')\n"})
    head = pull.head
    comment = pull.comment(f"/run --rev {before[:8]} -S train.lr=0.01 -n older")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    seen: list[Machine] = []
    world.runner.does(training(GOOD, extra=seen.append))
    assert seen[0].spec["sha"] == before
    report = pull.report
    assert "▲ Better" in report
    assert f"It is not on the branch: `--rev {before[:8]}` is another commit than the head." in report
    assert "`/apply older` puts it on this branch once nothing stands in its way" in report
    assert pull.git("rev-parse", f"{pull.experiments['older']}^") == before
    assert pull.head == head
    (check,) = pull.checks(head)
    assert (check.name, check.conclusion) == ("studio: older", "success")
    assert pull.checks(before) == [], "nothing is said on commits of others"
    status = pull.status(head)
    assert status is not None and "older" in str(status.description)
    assert "| `older` |" in pull.overview


def test_an_experiment_a_branch_and_a_tag_can_be_gone_on_from(world: World, pull: PullRequest) -> None:
    made = exp_push(pull, "by-hand", trained(PARAMS.replace("lr: 0.1 ", "lr: 0.05 ")))
    pull.git("tag", "v1.0", "main")
    for rev, name, sha in (("by-hand", "further", made), ("v1.0", "from-tag", pull.git("rev-parse", "main"))):
        pull.comment(f"/run --rev {rev} -S train.epochs=20 -n {name}")
        world.runner.finishes(**GOOD)
        assert f"`--rev {rev}`" in pull.report
        assert pull.git("rev-parse", f"{pull.experiments[name]}^") == sha
    assert "lr: 0.05" in pull.git("show", f"{pull.experiments['further']}:params.yaml")
    pull.comment("/run --rev by-hand -S train.lr=0.03,0.02 -n wide")
    world.runner.trains_all(learning)
    table, end = pull.new()
    assert made[:7] in table and "best of 2" in end
    assert {pull.git("rev-parse", f"{pull.experiments[f'wide-{number}']}^") for number in (1, 2)} == {made}


def test_what_is_the_head_lands_as_ever(world: World, pull: PullRequest) -> None:
    pull.comment("/run --rev tune -S train.lr=0.01")
    world.runner.finishes(**GOOD)
    assert "became the new head of `tune`" in pull.report


def test_a_run_of_another_commit_is_retried_there(world: World, pull: PullRequest) -> None:
    before = pull.head
    pull.push({"train.py": "print('another way')\n"})
    pull.comment(f"/run --rev {before} -S train.lr=0.01 -n older")

    def crash(machine: Machine) -> None:
        machine.claim()
        machine.done(1, "The script ended with exit code 1.")

    world.runner.does(crash)
    assert "`/retry older`" in pull.report
    pull.push({"train.py": "print('a third way')\n"})
    pull.comment("/retry older")
    world.runner.finishes(**GOOD)
    assert "▲ Better" in pull.report
    assert pull.git("rev-parse", f"{pull.experiments['older']}^") == before
    assert [check.conclusion for check in pull.checks(pull.head)] == ["success"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/run --rev nonesuch", "No experiment, branch, tag or commit `nonesuch`"),
        ("/run --rev main..tune", "Ranges are not taken"),
        ("/run --rev=--upload-pack=x", "Git allows no such name"),
        ("/run --rev main --commit first", "--commit first"),
        ("/run --rev main -S train.lrr=1", "There is no parameter `train.lrr`"),
    ],
)
def test_what_cannot_be_is_refused(world: World, pull: PullRequest, command: str, told: str) -> None:
    comment = pull.comment(command)
    assert told in pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]
