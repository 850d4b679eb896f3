"""What happens to a pull request while it trains: pushed to, closed, merged, its branch deleted, its base changed."""

from collections.abc import Callable
from time import time

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from bot.events import PullChanged
from handlers.jobs.cancel_on_close import GRACE
from handlers.jobs.pull_request_change import pull_changed
from sandbox import branches
from sandbox.web import conversation
from services.redis.lanes import REPORTS
from tests.conversations.running.test_runs import crash
from tests.world.project import files, git, write
from tests.world.runner import Machine, Script, training
from tests.world.world import PullRequest, World

GOOD = {"accuracy": 0.95, "loss": 0.05}


def meanwhile(happens: Callable[[], object], told: list[int] | None = None) -> Script:
    """Training during which something happens. `told`: what the agent is answered afterwards, where it is to stop."""

    def once(machine: Machine) -> None:
        happens()

    def script(machine: Machine) -> None:
        if told is None:
            training(GOOD, extra=once)(machine)
            return
        machine.claim()
        machine.say("training", "epoch 1 of 1000\n")
        happens()
        told.append(machine.status("beat", {"state": "training", "offset": 0, "log": ""}))

    return script


def close(world: World, pull: PullRequest, ago: float) -> None:
    with world.ago(ago):
        world.sandbox.close_pull("grace/digits", pull.number, world.maintainer)
    world.work()


def merge(world: World, pull: PullRequest) -> None:
    branches.merge_pull(world.sandbox.state, world.sandbox.state.pull(world.repository, 1), world.maintainer)
    world.work()


def set_branch(world: World, branch: str, sha: str) -> None:
    with world.ago(120):
        branches.set_branch(world.sandbox.state, world.repository, branch, sha, world.maintainer)
    world.work()


def test_a_head_that_moved_keeps_its_commits_and_the_result_is_an_experiment(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n late")
    world.runner.does(meanwhile(lambda: pull.push({"README.md": "# Other words\n"})))
    report = pull.report
    assert f"`tune` moved to `{pull.head[:7]}` while it trained." in report
    assert "`/apply late` puts it on this branch" in report
    assert pull.experiments["late"] != pull.head
    pull.comment("/apply late")
    assert "they hold" in pull.reply


def test_a_forced_push_that_left_the_baseline_out_is_said(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n late")
    git(pull.tree, "checkout", "--quiet", "--detach", "main")
    write(pull.tree, {"README.md": "# Written anew\n"})
    git(pull.tree, "commit", "--quiet", "--all", "--allow-empty", "-m", "Anew")
    git(pull.tree, "push", "--quiet", str(world.repository.folder), "HEAD:refs/heads/other")
    other = git(pull.tree, "rev-parse", "HEAD")
    world.runner.does(meanwhile(lambda: set_branch(world, "tune", other)))
    report = pull.report
    assert f"moved to `{other[:7]}` while it trained, by a forced push that left out" in report
    assert pull.head == other
    pull.comment("/apply late")
    assert "they hold" in pull.reply
    assert pull.git("rev-parse", f"{pull.head}^") == other


def test_closing_stops_training_after_a_minute_and_cancels_what_is_queued(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n slow\n/run -S train.lr=0.02 -n next --temp")
    told: list[int] = []
    seen: list[list[str]] = []

    def happens() -> None:
        close(world, pull, ago=5)
        seen.append(pull.new())  # closed and opened again to set CI off: nothing is stopped yet
        conversation.reopen_pull(world.sandbox.state, world.sandbox.state.pull(world.repository, 1), "ada")
        world.work()
        seen.append(pull.new())
        close(world, pull, ago=61)

    world.runner.does(meanwhile(happens, told))
    assert seen == [[], []]
    assert told == [410]
    stopped, cancelled = sorted(pull.new(), key=lambda body: "next" in body)
    assert "`slow` was stopped" in stopped
    assert "The pull request was closed while it was training." in stopped
    assert "epoch 1 of 1000" in stopped
    assert "open this pull request again" in stopped and "`/retry slow`" in stopped
    assert "`next` was taken from the queue" in cancelled
    assert "The pull request was closed before it began." in cancelled
    assert {check.conclusion for check in pull.checks(pull.head_before)} == {"cancelled"}
    assert "cancelled" in pull.overview
    assert pull.head == pull.head_before
    comment = pull.comment("/retry slow")
    assert "Open it again" in pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]
    conversation.reopen_pull(world.sandbox.state, world.sandbox.state.pull(world.repository, 1), "ada")
    pull.comment("/retry slow")
    world.runner.does(training(GOOD))
    assert "became the new head of `tune`" in pull.report


def test_when_the_minute_of_grace_is_over_it_is_looked_at_again(world: World, pull: PullRequest) -> None:
    world.work()
    world.sandbox.close_pull("grace/digits", pull.number, world.maintainer)
    event = world.understood("pull_request", world.delivered("pull_request").payload)
    assert isinstance(event, PullChanged)
    world.wired.queue.refresh(event.where, after=5)  # a run's state, say: it does not do for both
    began = time()
    pull_changed(world.wired.ports, event, began)
    waiting = Queue(REPORTS, connection=world.wired.redis, serializer=JSONSerializer).scheduled_job_registry
    due = sorted(waiting.get_scheduled_time(job).timestamp() - began for job in waiting.get_job_ids())
    assert len(due) == 2
    assert due[1] > GRACE + 10, "a few seconds between two clocks must not leave it training"


def test_merging_lets_training_end_as_an_experiment_and_begins_nothing(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n slow\n/run -S train.lr=0.02 -n next --temp")
    world.runner.does(meanwhile(lambda: merge(world, pull)))
    cancelled, report = pull.new()
    assert "The pull request was merged before it began." in cancelled
    assert "this pull request is merged" in cancelled
    assert "better" in report
    assert "The pull request was merged while it trained, so `tune` was left alone." in report
    assert "`/branch slow` gives it a branch with a pull request of its own." in report
    assert "/apply" not in report
    assert pull.head == pull.head_before
    pull.comment("/run")
    assert "This pull request is merged" in pull.reply
    pull.comment("/branch slow")
    assert "into `main`" in pull.reply
    made = world.sandbox.state.pull(world.repository, 2)
    assert (made.head_ref, made.base_ref) == ("slow-branch", "main")


def test_a_merged_pull_request_is_shown_against_the_base_it_had(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01")
    world.runner.finishes(**GOOD)
    assert pull.report
    merge(world, pull)
    assert "▲ Better" in pull.overview
    assert "| `train.lr` | `0.1` | `0.01` |" in pull.overview


def test_deleting_the_branch_closes_the_pull_request_and_stops_training(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n slow")
    told: list[int] = []
    world.runner.does(meanwhile(lambda: set_branch(world, "tune", ""), told))
    assert told == [410]
    report = pull.report
    assert "The branch `tune` was deleted while it was training, which closed the pull request." in report
    assert "its branch restored if that is gone" in report
    set_branch(world, "tune", pull.head_before)
    conversation.reopen_pull(world.sandbox.state, world.sandbox.state.pull(world.repository, 1), "ada")
    pull.comment("/retry slow")
    world.runner.finishes(**GOOD)
    assert "became the new head of `tune`" in pull.report


def test_what_was_trained_when_the_branch_went_is_kept(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n slow")

    def happens() -> None:
        branches.set_branch(world.sandbox.state, world.repository, "tune", "", world.maintainer)
        world.work()

    world.runner.does(meanwhile(happens))
    report = pull.report
    assert "The branch `tune` was deleted while it trained, which closed the pull request." in report
    assert "`/branch slow` gives it a branch" in report
    assert "slow" in pull.experiments
    pull.comment("/branch slow")
    assert "into `main`" in pull.reply


@pytest.mark.parametrize("old_base_goes", [False, True])
def test_another_base_is_what_the_overview_compares_with_and_whose_rules_hold(
    world: World, pull: PullRequest, old_base_goes: bool
) -> None:
    git(pull.tree, "checkout", "--quiet", "-B", "dev", "main")
    write(pull.tree, {**files(0.8), ".github/studio.yml": "primary: loss\nmetrics:\n  loss: {better: lower}\n"})
    git(pull.tree, "commit", "--quiet", "--all", "-m", "Develop")
    git(pull.tree, "push", "--quiet", str(world.repository.folder), "HEAD:refs/heads/dev")
    pull.comment("/run -S train.lr=0.01 -n slow")
    assert "where it left `main`" in pull.overview

    def happens() -> None:
        state = world.sandbox.state
        branches.edit_base(state, state.pull(world.repository, 1), "dev", world.maintainer)
        if old_base_goes:  # as GitHub does by itself when the base of a stacked pull request is merged and deleted
            set_branch(world, "main", "")
        world.work()

    world.runner.does(meanwhile(happens))
    report = pull.report
    assert "Better: `loss` 0.10 → 0.05" in report  # against its own baseline, by the rules of the base it has now
    assert "where it left `dev`" in pull.overview
    assert pull.experiments == {"slow": pull.head}


def test_a_run_that_failed_after_the_head_moved_offers_no_retry(world: World, pull: PullRequest) -> None:
    def moves_and_crashes(machine: Machine) -> None:
        pull.push({"README.md": "# Other words\n"})
        crash(machine)

    pull.comment("/run -n late")
    world.runner.does(moves_and_crashes)
    report = pull.report
    assert "/retry" not in report and "push; `/run` trains the new head." in report, "it would be refused"
    (check,) = pull.checks(pull.head_before)
    assert not check.actions
    pull.comment("/status")
    assert "/retry" not in pull.reply
    pull.comment("/retry late")
    assert "To train today's code:\n\n```\n/run\n```" in pull.reply
