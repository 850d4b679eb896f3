"""`/apply`, `/branch` and `/run --from`: experiments and the branch."""

from collections.abc import Mapping

import pytest
from inline_snapshot import snapshot

from sandbox import branches
from tests.world.project import PARAMS, git, results, write
from tests.world.wording import settled
from tests.world.world import BOT, PullRequest, World


@pytest.fixture
def aside(world: World, pull: PullRequest) -> PullRequest:
    """A pull request with a good experiment `aside` that did not land."""
    pull.comment("/run -S train.lr=0.01 --temp -n aside")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "`/apply aside` puts it on this branch, `/branch aside`" in pull.report
    return pull


def exp_push(pull: PullRequest, name: str, contents: Mapping[str, str], baseline: str = "") -> str:
    """Somebody's `dvc exp push`: one commit on the baseline under its ref."""
    baseline = baseline or pull.head_before
    git(pull.tree, "fetch", "--quiet", str(pull.world.repository.folder), baseline)
    git(pull.tree, "checkout", "--quiet", "--detach", baseline)
    write(pull.tree, contents)
    git(pull.tree, "add", "--all")
    git(pull.tree, "commit", "--quiet", "-m", f"dvc: commit experiment {'ab' * 32}")
    sha = git(pull.tree, "rev-parse", "HEAD")
    ref = f"refs/exps/{baseline[:2]}/{baseline[2:]}/{name}"
    git(pull.tree, "push", "--quiet", str(pull.world.repository.folder), f"HEAD:{ref}")
    return sha


def trained(params: str, accuracy: float = 0.95) -> dict[str, str]:
    """What an experiment with these parameters holds."""
    return {"params.yaml": params, **results(params, {"accuracy": accuracy, "loss": 0.05}, [1.0, 0.4])}


def test_an_experiment_on_the_head_is_fast_forwarded(world: World, aside: PullRequest) -> None:
    comment = aside.comment("/apply aside")
    assert aside.reactions(comment) == ["eyes", "rocket"]
    assert settled(aside.reply) == snapshot("""\
`aside` is on `tune`: [`<SHA>`](https://github.example/grace/digits/commit/<SHA>). The head was its baseline, so this is the experiment's own commit (`train.lr` = `0.01`).

<!-- studio:reply:<ID> -->\
""")
    assert aside.head == aside.experiments["aside"]
    aside.comment("/apply aside")
    assert "already" in aside.reply
    aside.comment("/status")
    assert aside.head[:7] in aside.reply


def test_what_somebody_pushed_from_his_machine_is_applied_too(pull: PullRequest) -> None:
    sha = exp_push(pull, "by-hand", trained(PARAMS.replace("lr: 0.1 ", "lr: 0.05 ")))
    pull.comment("/apply by-hand")
    assert "is on `tune`" in pull.reply
    assert pull.head == sha


def test_on_a_moved_head_parameters_and_results_are_applied_where_they_hold(aside: PullRequest) -> None:
    tip = aside.push({"README.md": "# Other words\n"})
    aside.comment("/apply aside")
    assert "they hold" in aside.reply
    assert aside.git("rev-parse", f"{aside.head}^") == tip
    assert "lr: 0.01   # learning rate" in aside.git("show", f"{aside.head}:params.yaml")
    assert '"accuracy": 0.95' in aside.git("show", f"{aside.head}:metrics.json")
    assert "# Other words" in aside.git("show", f"{aside.head}:README.md")
    assert aside.message == "Set train.lr=0.01"
    assert aside.git("log", "-1", "--format=%an", aside.head) == BOT
    aside.comment("/apply aside")
    assert "already" in aside.reply


def test_on_other_code_results_do_not_hold_and_parameters_alone_do(aside: PullRequest) -> None:
    tip = aside.push({"train.py": "print('training differently')\n"})
    comment = aside.comment("/apply aside")
    assert aside.reactions(comment) == ["eyes", "confused"]
    reply = aside.reply
    for part in ("train.py", "/apply aside --params-only", "/run --from aside"):
        assert part in reply
    assert aside.head == tip
    aside.comment("/apply aside --params-only")
    assert "Only its parameters" in aside.reply
    assert aside.git("diff", "--name-only", tip, aside.head) == "params.yaml"


def test_a_parameter_that_both_changed_is_a_conflict_with_all_three_values(aside: PullRequest) -> None:
    tip = aside.push({"params.yaml": PARAMS.replace("lr: 0.1 ", "lr: 0.5 ").replace("epochs: 10", "epochs: 30")})
    aside.comment("/apply aside")
    reply = aside.reply
    assert "| `train.lr` | `params.yaml` | `0.1` | `0.5` | `0.01` |" in reply
    assert "epochs" not in reply
    assert "/run --from aside" in reply
    assert aside.head == tip


def test_a_protected_branch_refuses_and_another_branch_is_offered(world: World, aside: PullRequest) -> None:
    world.protect("tune")
    comment = aside.comment("/apply aside")
    assert aside.reactions(comment) == ["eyes", "confused"]
    reply = aside.reply
    assert "Protected branch" in reply
    assert "/branch aside" in reply
    assert aside.head == aside.head_before


@pytest.mark.parametrize("moved", [False, True])
def test_where_signatures_are_required_github_makes_the_commit_again(
    world: World, aside: PullRequest, moved: bool
) -> None:
    world.bare.require_signatures("tune")
    world.bare.dismiss_stale_reviews("main")
    if moved:
        sha = exp_push(aside, "unused", {"README.md": "# Signed by somebody\n"})
        with world.ago(60):
            branches.set_branch(world.sandbox.state, world.repository, "tune", sha, world.maintainer)
    before = aside.head
    aside.comment("/apply aside")
    reply = aside.reply
    assert "signed it" in reply
    assert "dismisses approvals" in reply
    assert aside.git("rev-parse", f"{aside.head}^") == before
    assert aside.head != aside.experiments["aside"]
    assert "lr: 0.01" in aside.git("show", f"{aside.head}:params.yaml")
    assert aside.git("for-each-ref", "refs/studio") == ""


def test_a_run_lands_signed_where_that_is_required(world: World, pull: PullRequest) -> None:
    world.bare.require_signatures("tune")
    pull.comment("/run -S train.lr=0.01 -n proper")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert f"`{pull.head[:7]}`" in pull.report
    assert pull.head != pull.experiments["proper"]
    (landed,) = pull.checks(pull.head)
    assert landed.conclusion == "success"


def test_github_may_refuse_to_move_a_branch_although_the_commit_is_signed(world: World, aside: PullRequest) -> None:
    world.bare.require_signatures("tune")
    words = "Repository rule violations found\n\nA status check is expected.\n\n"
    world.fault("PATCH", r".*/git/refs/heads/tune$", 422, body={"message": words})
    aside.comment("/apply aside")
    assert "A status check is expected" in aside.reply
    assert aside.head == aside.head_before
    assert aside.git("for-each-ref", "refs/studio") == ""


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        ({"train.py": "evil()\n"}, "train.py (not declared as an output)"),
        ({".github/workflows/own.yml": "on: push\n"}, "workflow"),
        ({".dvc/config": "[core]\n"}, "DVC configuration"),
    ],
)
@pytest.mark.parametrize("verb", ["apply", "branch"])
def test_what_is_not_declared_reaches_no_branch(
    pull: PullRequest, contents: Mapping[str, str], told: str, verb: str
) -> None:
    exp_push(pull, "odd", {**trained(PARAMS), **contents})
    pull.comment(f"/{verb} odd")
    assert told in pull.reply
    assert pull.head == pull.head_before
    assert "odd" not in pull.git("for-each-ref", "refs/heads")


def test_a_ref_that_lies_about_its_baseline_is_left_alone(pull: PullRequest) -> None:
    sha = exp_push(pull, "liar", trained(PARAMS, 0.99))
    other = "0123456789" * 4
    pull.git("update-ref", f"refs/exps/{other[:2]}/{other[2:]}/lie", sha)
    pull.comment("/apply lie")
    assert "one commit on the baseline" in pull.reply


def test_an_ambiguous_name_is_said_and_told_apart_by_its_baseline(aside: PullRequest) -> None:
    tip = aside.push({"README.md": "# Other words\n"})
    sha = exp_push(aside, "aside", trained(PARAMS.replace("seed: 7", "seed: 8")), tip)
    aside.comment("/apply aside")
    reply = aside.reply
    assert f"/apply {tip[:7]}/aside" in reply
    assert f"/apply {aside.head_before[:7]}/aside" in reply
    aside.comment(f"/apply {tip[:7]}/aside")
    assert "is on `tune`" in aside.reply
    assert aside.head == sha


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/apply", "The name of an experiment goes here: there are `aside`."),
        ("/apply asied", "/apply aside"),
        ("/apply '--help'", "no option"),
        ("/apply '$(id)'", "No experiment"),
        ("/branch aside ../evil", "begins with a letter"),
        ("/branch aside refs/heads/x", "taken for something else"),
        ("/branch aside a..b", "Git allows no such branch"),
        ("/branch aside main", "/branch aside main-2"),
        ("/branch aside tune/wide", "/branch aside tune-wide"),
        ("/run --from asied", "/run --from aside"),
        ("/run --commit later", "first"),
        ("/run --commit first --temp -S train.lr=0.2", "leave it alone"),
    ],
)
def test_unknown_and_hostile_names_are_refused(aside: PullRequest, command: str, told: str) -> None:
    comment = aside.comment(command)
    assert told in aside.reply
    assert aside.reactions(comment) == ["eyes", "confused"]
    assert aside.head == aside.head_before


def test_a_reader_may_not_apply(aside: PullRequest) -> None:
    aside.comment("/apply aside", by=World.reader)
    assert "write" in aside.reply


def test_an_experiment_gets_a_branch_and_a_pull_request(world: World, aside: PullRequest) -> None:
    aside.comment("/branch aside")
    reply = aside.reply
    assert "`aside-branch`" in reply
    assert aside.git("rev-parse", "refs/heads/aside-branch") == aside.experiments["aside"]
    made = world.sandbox.state.pull(world.repository, 2)
    assert (made.head_ref, made.base_ref, made.user) == ("aside-branch", "tune", BOT)
    assert made.title == "Set train.lr=0.01"
    for part in ("▲ Better: `accuracy`", "| `train.lr` |", "`ada`", "<img alt=", "[report]("):
        assert part in made.body
    aside.comment("/branch aside")
    assert "pull request 2" in aside.reply  # it is there, and found again
    aside.comment("/branch aside try/small-steps")
    assert "pull request 3" in aside.reply


def test_run_from_an_experiment_takes_its_parameters_and_todays_code(world: World, pull: PullRequest) -> None:
    exp_push(pull, "by-hand", trained(PARAMS.replace("lr: 0.1 ", "lr: 0.05 ").replace('"sgd"', '"adam"')))
    pull.push({"train.py": "print('training differently')\n"})
    pull.comment("/run --from by-hand -S train.lr=0.02 -n joined")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.report
    text = pull.git("show", f"{pull.experiments['joined']}:params.yaml")
    assert "lr: 0.02   # learning rate" in text
    assert 'optimizer: "adam"' in text
    pull.comment("/run --from joined --temp -n once-more")
    world.runner.finishes(accuracy=0.96, loss=0.04)
    assert pull.report
    assert text == pull.git("show", f"{pull.experiments['once-more']}:params.yaml")


def test_an_experiment_below_another_on_the_branch_is_told_how_to_have_again(world: World, pull: PullRequest) -> None:
    for lr, name in (("0.01", "good"), ("0.02", "bad")):
        pull.comment(f"/run -S train.lr={lr} -n {name}")
        world.runner.finishes(accuracy=0.95, loss=0.05)
        assert "new head" in pull.report
    head = pull.head
    comment = pull.comment("/apply good")
    reply = pull.reply
    assert "`good` is in the history of `tune`, and its parameters were set to other values after it" in reply
    assert "| `train.lr` | `params.yaml` | `0.1` | `0.02` | `0.01` |" in reply
    assert "/run --from good" in reply
    assert pull.reactions(comment) == ["eyes", "confused"]
    pull.comment("/apply bad")
    assert "All of `bad` is on `tune` already" in pull.reply
    assert pull.head == head
