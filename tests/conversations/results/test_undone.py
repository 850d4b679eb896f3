"""What `/undo` took back, and how it comes onto the branch again."""

import pytest

from tests.conversations.projects.test_plain import PROJECT, measured
from tests.conversations.results.test_landing import exp_push, trained
from tests.conversations.results.test_show import rows
from tests.conversations.results.test_undo import landed
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
    results = {name: pull.git("show", f"{pull.head}:{name}") + "\n" for name in files}
    pull.comment("/undo")
    assert "`good` is off `tune` again" in pull.reply
    pull.push(results, f'Reapply "Set train.lr=0.01"\n\nThis reverts commit {pull.head}.')
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


@pytest.mark.parametrize("signed", [False, True], ids=["by git", "signed by GitHub"])
def test_show_counts_what_is_on_the_branch_now(world: World, pull: PullRequest, signed: bool) -> None:
    if signed:
        world.bare.require_signatures("tune")
    tip = landed(world, pull, "0.01", "good", 0.95)
    pull.comment("/undo")
    assert "`good` is off" in pull.reply
    pull.comment("/show")
    reply = pull.reply
    best = "★ Best is `good`: `accuracy` 0.95 (base 0.90).**"
    assert reply.startswith(f"**1 experiment on 2 commits of `tune`, taken back. {best}"), reply
    first = [cells[0] for cells in rows(reply)]
    assert first[0].endswith("(head)") and "Take back" in first[0]
    assert first[1].startswith(f"★ [`{tip[:7]}`]") and first[1].endswith("`good` Set train.lr=0.01 (taken back)")
    pull.comment("/apply good")
    assert "`good` is on `tune`" in pull.reply
    pull.comment("/show")
    reply = pull.reply
    assert reply.startswith(f"**1 experiment on 3 commits of `tune`, landed. {best}"), reply
    assert " tie" not in reply, "an experiment does not tie with itself"
    first = [cells[0] for cells in rows(reply)]
    assert first[0].startswith(f"★ [`{pull.head[:7]}`]") and "`good` Set" in first[0]
    assert first[2].startswith(f"[`{tip[:7]}`]") and first[2].endswith("(taken back)")
    assert reply.count("★") == 2


def test_show_tells_what_landed_from_what_was_taken_back(world: World, pull: PullRequest) -> None:
    landed(world, pull, "0.01", "stays", 0.95)
    landed(world, pull, "0.02", "goes", 0.93)
    pull.comment("/undo")
    assert "`goes` is off" in pull.reply
    pull.comment("/show")
    reply = pull.reply
    assert reply.startswith("**2 experiments on 3 commits of `tune`, 1 landed and 1 taken back. ★ Best is `stays`: "), (
        reply
    )
    assert f"`{pull.head[:7]}` ties with `stays`" in reply, "the commit that took `goes` back has these numbers, too"
    assert [cells[0][0] for cells in rows(reply)][:3] == ["[", "[", "★"]
    exp_push(pull, "beside", trained(PARAMS.replace("lr: 0.1 ", "lr: 0.05 "), 0.92), pull.head)
    pull.comment("/show")
    assert pull.reply.startswith("**1 experiment on 3 commits of `tune`, 1 that landed and 1 that was taken back. ★")
    pull.comment("/undo")
    assert "`stays` is off" in pull.reply
    pull.comment("/show")
    reply = pull.reply
    assert reply.startswith("**1 experiment on 4 commits of `tune`, and 2 that were taken back. ★ Best is `stays`")


def test_git_tells_show_what_was_taken_back_after_redis_was_lost(world: World, pull: PullRequest) -> None:
    landed(world, pull, "0.01", "good", 0.95)
    pull.comment("/undo")
    assert "`good` is off" in pull.reply
    world.wired.redis.flushdb()
    pull.comment("/show")
    assert pull.reply.startswith("**1 experiment on 2 commits of `tune`, taken back. ★ Best is `good`"), pull.reply
