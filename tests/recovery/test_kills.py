"""Whoever is killed at whatever step: one report, one experiment, one landed commit, one training at a time."""

from collections.abc import Iterator
from itertools import count

import pytest

from runners.agent.agent_folder import Home
from runners.agent.isolation import bubblewrap
from tests.processes import living
from tests.recovery.gate import Step
from tests.recovery.pull import Pull, pull_request
from tests.recovery.town import Town

pytestmark = [pytest.mark.xdist_group("recovery"), pytest.mark.timeout(1200)]

TOLD = Step("a comment is delivered", r"POST /webhook\n.*/run -S")
ASKED_AGAIN = Step("a delivery is asked for again", r"POST .*/app/hook/deliveries/\d+/attempts")
EYES = Step("the comment is seen", r"POST .*/reactions\n.*eyes")
CHECKED = Step("a check run is made", r"POST .*/check-runs\n(?!.*conclusion)")
ROCKET = Step("the comment is answered", r"POST .*/reactions\n.*rocket")
CLAIMED = Step("an agent claims the run", r"POST /api/runs/\w+/claim")
TRAINING = Step("it trains", r"\w+ /training/began", holds=True)
BUNDLE = Step("the result is sent", r"PUT /api/runs/\w+/files/bundle")
DONE = Step("the agent is done", r"POST /api/runs/\w+/done")
KEPT = Step("the experiment is pushed", r"POST .*git-receive-pack\n.*refs/exps/")
LANDED = Step("the branch is pushed", r"POST .*git-receive-pack\n.*refs/heads/")
REPORTED = Step("the report is written", r"POST .*/issues/\d+/comments\n.*studio:run")
COMPLETED = Step("the check run is completed", r"\w+ .*/check-runs(/\d+)?\n.*conclusion")
BESIDE = Step("the landed commit gets one, too", r"POST .*/check-runs\n.*conclusion")
SHOWN = Step("the overview shows it", r"PATCH .*/issues/comments/\d+\n")
STATUS = Step("the status is set", r"POST .*/statuses/\w+\n.*success")

rates = count(1)  # each run has another, so that none is answered from DVC's run cache


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    assert bubblewrap.available(), f"these tests train in isolation: {bubblewrap.INSTALL}"
    made = Town(tmp_path_factory.mktemp("town"), Home(tmp_path_factory.mktemp("agent")).root)
    yield made
    made.close()


@pytest.fixture
def pull(town: Town) -> Pull:
    town.gate.let_go()
    town.may_train.set()
    made = pull_request(town)
    town.trained.clear()
    return made


def run() -> str:
    return f"/run -S lr=0.{next(rates):03}"


def landed(pull: Pull) -> None:
    """Assert that everything was reported once, and that nothing is left."""
    pull.town.settle()
    (report,) = pull.reports
    assert "accuracy" in report, report
    assert pull.experiments == [pull.head]
    assert pull.git("rev-parse", f"{pull.head}^") == pull.base
    for sha in (pull.base, pull.head):
        (check,) = pull.checks(sha)
        assert (check.status, check.conclusion) == ("completed", "success")
        assert pull.status(sha) == "success"
    assert len(pull.overviews) == 1
    assert "accuracy" in pull.overviews[0]
    assert len(pull.town.trained) == 1
    free(pull.town)


def stopped(pull: Pull, words: str) -> None:
    """Assert one report with what to type next, and a branch that is unchanged and may be trained again."""
    pull.town.settle()
    (report,) = pull.reports
    assert "/retry" in report
    assert words in report
    assert (pull.experiments, pull.head) == ([], pull.base)
    (check,) = pull.checks(pull.base)
    assert (check.status, check.conclusion) == ("completed", "failure")
    assert pull.status(pull.base) in ("failure", "error")  # ended badly; ended nobody knows how
    assert len(pull.overviews) == 1
    free(pull.town)
    pull.comment("/retry")
    pull.town.settle()
    assert len(pull.reports) == 2
    assert pull.experiments == [pull.head]


def begun_again(pull: Pull, why: str) -> None:
    """Assert one report that names the interruption, and that no two attempts trained at the same time."""
    pull.town.settle()
    (report,) = pull.reports
    assert "accuracy" in report and f"Interrupted once: {why}" in report, report
    assert pull.experiments == [pull.head]
    (check,) = pull.checks(pull.base)
    assert (check.status, check.conclusion) == ("completed", "success")
    free(pull.town)


def free(town: Town) -> None:
    """Assert that nothing trains, that two attempts never trained at once, and that no branch is reserved."""
    assert living(town.mark) == []
    assert all(len(them) == 1 for them in town.trained), town.trained
    assert town.redis.keys("landing:*") == []


LOST = pytest.mark.parametrize("lost", [False, True], ids=["answers are lost", "requests are lost"])


@LOST
def test_the_worker_is_killed_at_everything_it_writes(town: Town, pull: Pull, lost: bool) -> None:
    # What it writes while a run goes on is written only if the run still goes on when the next worker is there.
    town.may_train.clear()
    with town.killing("worker", at=(EYES, ROCKET, CHECKED), lost=lost):
        comment = pull.comment(run())
    with town.killing("worker", at=(KEPT, LANDED, REPORTED, COMPLETED, BESIDE, SHOWN, STATUS), lost=lost):
        town.may_train.set()
    landed(pull)
    assert pull.reactions(comment) == ["eyes", "rocket"]


@LOST
def test_the_web_is_killed_at_everything_it_hears(town: Town, pull: Pull, lost: bool) -> None:
    with town.killing("web", at=(TOLD, CLAIMED, TRAINING, BUNDLE, DONE), lost=lost):
        pull.comment(run())
    landed(pull)


def test_redis_is_killed_again_and_again(town: Town, pull: Pull) -> None:
    with town.killing("redis", at=(TOLD, EYES, ROCKET, TRAINING, DONE, KEPT, LANDED, REPORTED)):
        comment = pull.comment(run())
    landed(pull)
    assert pull.reactions(comment) == ["eyes", "rocket"]


def test_the_clock_is_killed_while_it_asks_for_what_was_lost(town: Town, pull: Pull) -> None:
    with town.killing("web", at=(TOLD,), lost=True):
        pull.comment(run())
    with town.killing("clock", at=(ASKED_AGAIN, TRAINING)):
        pass
    landed(pull)


def test_the_machine_is_killed_before_it_trains_and_another_one_does(town: Town, pull: Pull) -> None:
    with town.killing("machine", at=(CLAIMED,), lost=True):
        pull.comment(run())
    town.silence()
    landed(pull)


def test_a_training_that_outlives_the_runner_process_is_adopted(town: Town, pull: Pull) -> None:
    with town.killing("runner", at=(TRAINING,)):
        pull.comment(run())
    landed(pull)


def test_a_training_whose_job_was_killed_is_ended_with_it_and_begins_again(town: Town, pull: Pull) -> None:
    with town.killing("horse", at=(TRAINING,)):
        pull.comment(run())
    begun_again(pull, "The runner was stopped")


@pytest.mark.parametrize("step", [TRAINING, BUNDLE], ids=["while it trains", "while it sends the result"])
def test_a_training_whose_agent_was_killed_ends_with_it_and_begins_again(town: Town, pull: Pull, step: Step) -> None:
    with town.killing("agent", at=(step,)):
        pull.comment(run())
    begun_again(pull, "Its agent ended with exit code -9")


def test_a_training_whose_runner_and_all_below_it_were_killed_begins_again(town: Town, pull: Pull) -> None:
    with town.killing("machine", at=(TRAINING,)):
        pull.comment(run())
    town.silence()
    begun_again(pull, "Nothing was heard from its agent")


def test_a_training_whose_agent_is_killed_each_time_is_given_up_after_three(town: Town, pull: Pull) -> None:
    with town.killing("agent", at=(TRAINING, TRAINING, TRAINING)):
        pull.comment(run())
    stopped(pull, "Its agent ended with exit code -9")


def test_a_power_cut_at_the_end_changes_nothing(town: Town, pull: Pull) -> None:
    with town.killing("redis", "web", "worker", "clock", at=(KEPT, LANDED, REPORTED)):
        pull.comment(run())
    landed(pull)


def test_a_power_cut_while_it_trains_is_said_and_it_begins_again(town: Town, pull: Pull) -> None:
    with town.killing("redis", "web", "worker", "clock", "machine", at=(TRAINING,)):
        pull.comment(run())
    town.silence()
    begun_again(pull, "Nothing was heard from its agent")
