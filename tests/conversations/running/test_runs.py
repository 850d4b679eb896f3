"""`/status`, `/logs`, `/cancel` and `/retry`: what becomes of runs, and what a person can do about it."""

import pytest

from experiments.run import Done, observe
from experiments.run_state import RunState
from tests.conversations.results.test_landing import exp_push, trained
from tests.world.project import PARAMS
from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World


def crash(machine: Machine) -> None:
    machine.claim()
    machine.say("training", "epoch 1\nusing ghp_0123456789abcdefghij\nValueError: the loss is gone\n")
    machine.done(1, "The script ended with exit code 1.")


def test_status_shows_runs_queue_and_what_can_be_typed(world: World, pull: PullRequest) -> None:
    pull.comment("/status", by=World.reader)
    assert "No run of this pull request is known here." in pull.reply
    pull.comment("/run -S train.lr=0.01 --temp -n aside")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    pull.comment("/run -S train.lr=0.7 --temp -n worse")
    world.runner.finishes(accuracy=0.5, loss=0.9)
    pull.comment("/run -S train.lr=0.02 -n broken")
    world.runner.does(crash)
    pull.comment("/run -S train.lr=0.03 -n next")
    pull.new()
    pull.comment("/status", by=World.reader)
    reply = pull.reply
    for part in ("aside", "broken", "next", "queued, 1 of 1", "ada", "train.lr=0.02", "not on the branch"):
        assert part in reply
    for command in ("/cancel next", "/retry broken", "/apply aside", "/run --from broken", "/logs broken"):
        assert command in reply
    pull.comment("/cancel")
    assert "Cancelled" in pull.report
    pull.comment("/run --queue -S train.lr=0.04 -n later")
    pull.new()
    pull.comment("/status")
    reply = pull.reply
    assert "You can type:\n\n- `/start` trains what is in the queue" in reply
    assert "/cancel" not in reply


def test_experiments_that_git_has_are_told_where_their_runs_are_not_known(pull: PullRequest) -> None:
    exp_push(pull, "theirs", trained(PARAMS.replace("lr: 0.1 ", "lr: 0.2 "), 0.93))
    pull.comment("/status")
    assert "Experiments in Git: `theirs`. `/show` lists them with their numbers." in pull.reply


def test_after_redis_was_lost_it_is_not_said_that_nothing_was_trained(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n mine")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.report
    world.wired.redis.flushdb()
    pull.comment("/status")
    reply = pull.reply
    assert "Experiments in Git: `mine`." in reply and "was trained" not in reply


def test_logs_shows_the_end_of_the_newest_log_without_credentials(world: World, pull: PullRequest) -> None:
    pull.comment("/logs")
    assert "No run of this pull request is known here." in pull.reply
    pull.comment("/run -n broken")
    world.runner.does(crash)
    assert "/logs broken" in pull.report
    pull.comment("/logs", by=World.reader)
    reply = pull.reply
    assert "ValueError: the loss is gone" in reply
    assert "using ***" in reply
    assert "All 3 lines" in reply
    pull.comment("/logs broken --tail 1")
    reply = pull.reply
    assert "The last 1 of 3 lines" in reply
    assert "epoch 1" not in reply


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/logs borken", "did you mean `broken`"),
        ("/logs --tail soon", "1 to 1000"),
        ("/logs '@grace</details>'", "No run `@grace</details>`"),
        ("/cancel borken", "/cancel broken"),
        ("/cancel nonesuch", "No run `nonesuch`: none is under way."),
        ("/retry borken", "/retry broken"),
        ("/cancel", "nothing to cancel"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(world: World, pull: PullRequest, command: str, told: str) -> None:
    pull.comment("/run -n broken")
    world.runner.does(crash)
    assert "Failed" in pull.report
    comment = pull.comment(command)
    reply = pull.reply
    assert told in reply
    assert pull.reactions(comment) == ["eyes", "confused"]


def test_what_can_be_cancelled_is_named(world: World, pull: PullRequest) -> None:
    pull.comment("/run -n broken")
    world.runner.does(crash)
    assert "Failed" in pull.report
    pull.comment("/run -S train.lr=0.01 -n early")
    pull.comment("/cancel nonesuch")
    assert "No run `nonesuch`: there are `early`." in pull.reply


def test_a_queued_run_is_cancelled_without_ever_starting(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n early")
    comment = pull.comment("/cancel")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    report = pull.report
    assert "early` was taken from the queue" in report
    assert "/retry early" in report and "/logs early" not in report
    assert pull.check_run.conclusion == "cancelled"
    world.train()
    assert world.runner_port.trained == []
    pull.comment("/run -S train.lr=0.02 -n second")  # the branch is free again
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report


def test_a_training_run_is_stopped_and_what_it_logged_is_reported(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n slow")
    codes: list[int] = []

    def endless(machine: Machine) -> None:
        machine.claim()
        machine.say("training", "epoch 1 of 1000\n")
        world.sandbox.comment("grace/digits", pull.number, "/cancel slow", World.maintainer)
        world.work()
        beat = {"state": "training", "offset": 0, "log": ""}
        codes.append(world.web.post(f"{machine._base}/beat", json=beat, headers=machine._headers).status_code)

    world.runner.does(endless)
    assert codes == [410]  # the agent stops the training group and leaves
    report = pull.report
    assert "Cancelled" in report
    assert "`ada` cancelled it while it was training" in report
    assert "epoch 1 of 1000" in report
    assert pull.head == pull.head_before
    assert pull.experiments == {}
    assert pull.check_run.conclusion == "cancelled"


def test_with_several_runs_cancel_asks_which(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n one --temp\n/run -S train.lr=0.02 -n two --temp")
    comment = pull.comment("/cancel")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    assert "/cancel one" in reply
    assert "/cancel two" in reply
    pull.comment("/cancel two")
    assert "two" in pull.report
    pull.comment("/cancel")
    assert "one" in pull.report


def test_cancel_of_what_is_trained_already_leaves_the_result(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n quick")
    (run,) = world.wired.ports.store.active()
    world.wired.ports.store.update(run.id, lambda now: observe(now, Done(0), 1.0))
    comment = pull.comment("/cancel")
    assert "is trained" in pull.reply
    assert pull.reactions(comment) == ["eyes", "rocket"]
    kept = world.wired.ports.store.get(run.id)
    assert kept is not None
    assert (kept.state, kept.decisions.cancelled_by) == (RunState.FINISHING, 0)


def test_a_reader_may_not_cancel(world: World, pull: PullRequest) -> None:
    pull.comment("/run --temp -n mine")
    pull.comment("/cancel", by=World.reader)
    assert "write" in pull.reply
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.report


def test_a_failed_run_is_tried_again_under_its_name(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n stubborn")
    world.runner.does(crash)
    assert "/retry stubborn" in pull.report
    comment = pull.comment("/retry")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    assert pull.experiments == {"stubborn": pull.head}
    assert pull.message == "Set train.lr=0.01"
    pull.comment("/retry stubborn")
    reply = pull.reply
    assert "nothing to retry" in reply
    assert "/retry stubborn --force" in reply


def test_a_retry_replaces_the_run_that_it_repeats(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n stubborn")
    world.runner.does(crash)
    assert "/retry stubborn" in pull.report
    pull.comment("/retry")
    pull.comment("/retry")
    assert "`stubborn` is queued" in pull.reply  # and not that the one before it failed
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    pull.push({"README.md": "# Other words\n"})
    pull.comment("/retry")
    assert "`stubborn` succeeded, so there is nothing to retry" in pull.reply
    pull.comment("/status")
    status = pull.reply
    assert "| failed |" in status  # it stays in the table
    assert "`/retry" not in status


def test_a_retry_after_the_head_moved_is_offered_as_a_run_from_it(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n stubborn")
    world.runner.does(crash)
    assert "Failed" in pull.report
    pull.push({"README.md": "# Mended\n"})
    pull.comment("/retry")
    assert "/run --from stubborn" in pull.reply
    pull.comment("/run --from stubborn -S train.epochs=20 -S train.optimizer=sgd -n again")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}))
    assert "better" in pull.report
    assert pull.message == "Set train.lr=0.01, train.epochs=20", "the optimizer was that before"
    assert "lr: 0.01   # learning rate" in pull.git("show", f"{pull.head}:params.yaml")


def test_a_retry_whose_name_is_taken_gets_another(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n popular")
    world.runner.does(crash)
    assert "Failed" in pull.report
    pull.git("update-ref", f"refs/exps/{pull.head[:2]}/{pull.head[2:]}/popular", pull.head)
    pull.comment("/retry")
    assert "There is an experiment `popular` already" in pull.reply
    (run,) = world.wired.ports.store.active()
    assert run.experiment.name != "popular"
    pull.comment("/cancel")
    assert "Cancelled" in pull.report
