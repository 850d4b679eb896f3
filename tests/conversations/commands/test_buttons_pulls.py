"""Which pull requests a press on a commit's check runs means."""

from bot.events import Pressed
from sandbox import payloads
from tests.conversations.commands.test_buttons import broken
from tests.conversations.results.test_landing import aside
from tests.conversations.running.test_runs import crash
from tests.world.project import git
from tests.world.world import PullRequest, World

__all__ = ["aside", "broken"]


def test_rerun_all_is_for_each_pull_request_of_the_head(world: World, broken: PullRequest) -> None:
    git(broken.tree, "push", "--quiet", str(world.repository.folder), "HEAD:refs/heads/tune", "main:refs/heads/next")
    other = world.sandbox.open_pull("grace/digits", "tune", "next", "Tune the next", "", World.maintainer)
    world.sandbox.comment("grace/digits", other.number, "/run --temp -S train.lr=0.02 -n second", World.maintainer)
    world.runner_port.script = crash
    world.work()
    world.train()
    broken.press_all()
    assert {run.experiment.pull for run in world.wired.ports.store.active()} == {broken.number, other.number}


def test_pull_requests_into_another_repository_are_not_taken_for_ours(world: World, aside: PullRequest) -> None:
    check = aside.check_run
    told = payloads.checked(world.sandbox.state, check, "rerequested")
    (listed,) = told["check_run"]["pull_requests"]
    upstream = {**listed, "number": 7, "base": {**listed["base"], "repo": {**listed["base"]["repo"], "id": 99}}}
    told["check_run"]["pull_requests"] = [upstream, listed]
    told |= {"sender": {"login": "ada", "type": "User"}, "installation": {"id": 1}}
    told |= {"repository": {"id": world.repository.id, "full_name": "grace/digits"}}
    event = world.understood("check_run", told)
    assert isinstance(event, Pressed) and event.pulls == (aside.number,)
