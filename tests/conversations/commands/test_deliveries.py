"""What did not come in, or was forgotten, is asked for again, and nothing is done twice."""

import time

import pytest

import clock
from bot.redelivery import AT_ONCE, ATTEMPTS, LISTED, DeliveryAttempt, decide
from tests.world.world import PullRequest, World


def look(world: World, later: float = 0.0) -> None:
    """Let the clock look at what GitHub has sent, and let workers work."""
    clock.look(world.wired, time.time() + later)
    world.work()


def sent(world: World) -> list[int]:
    """Return the ids of the attempts of the newest comment's delivery."""
    guid = world.delivered("issue_comment").guid
    return [each.id for each in world.sandbox.state.deliveries if each.guid == guid]


def test_a_comment_written_while_the_bot_was_down_is_answered(world: World, pull: PullRequest) -> None:
    world.reachable = False
    comment = pull.comment("/params")
    assert pull.reactions(comment) == []
    world.reachable = True
    look(world)
    assert "train.lr" in pull.reply
    assert pull.reactions(comment) == ["eyes", "rocket"]


def test_what_came_in_is_not_asked_for_again(world: World, pull: PullRequest) -> None:
    pull.comment("/params")
    pull.comment("Nice.")
    assert "train.lr" in pull.reply
    before = len(world.sandbox.state.deliveries)
    look(world)
    look(world, later=3600)
    assert len(world.sandbox.state.deliveries) == before


def test_while_the_bot_stays_down_it_is_asked_for_less_and_less(world: World, pull: PullRequest) -> None:
    world.reachable = False
    pull.comment("/params")
    counts = []
    for minute in range(0, 100, 5):
        look(world, later=minute * 60)
        counts.append(len(sent(world)))
    assert counts[:9] == [2, 3, 4, 4, 5, 5, 5, 5, 6]  # 0, 5, 10, 20 and 40 minutes after the attempt before
    world.reachable = True
    look(world, later=200 * 60)
    assert "train.lr" in pull.reply


def test_what_redis_lost_comes_back_from_github(world: World, pull: PullRequest) -> None:
    comment = world.sandbox.comment("grace/digits", pull.number, "/run -S train.lr=0.01 -n careful", World.maintainer)
    world.wired.redis.flushdb()  # it was answered 202
    look(world)
    assert pull.reactions(comment) == ["eyes", "rocket"]
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report
    assert pull.experiments == {"careful": pull.head}


def test_losing_redis_wholly_doubles_nothing(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    pull.comment("/params")
    pull.comment("/run -S train.nothing=1")
    said, head = len(pull.new()), pull.head
    assert said == 3
    world.wired.redis.flushdb()
    look(world)
    assert sent(world)[1:], "it was asked for"
    world.train()
    assert (pull.new(), pull.head) == ([], head)
    assert len(world.runner_port.trained) == 1
    assert len(pull.overviews) == 1


def test_a_comment_that_comes_a_day_late_is_not_acted_on(world: World, pull: PullRequest) -> None:
    world.reachable = False
    state, now = world.sandbox.state, world.sandbox.state.clock
    state.clock = lambda: now() - 30 * 3600
    comment = world.sandbox.comment("grace/digits", pull.number, "/run -S train.lr=0.01", World.maintainer)
    state.clock = now
    world.reachable = True
    look(world)
    reply = pull.reply
    assert "30 hours after `ada` wrote it" in reply
    assert "Write it again" in reply
    assert pull.reactions(comment) == ["confused"]
    assert world.wired.ports.store.active() == []


def test_a_delivery_that_is_never_taken_is_given_up_and_no_longer_looked_for() -> None:
    attempts, now, asked = [DeliveryAttempt(1, "a", 0.0)], 0.0, 0
    while now < 3 * 24 * 3600:
        found = decide(attempts, set(), now)
        if found.ask:
            asked += 1
            attempts.append(DeliveryAttempt(len(attempts) + 1, "a", now))
        now += 300
    assert asked == ATTEMPTS - 1
    assert decide(attempts, set(), now).since == now - 600
    assert attempts[-1].at == pytest.approx(300 * 2**8, abs=3000)


def test_what_was_given_up_does_not_begin_anew_when_its_first_attempt_is_out_of_sight() -> None:
    attempts, now, since, asked = [DeliveryAttempt(1, "a", 0.0)], 0.0, 0.0, 0
    while now < 5 * 24 * 3600:
        seen = [each for each in attempts if each.at >= max(since, now - LISTED)]
        found = decide(seen, set(), now)
        since, now = found.since, now + 300
        for _ in found.ask:
            asked += 1
            attempts.append(DeliveryAttempt(len(attempts) + 1, "a", now - 299, again=True))
    assert asked == ATTEMPTS - 1


def test_one_that_github_does_not_have_any_more_keeps_no_other_back(world: World, pull: PullRequest) -> None:
    world.reachable = False
    pull.comment("/params nothing")
    pull.comment("/params")
    world.reachable = True
    sender = world.maintainer
    deliveries = [each for each in world.sandbox.state.deliveries if each.event == "issue_comment"]
    first, second = (each for each in deliveries if each.payload["sender"]["login"] == sender)
    for status in (404, 422):
        world.fault("POST", rf".*/deliveries/{first.id}/attempts$", status, body={"message": "No delivery"})
        look(world)
    assert "train.lr" in pull.reply
    assert sent(world)[0] == second.id and len(sent(world)) == 2


def test_many_are_asked_for_in_the_order_they_were_sent_and_the_rest_next_time() -> None:
    attempts = [DeliveryAttempt(number, f"guid {number}", float(number)) for number in range(150, 0, -1)]
    found = decide(attempts, {"guid 1", "guid 2"}, 1000.0)
    assert found.ask == tuple(range(3, 3 + AT_ONCE))
    assert found.since == 3.0
