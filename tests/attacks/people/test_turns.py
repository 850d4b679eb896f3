"""Repositories beyond their share, and guests, take turns: none waits for all jobs of another."""

from collections.abc import Sequence
from typing import cast

from redis import Redis
from rq import Queue, get_current_job
from rq.serializers import JSONSerializer

from services.redis.lanes import EVENTS, GUESTS, LANES, REPORTS, SLOW, SLOWS, queues_of, slow_of
from services.redis.workers import ShortWorker, work
from tests.world.world import PullRequest, World

MALLORY, ADA, IVAN = 30, 31, 47  # ids of repositories; the last two share a queue


def note(who: str) -> None:
    """Do the work of a job: record that it ran."""
    job = get_current_job()
    job.connection.rpush("done", who)


def waiting(redis: Redis) -> set[str]:
    """Return the queues in which there is a job."""
    return {name for name in queues_of(LANES) if Queue(name, connection=redis, serializer=JSONSerializer).jobs}


def done(redis: Redis, waiting: Sequence[tuple[str, str]], lanes: Sequence[str]) -> list[str]:
    """Return the order in which a process of these lanes works: each job's queue, and whose job it is."""
    for queue, who in waiting:
        Queue(queue, connection=redis, serializer=JSONSerializer).enqueue("tests.attacks.people.test_turns.note", who)

    class Once(ShortWorker):
        stopping = True

        def work(self) -> bool:
            return bool(super().work(burst=True, logging_level="CRITICAL"))

    work(Once, queues_of(lanes), redis)
    return [str(each, "utf-8") for each in cast("list[bytes]", redis.lrange("done", 0, -1))]


def test_a_repository_waits_for_one_job_of_another(redis: Redis) -> None:
    flood = [(slow_of(MALLORY), "mallory")] * 6
    assert done(redis, [*flood, *[(slow_of(ADA), "ada")] * 2], [SLOW, GUESTS])[:4] == ["mallory", "ada"] * 2


def test_a_guest_waits_for_one_slow_job_whoever_has_some(redis: Redis) -> None:
    flood = [(queue, queue) for queue in SLOWS for _ in range(3)]
    order = done(redis, [*flood, *[(GUESTS, "guest")] * 5], [SLOW, GUESTS])
    assert [number for number, who in enumerate(order) if who == "guest"] == [1, 3, 5, 7, 9]
    slow = [who for who in order if who != "guest"]
    assert slow == [*SLOWS] * 3, "and all of them take turns"


def test_guests_keep_nobody_else_waiting(redis: Redis) -> None:
    order = done(
        redis, [*[(GUESTS, "guest")] * 6, (slow_of(ADA), "ada"), (slow_of(MALLORY), "mallory")], [SLOW, GUESTS]
    )
    assert order.index("ada") <= 2 and order.index("mallory") <= 2


def test_a_single_process_does_first_what_others_wait_for(redis: Redis) -> None:
    flood = [(slow_of(MALLORY), "mallory")] * 3
    waiting = [*flood, (slow_of(ADA), "ada"), (REPORTS, "report"), (EVENTS, "event"), (EVENTS, "event")]
    order = done(redis, waiting, LANES)
    assert order == ["event", "event", "report", "mallory", "ada", "mallory", "mallory"]


def test_each_repository_has_a_queue_of_the_slow_lane() -> None:
    assert slow_of(IVAN) == slow_of(ADA) != slow_of(MALLORY)
    assert {slow_of(number) for number in range(100)} == {*SLOWS} == {*queues_of([SLOW])}
    assert SLOW in SLOWS, "what waited before there were several is done, too"


def test_jobs_that_a_slow_job_queues_stay_in_its_queue(world: World, pull: PullRequest) -> None:
    world.wired.redis.set(f"share:{world.repository.id}", 10_000, ex=600)
    world.sandbox.comment("grace/digits", pull.number, "/run -S train.lr=0.01 -n tried", World.maintainer)
    world.work_now(EVENTS)
    assert waiting(world.wired.redis) == {slow_of(world.repository.id)}
    world.work_now(SLOW)
    assert waiting(world.wired.redis) == set(), "check run and overview, too"
    world.train()
    assert pull.new()
