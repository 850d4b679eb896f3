"""In which order a process takes jobs."""

from typing import Any

import pytest
from redis import Redis
from rq.worker import DequeueStrategy

from services.redis.lanes import ASIDE, EVENTS, LANES, REPORTS
from services.redis.workers import ShortWorker, work


@pytest.mark.parametrize(
    ("lanes", "order"),
    [
        (ASIDE, DequeueStrategy.ROUND_ROBIN),
        ((EVENTS,), DequeueStrategy.DEFAULT),
        ((REPORTS,), DequeueStrategy.DEFAULT),
        (LANES, DequeueStrategy.DEFAULT),
    ],
)
def test_the_lanes_aside_are_worked_at_in_turn(lanes: tuple[str, ...], order: DequeueStrategy, redis_url: str) -> None:
    """Whoever is beyond a share would keep all who cannot write waiting for as long as he asks."""
    seen: list[DequeueStrategy] = []

    class Told(ShortWorker):
        stopping = True

        def work(self, *_: Any, dequeue_strategy: DequeueStrategy, **__: Any) -> bool:
            seen.append(dequeue_strategy)
            return True

    with Redis.from_url(redis_url) as redis:
        work(Told, lanes, redis)
    assert seen == [order]
