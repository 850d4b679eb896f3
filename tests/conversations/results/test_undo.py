"""`/undo`, and which results land by themselves."""

import pytest
from inline_snapshot import snapshot

from tests.world.project import PARAMS
from tests.world.wording import settled
from tests.world.world import BOT, PullRequest, World

SETTINGS = ".github/studio.yml"


def landed(world: World, pull: PullRequest, lr: str, name: str, accuracy: float = 0.95) -> str:
    pull.comment(f"/run -S train.lr={lr} -n {name}")
    world.runner.finishes(accuracy=accuracy, loss=0.05)
    assert "new head" in pull.report
    return pull.head


def test_the_last_result_comes_off_the_branch_by_a_commit_of_its_own(world: World, pull: PullRequest) -> None:
    began = pull.head
    tip = landed(world, pull, "0.01", "good")
    comment = pull.comment("/undo")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert settled(pull.reply) == snapshot("""\
`good` is off `tune` again: [`<SHA>`](https://github.example/grace/digits/commit/<SHA>) takes back [`<SHA>`](https://github.example/grace/digits/commit/<SHA>). The experiment is kept; `/apply good` puts it there again, and `/run --from good` trains its parameters once more.

<!-- studio:reply:<ID> -->\
""")
    assert pull.git("rev-parse", f"{pull.head}^") == tip
    assert pull.git("rev-parse", f"{pull.head}^{{tree}}") == pull.git("rev-parse", f"{began}^{{tree}}")
    assert pull.message == f'Take back "Set train.lr=0.01"\n\nThis reverts commit {tip}.'
    assert pull.git("log", "-1", "--format=%an", pull.head) == BOT
    assert "taken back: `/run --from good` trains its parameters again" in pull.overview
    assert "`/apply good`" not in pull.overview, "it is in the history, and what took it back came after it"
    pull.comment("/status")
    status = pull.reply
    assert f"landed as [`{tip[:7]}`" not in status
    assert "/apply" not in status and "`/run --from good`" in status


def test_one_after_the_other_and_then_there_is_nothing(world: World, pull: PullRequest) -> None:
    began = pull.head
    landed(world, pull, "0.01", "first")
    landed(world, pull, "0.02", "second")
    pull.comment("/undo")
    assert "`second` is off" in pull.reply
    pull.comment("/undo")
    assert "`first` is off" in pull.reply
    assert pull.git("rev-parse", f"{pull.head}^{{tree}}") == pull.git("rev-parse", f"{began}^{{tree}}")
    pull.comment("/undo")
    assert "No result of an experiment is on `tune`" in pull.reply


def test_what_was_changed_after_it_landed_is_named_and_stays(world: World, pull: PullRequest) -> None:
    tip = landed(world, pull, "0.01", "good")
    head = pull.push({"params.yaml": PARAMS.replace("epochs: 10", "epochs: 20")})
    comment = pull.comment("/undo")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    assert "- `params.yaml`" in reply
    assert f"git revert {tip}" in reply
    assert "metrics.json" not in reply
    assert pull.head == head


def test_other_files_may_have_changed_since(world: World, pull: PullRequest) -> None:
    landed(world, pull, "0.01", "good")
    pull.push({"README.md": "# Other words\n"})
    pull.comment("/undo")
    assert "`good` is off" in pull.reply
    assert "# Other words" in pull.git("show", f"{pull.head}:README.md")
    assert "lr: 0.1 " in pull.git("show", f"{pull.head}:params.yaml")


def test_git_tells_what_landed_after_redis_was_lost(world: World, pull: PullRequest) -> None:
    pull.push({"README.md": "# Of whom GitHub's log of pushes tells\n"})
    world.work()
    landed(world, pull, "0.01", "good")
    world.wired.redis.flushdb()
    with world.ago(-30):  # that is, half a minute after it landed
        pull.comment("/undo")
    assert "`good` is off `tune` again" in pull.reply


def test_only_those_who_may_run_may_undo(world: World, pull: PullRequest) -> None:
    tip = landed(world, pull, "0.01", "good")
    pull.comment("/undo", by=world.reader)
    assert "write" in pull.reply
    assert pull.head == tip


def test_a_protected_branch_keeps_the_result(world: World, pull: PullRequest) -> None:
    tip = landed(world, pull, "0.01", "good")
    world.protect("tune")
    pull.comment("/undo")
    assert "GitHub would not take the commit on `tune`" in pull.reply
    assert pull.head == tip


def test_with_ask_every_result_waits_for_apply(world: World) -> None:
    pull = world.pull_request(contents={SETTINGS: "land: ask\n"})
    began = pull.head
    pull.comment("/run -S train.lr=0.01 -n good")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    report = pull.report
    assert "`land: ask` leaves every result as an experiment: `/apply good` puts this one there." in report
    assert pull.head == began
    pull.comment("/apply good")
    assert "is on `tune`" in pull.reply


@pytest.mark.parametrize(("accuracy", "lands"), [(0.95, True), (0.5, False)])
def test_with_better_only_what_is_better_lands(world: World, accuracy: float, lands: bool) -> None:
    pull = world.pull_request(contents={SETTINGS: "land: better\nprimary: accuracy\n"})
    began = pull.head
    pull.comment("/run -S train.lr=0.01 -n tried")
    world.runner.finishes(accuracy=accuracy, loss=0.05)
    report = pull.report
    assert (pull.head != began) is lands
    assert ("new head" in report) is lands
    worse = "this is worse: it stays an experiment. `/apply tried` puts it there anyway."
    assert (worse in report) is not lands
    assert set(pull.experiments) == {"tried"}


def test_parameters_that_went_first_stay_and_are_named(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --commit first -n early")
    parameters = pull.head
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "Better" in pull.report
    pull.comment("/undo")
    reply = pull.reply
    assert "`early` is off `tune` again" in reply
    assert f"they came before it, in `{parameters[:7]}`, which `git revert {parameters[:7]}` takes back." in reply
    assert pull.git("rev-parse", f"{pull.head}^{{tree}}") == pull.git("rev-parse", f"{parameters}^{{tree}}")
