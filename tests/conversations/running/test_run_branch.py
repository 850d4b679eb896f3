"""`/run --branch`: the result goes onto a branch of its own, with a pull request."""

import pytest

from experiments.experiment import PullRef, Repository
from experiments.run_state import RunState
from tests.units.sample_run import changed
from tests.world.runner import Machine, training
from tests.world.world import BOT, PullRequest, World

GOOD = {"accuracy": 0.95, "loss": 0.05}


@pytest.mark.parametrize(("option", "into"), [("", "tune"), (" --base", "main")])
def test_a_result_gets_a_branch_and_a_pull_request(world: World, pull: PullRequest, option: str, into: str) -> None:
    comment = pull.comment(f"/run -S train.lr=0.01 -n wide --branch try/wide{option}")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    world.runner.finishes(**GOOD)
    report = pull.report
    assert "▲ Better" in report
    assert "It is on the new branch `try/wide`, with [pull request 2](" in report
    assert "has it." in report and "/apply" not in report
    assert pull.git("rev-parse", "refs/heads/try/wide") == pull.experiments["wide"]
    assert pull.head == pull.head_before
    made = world.sandbox.state.pull(world.repository, 2)
    assert (made.head_ref, made.base_ref, made.user) == ("try/wide", into, BOT)
    assert made.title == "Set train.lr=0.01"
    for part in ("▲ Better: `accuracy`", "| `train.lr` |", "`ada`", "<img alt=", "[pull request 1]("):
        assert part in made.body
    assert "[pull request 2](" in pull.overview


def test_whoever_is_killed_before_it_was_noted_finds_the_branch_again(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n wide --branch wide")
    world.runner.finishes(**GOOD)
    assert "pull request 2" in pull.report
    store, where = world.wired.ports.store, PullRef(Repository(world.repository.id, "grace/digits", installation=0), 1)
    (run,) = store.of_pull(where)
    before = changed(run, state=RunState.FINISHING, commit="", opened=0, report=0, ended=None)
    world.wired.queue.finish(store.update(run.id, lambda _: before))
    world.work()
    (after,) = store.of_pull(where)
    assert (after.state, after.result.commit, after.result.opened) == (RunState.SUCCEEDED, run.result.commit, 2)
    assert len(world.sandbox.state.pulls_of(world.repository)) == 2


def test_another_commit_can_be_trained_onto_a_new_branch(world: World, pull: PullRequest) -> None:
    pull.push({"train.py": "print('another way')\n"})
    pull.comment("/run --rev main -S train.lr=0.01 -n from-main --branch from-main --base")
    seen: list[Machine] = []
    world.runner.does(training(GOOD, extra=seen.append))
    assert "pull request 2" in pull.report
    assert pull.git("rev-parse", "refs/heads/from-main^") == pull.git("rev-parse", "main") == seen[0].spec["sha"]


def test_a_run_that_fails_makes_no_branch(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n wide --branch wide")

    def crash(machine: Machine) -> None:
        machine.claim()
        machine.done(1, "The script ended with exit code 1.")

    world.runner.does(crash)
    assert "Failed" in pull.report
    assert "refs/heads/wide" not in pull.git("for-each-ref")


def test_where_the_branch_is_there_by_then_it_says_so(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n wide --branch wide")
    pull.git("branch", "wide", "main")
    world.runner.finishes(**GOOD)
    report = pull.report
    assert "It is not on `wide`." in report and "`/branch wide`" in report
    assert "wide" in pull.experiments


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/run --branch ../evil", "begins with a letter"),
        ("/run --branch refs/heads/x", "taken for something else"),
        ("/run --branch main", "/run --branch main-2"),
        ("/run --branch tune/wide", "Git can't have `tune/wide` beside the branch `tune`"),
        ("/run --branch tune/wide", "/run --branch tune-wide"),
        ("/run --base", "Add that, or leave `--base` out."),
        ("/run --branch x -S train.lr=0.1,0.2", "`--branch` is for one experiment"),
        ("/run --branch x --commit first", "leave it alone"),
    ],
)
def test_what_cannot_be_is_refused(world: World, pull: PullRequest, command: str, told: str) -> None:
    comment = pull.comment(command)
    assert told in pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]
