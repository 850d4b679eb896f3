"""Buttons of check runs, and GitHub's own Re-run: a press is the command it stands for, typed by who pressed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from experiments.experiment import PullRef, Repository
from experiments.run import Run
from sandbox import checks, payloads, webhooks
from sandbox.records import CheckRun, Json
from tests.contracts.sandbox.sandbox_hub import private_key
from tests.conversations.results.test_landing import aside
from tests.conversations.running.test_runs import crash
from tests.world.world import PullRequest, World

__all__ = ["aside"]


@pytest.fixture
def broken(world: World, pull: PullRequest) -> PullRequest:
    """Return a pull request whose only run `stubborn` failed."""
    pull.comment("/run -S train.lr=0.01 -n stubborn")
    world.runner.does(crash)
    assert "/retry stubborn" in pull.report
    return pull


def labels(check: CheckRun) -> list[str]:
    return [action["label"] for action in check.actions]


def now(pull: PullRequest, check: CheckRun) -> CheckRun:
    return pull.world.sandbox.state.check_runs[check.id]


def demote(world: World, login: str, role: str) -> None:
    """Give somebody another role, as an administrator does."""
    given = world.sandbox.state.repositories[world.repository.id]
    world.sandbox.state.put(replace(given, collaborators={**given.collaborators, login: role}))


def forge(world: World, check: CheckRun, by: str = World.maintainer, button: str = "retry", **fields: Any) -> None:
    """Deliver a press on a check run with these contents, and let workers work."""
    told: Json = payloads.checked(world.sandbox.state, check, "requested_action")
    told |= {"requested_action": {"identifier": button}, "check_run": told["check_run"] | fields}
    webhooks.emit(world.sandbox.state, world.repository, "check_run", by, told)
    world.work()


def test_retry_of_a_failed_run_starts_it_again_without_a_word(world: World, broken: PullRequest) -> None:
    check = broken.check_run
    assert labels(check) == ["Retry"]
    broken.press(check, "retry")
    first, second = broken.checks(broken.head_before)
    assert (first.name, second.name, second.status) == ("studio: stubborn", "studio: stubborn", "queued")
    assert "`ada`" in second.output["summary"]
    assert "1 queued" in broken.overview
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in broken.report
    assert broken.head == broken.experiments["stubborn"]


def test_apply_puts_the_experiment_on_the_branch_and_its_button_goes(aside: PullRequest) -> None:
    check = aside.check_run
    assert labels(check) == ["Apply"]
    aside.press(check, "apply")
    reply = aside.reply
    assert reply.startswith("`ada` pressed **Apply** on `aside`.\n\n`aside` is on `tune`")
    assert aside.head == aside.experiments["aside"]
    assert labels(now(aside, check)) == []
    assert "became the new head of `tune`" in now(aside, check).output["summary"]
    (landed,) = aside.checks(aside.head)
    assert (landed.name, landed.conclusion) == ("studio: aside", "success")


def test_a_typed_apply_takes_the_button_away_too(aside: PullRequest) -> None:
    aside.comment("/apply aside")
    assert "is on `tune`" in aside.reply
    assert labels(now(aside, aside.check_run)) == []


def test_while_it_is_under_way_there_is_no_button(world: World, pull: PullRequest) -> None:
    pull.comment("/run --temp -n slow")
    assert labels(pull.check_run) == []
    pull.press(pull.check_run)
    assert pull.reply.startswith("`ada` pressed **Re-run** on `slow`.\n\n`slow` is queued. `/cancel slow` stops it")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report


def test_who_pressed_is_asked_for_permission_and_not_who_commented(world: World, broken: PullRequest) -> None:
    check = broken.check_run
    demote(world, "ivan", "write")
    checks.press(world.sandbox.state, check, "retry", "ivan")
    demote(world, "ivan", "read")  # before a worker came to it
    world.work()
    reply = broken.reply
    assert reply.startswith("`ivan` pressed **Retry** on `stubborn`.")
    assert "`/retry` needs `write` access" in reply and "`ivan` has `read` access" in reply
    assert len(broken.checks(broken.head_before)) == 1
    broken.press(check, "retry", by="ada")  # who commented, and may
    assert len(broken.checks(broken.head_before)) == 2
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in broken.report


def test_a_run_of_a_head_that_moved_says_what_to_type(world: World, broken: PullRequest) -> None:
    broken.push({"README.md": "# Mended\n"})
    broken.press(broken.check_run, "retry")
    reply = broken.reply
    assert reply.startswith("`ada` pressed **Retry** on `stubborn`.")
    assert "/run --from stubborn" in reply


def test_a_double_press_is_one(world: World, broken: PullRequest) -> None:
    check = broken.check_run
    for _ in range(2):  # before a worker came to the first
        checks.press(world.sandbox.state, check, "retry", "ada")
    world.work()
    assert len(broken.checks(broken.head_before)) == 2
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in broken.report


def test_the_same_press_told_again_changes_nothing_and_a_later_one_counts(world: World, broken: PullRequest) -> None:
    world.runner_port.refusal = "The operator closed it for the night."
    broken.press(broken.check_run, "retry")
    assert "closed it for the night" in broken.reply
    told = world.delivered("check_run")
    world.sandbox.redeliver(told.guid)
    world.receive({**told.headers, "X-GitHub-Delivery": "another"}, webhooks.encode(told.payload))  # not signed: guid
    world.work()
    assert broken.new() == []
    world.runner_port.refusal = ""
    world.receive({**told.headers, "X-GitHub-Delivery": "third"}, webhooks.encode(told.payload))
    world.work()
    assert len(broken.checks(broken.head_before)) == 1
    broken.press(broken.check_run, "retry")
    assert len(broken.checks(broken.head_before)) == 2
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in broken.report


def test_a_worker_that_died_after_the_retry_began_starts_no_second(world: World, broken: PullRequest) -> None:
    broken.press(broken.check_run, "retry")
    told = world.delivered("check_run")
    for key in world.wired.redis.keys("done:*"):  # it died before it wrote that it was done
        world.wired.redis.delete(key)
    world.receive({**told.headers, "X-GitHub-Delivery": "again"}, webhooks.encode(told.payload))
    world.work()
    assert len(broken.checks(broken.head_before)) == 2
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in broken.report


def test_rerun_of_a_run_that_worked_is_a_repeat_under_a_new_name(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n good")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    landed = pull.head
    pull.press(pull.check_run)
    reply = pull.reply
    assert reply.startswith("`ada` pressed **Re-run** on `good`.")
    assert f"trains again what `good` trained, on `{pull.head_before[:7]}` as it did" in reply
    world.runner.finishes(accuracy=0.94, loss=0.06)
    report = pull.report
    assert "0.94" in report and "`--temp`" in report
    assert pull.head == landed
    assert len(pull.experiments) == 2
    (run,) = [run for run in runs(pull) if run.experiment.name != "good"]
    assert run.experiment.execution.force and run.experiment.landing.temp
    pull.press(pull.check(run.experiment.name))  # a repeat of the repeat
    assert f"trains again what `{run.experiment.name}` trained" in pull.reply
    pull.comment("/cancel")
    assert "Cancelled" in pull.report


def test_rerun_of_a_run_whose_parameters_came_first_leaves_the_branch_alone(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --commit first -n early")
    pull.new()
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    landed = pull.head
    pull.git("update-ref", "refs/heads/tune", pull.head_before)  # not even where its parameter commit was taken back
    pull.press(pull.check("early"))
    assert "trains again what `early` trained" in pull.reply
    world.runner.finishes(accuracy=0.94, loss=0.06)
    assert "0.94" in pull.report
    assert pull.head == pull.head_before != landed


def test_rerun_of_a_failed_run_is_a_retry(world: World, broken: PullRequest) -> None:
    broken.press(broken.check_run)
    assert len(broken.checks(broken.head_before)) == 2
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in broken.report


def test_rerun_all_retries_what_did_not_work(world: World, pull: PullRequest) -> None:
    pull.comment("/run --temp -n one\n/run --temp -n two\n/run --temp -n three")
    world.runner_port.script = crash
    world.train()
    assert len(pull.new()) == 3
    pull.press(pull.check("three"), "retry")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    pull.press_all()
    queued = {check.name for check in pull.checks(pull.head_before) if check.status == "queued"}
    assert queued == {"studio: one", "studio: two"}
    pull.comment("/cancel one\n/cancel two")
    assert len(pull.new()) == 2


def test_rerun_all_where_nothing_failed_says_what_to_type(world: World, aside: PullRequest) -> None:
    aside.press_all()
    reply = aside.reply
    assert reply.startswith(f"`ada` pressed **Re-run all checks** on `{aside.head[:7]}`.")
    assert "/retry aside --force" in reply


def test_a_press_on_another_apps_check_run_is_none_of_ours(world: World, broken: PullRequest) -> None:
    other = world.sandbox.install_app("other", ["grace/digits"], private_key=private_key())
    check = broken.check_run
    asked = {"name": check.name, "head_sha": check.head_sha, "external_id": check.external_id, "conclusion": "failure"}
    foreign = checks.create(world.sandbox.state, world.repository, other.app.id, asked)
    forge(world, foreign)
    assert len(broken.checks(broken.head_before)) == 2  # theirs and ours
    told = payloads.suite_checked(world.sandbox.state, foreign, "rerequested")
    webhooks.emit(world.sandbox.state, world.repository, "check_suite", World.maintainer, told)
    world.work()
    assert len(broken.checks(broken.head_before)) == 2


@pytest.mark.parametrize("external_id", ["", "../../run", "0123456789abcdef.0", "run.9" * 2000])
def test_what_an_external_id_says_is_not_believed(world: World, broken: PullRequest, external_id: str) -> None:
    """The check run is taken by its name then, and the pull requests by what GitHub says of its commit."""
    forge(world, broken.check_run, external_id=external_id, name="studio: --force; rm", pull_requests=[])
    forge(world, broken.check_run, external_id=external_id, name="studio: stubborn --force")
    forge(world, broken.check_run, external_id=external_id, name="studio: stubborn", pull_requests=[])
    forge(world, broken.check_run, external_id=external_id, button="shell")
    assert len(broken.checks(broken.head_before)) == 1


def test_an_external_id_of_another_commit_or_repository_is_not_believed(world: World, broken: PullRequest) -> None:
    (run,) = runs(broken)
    world.wired.ports.store.update(
        run.id,
        lambda seen: replace(
            seen, experiment=replace(seen.experiment, repository=replace(seen.experiment.repository, id=7))
        ),
    )
    forge(world, broken.check_run, pull_requests=[])
    world.wired.ports.store.update(run.id, lambda seen: run)
    forge(world, broken.check_run, pull_requests=[], head_sha="0" * 40)
    assert len(broken.checks(broken.head_before)) == 1


def test_after_redis_was_lost_apply_still_knows_what_git_holds(world: World, aside: PullRequest) -> None:
    world.wired.redis.flushdb()
    aside.press(aside.check_run, "apply")
    assert "`aside` is on `tune`" in aside.reply
    assert aside.head == aside.experiments["aside"]


def test_after_redis_was_lost_an_answered_press_that_comes_again_is_none(world: World, aside: PullRequest) -> None:
    aside.press(aside.check_run, "apply")
    assert "`aside` is on `tune`" in aside.reply
    told = world.delivered("check_run")
    world.wired.redis.flushdb()
    aside.git("update-ref", "refs/heads/tune", aside.head_before)  # taken back, and wanted so
    world.receive({**told.headers, "X-GitHub-Delivery": "again"}, webhooks.encode(told.payload))
    aside.press_all()
    assert aside.new() == []
    assert aside.head == aside.head_before


def test_bots_press_nothing(world: World, broken: PullRequest) -> None:
    forge(world, broken.check_run, by="ml-studio[bot]")
    assert len(broken.checks(broken.head_before)) == 1


def test_a_press_under_githubs_limits_is_answered_later(world: World, broken: PullRequest) -> None:
    world.fault("GET", r".*/pulls/1$", 403, headers={"retry-after": "7"}, body={"message": "secondary rate limit"})
    broken.press(broken.check_run, "retry")
    assert len(broken.checks(broken.head_before)) == 2
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in broken.report


def runs(pull: PullRequest) -> Sequence[Run]:
    where = Repository(pull.world.repository.id, "grace/digits", installation=0)
    return pull.world.wired.ports.store.of_pull(PullRef(where, pull.number))
