"""When the head came and when the command was typed: what nobody can have looked at is not acted on."""

import json
from collections.abc import Mapping

import pytest

from bot.ports.git_host import Push
from handlers.checks.head_seen import came
from sandbox import branches
from tests.conversations.running.test_runs import crash
from tests.world.runner import training
from tests.world.world import BOT, PullRequest, World

OTHER = {"README.md": "# Other words\n"}


def types(world: World, pull: PullRequest, body: str, ago: float = 0.0, push: float | None = None) -> str:
    """Somebody types `ago` seconds ago, and somebody else pushes `push` seconds ago; what the bot answers at once."""
    with world.ago(ago):
        comment = world.sandbox.comment("grace/digits", pull.number, body, world.maintainer)
    if push is not None:
        pull.push(OTHER, ago=push)
    world.work()
    said = "\n".join(pull.new())
    assert pull.reactions(comment) == ["eyes", "confused" if "nothing was done" in said else "rocket"]
    return said


def lose_memory(world: World) -> None:
    for key in world.wired.redis.keys("memo:head:*"):
        world.wired.redis.delete(key)


@pytest.mark.parametrize(("push", "when"), [(0, "after"), (28, "after"), (32, "s before"), (38, "s before")])
def test_what_was_pushed_after_the_comment_or_moments_before_it_is_not_trained(
    world: World, pull: PullRequest, push: float, when: str
) -> None:
    reply = types(world, pull, "/run -S train.lr=0.01", ago=30, push=push)
    assert f"`{pull.head[:7]}` was pushed to `tune`" in reply
    assert f"{when} this comment" in reply
    assert "/run -S train.lr=0.01" in reply.splitlines()
    assert "anybody else who may" in reply
    assert world.wired.ports.store.active() == []


def test_what_was_pushed_half_a_minute_before_is_trained(world: World, pull: PullRequest) -> None:
    assert types(world, pull, "/run -n calm", ago=0, push=30) == ""
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    assert pull.git("rev-parse", f"{pull.head}^^") == pull.head_before


def test_typed_again_it_is_done(world: World, pull: PullRequest) -> None:
    assert "was pushed" in types(world, pull, "/run -n calm", ago=30, push=29)
    assert types(world, pull, "/run -n calm") == ""
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.report


def test_a_forced_push_is_a_push(world: World, pull: PullRequest) -> None:
    sha = pull.push(OTHER, ago=300)
    state = world.sandbox.state
    with world.ago(200):
        branches.set_branch(state, world.repository, "tune", pull.head_before, world.maintainer)
    with world.ago(32):  # a commit that was the head long ago, too
        branches.set_branch(state, world.repository, "tune", sha, world.maintainer)
    world.work()
    assert "s before this comment" in types(world, pull, "/run", ago=30)


@pytest.mark.parametrize("command", ["/apply aside", "/retry broken"])
def test_every_command_that_acts_on_the_head_asks(world: World, pull: PullRequest, command: str) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n aside")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    pull.comment("/run -n broken")
    world.runner.does(crash)
    assert len(pull.new()) == 2
    reply = types(world, pull, command, ago=30, push=29)
    assert "was pushed to `tune` after this comment" in reply
    assert command in reply.splitlines()


def test_what_only_reads_does_not_ask(world: World, pull: PullRequest) -> None:
    assert "train.lr" in types(world, pull, "/params", ago=30, push=29)


def test_our_own_pushes_are_not_meant(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n one")
    with world.ago(30):
        early = world.sandbox.comment("grace/digits", pull.number, "/run -S train.lr=0.02 -n two --temp", "ada")
    deliveries = world.wired.redis.lrange("rq:queue:events", 0, -1)
    world.wired.redis.delete("rq:queue:events")  # it waits while the first run lands
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "became the new head" in pull.report
    world.wired.redis.rpush("rq:queue:events", *deliveries)
    world.work()
    assert pull.reactions(early) == ["eyes", "rocket"]
    world.runner.finishes(accuracy=0.96, loss=0.04)
    assert "better" in pull.report


def test_what_lies_under_our_own_push_is_meant(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n aside")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.report
    pull.push(OTHER, ago=25)
    world.work()
    pull.comment("/apply aside")
    assert "they hold" in pull.reply
    assert pull.git("log", "-1", "--format=%an", pull.head) == BOT
    assert "was pushed to `tune`" in types(world, pull, "/run", ago=28)
    lose_memory(world)
    assert "was pushed to `tune`" in types(world, pull, "/run", ago=28)


@pytest.mark.parametrize(("push", "refused"), [(30, False), (3, True)])
def test_what_was_forgotten_github_tells(world: World, pull: PullRequest, push: float, refused: bool) -> None:
    pull.push(OTHER, ago=push)
    world.work()
    lose_memory(world)
    assert ("was pushed" in types(world, pull, "/run -n calm")) is refused
    if not refused:
        world.runner.finishes(accuracy=0.95, loss=0.05)
        assert pull.report


def test_a_delivery_that_comes_late_is_waited_for(world: World, pull: PullRequest) -> None:
    lose_memory(world)
    late: list[tuple[Mapping[str, str], bytes]] = []

    def slow(headers: Mapping[str, str], body: bytes) -> int:
        late.append((headers, body))
        return 202

    world.sandbox.state.webhook_sink = slow
    pull.push(OTHER, ago=3)
    world.sandbox.state.webhook_sink = world.receive
    world.sandbox.state.activities.clear()  # its log is not written yet, either
    comment = world.sandbox.comment("grace/digits", pull.number, "/run", world.maintainer)
    world.work_now()  # it is put off until GitHub has told
    assert pull.reactions(comment) == ["eyes"]
    assert pull.new() == []
    for headers, body in late:
        world.receive(headers, body)
    world.wait(100)
    assert "s before this comment" in pull.reply


@pytest.mark.parametrize(("push", "refused"), [(200, False), (125, True)])
def test_where_nothing_tells_it_the_last_push_to_the_repository_decides(
    world: World, pull: PullRequest, push: float, refused: bool
) -> None:
    pull.push(OTHER, ago=push)
    world.work()
    lose_memory(world)
    world.fault("GET", r".*/activity$", 404, times=9)
    assert ("was pushed" in types(world, pull, "/run -n calm", ago=120)) is refused
    if not refused:
        world.runner.finishes(accuracy=0.95, loss=0.05)
        assert pull.report


def test_a_job_that_runs_again_does_not_ask_again(world: World, pull: PullRequest) -> None:
    with world.ago(30):
        comment = world.sandbox.comment("grace/digits", pull.number, "/run -n calm", world.maintainer)
    world.work()
    for key in world.wired.redis.keys("done:*"):  # it died before its end
        world.wired.redis.delete(key)
    for reaction in world.sandbox.state.reactions_of(comment):
        del world.sandbox.state.reactions[reaction.id]
    pull.push(OTHER, ago=20)
    delivery = world.delivered("issue_comment")
    headers = {**delivery.headers, "X-GitHub-Delivery": "another"}
    world.receive(headers, json.dumps(delivery.payload, separators=(",", ":")).encode())
    world.work()
    assert pull.new() == []
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}))
    assert "moved to" in pull.report


def test_the_log_of_pushes_is_read_from_the_newest() -> None:
    zeros, us = "0" * 40, BOT
    log = [Push("b", "c", us, 50.0), Push("a", "b", "eve", 40.0), Push("b", "a", "ada", 30.0), Push("x", "b", us, 9.0)]
    assert came("c", log, us) == 40.0
    assert came("a", log, us) == 30.0
    assert came("q", log, us) is None
    assert came("c", log[:1], us) is None
    assert came("c", [Push(zeros, "c", us, 50.0)], us) == 0.0
