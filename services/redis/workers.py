"""Processes that take jobs from RQ's queues until they are told to stop."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from services.redis.heartbeat import BEAT, LIFE, beating
from services.redis.lanes import ASIDE, GUESTS, SLOWS
from services.redis.queue import RestartableJob

UPKEEP = 60  # seconds between two looks of a worker at what got stuck
PAUSE = 1.0  # seconds between two tries to reach Redis

log = logging.getLogger(__name__)


class _Lively:
    """What both kinds share."""

    stopping = False  # told so, by SIGTERM or SIGINT

    def request_stop(self, signum: int, frame: Any) -> None:
        """RQ's own note of it is for workers that are busy only."""
        self.stopping = True
        super().request_stop(signum, frame)  # type: ignore[misc]  # RQ's workers have it

    def get_heartbeat_ttl(self, job: Job) -> int:
        """RQ's own go from a minute and a half to the job's whole time."""
        return LIFE


class ShortWorker(_Lively, SimpleWorker):  # type: ignore[misc]  # RQ is seen as Any (pyproject.toml)
    """In one process: tokens, connections and imports are kept from one short job to the next."""

    _ordered_queues: list[Any]

    def reorder_queues(self, reference_queue: Any) -> None:
        """The first queue first, but those of the lanes aside in turn: none keeps another waiting for ever. Between
        what is slow of two repositories comes a guest, for guests have one queue and repositories many."""
        if reference_queue.name not in ASIDE:
            return
        order = self._ordered_queues
        first = [queue for queue in order if queue.name not in ASIDE]
        slow = [queue for queue in order if queue.name in SLOWS]
        guests = [queue for queue in order if queue.name == GUESTS]
        if reference_queue in guests:
            self._ordered_queues = [*first, *slow, *guests]
        else:
            place = slow.index(reference_queue) + 1
            self._ordered_queues = [*first, *guests, *slow[place:], *slow[:place]]

    def perform_job(self, job: Job, queue: Any) -> bool:
        """RQ's SimpleWorker gives no sign of life while it works."""
        with beating(lambda: self.maintain_heartbeats(job)):
            return bool(super().perform_job(job, queue))


class LongWorker(_Lively, Worker):  # type: ignore[misc]
    """Each job in a child process, while the parent gives signs of life."""


def work(kind: type[ShortWorker | LongWorker], queues: Sequence[str], redis: Redis) -> None:
    """Of a kind. RQ's workers end when Redis goes away at work; here a new one follows."""
    stopping = False
    while not stopping:
        try:
            worker = kind(
                list(queues),
                connection=redis,
                serializer=JSONSerializer,
                job_class=RestartableJob,
                job_monitoring_interval=BEAT,
                maintenance_interval=UPKEEP,
                worker_ttl=UPKEEP,
            )
        except RedisError:
            log.warning("Redis is away; trying again in %s seconds", PAUSE)
            time.sleep(PAUSE)
            continue
        try:
            worker.work()
        except RedisError:
            log.warning("Redis went away; trying again in %s seconds", PAUSE)
        if not worker.stopping:
            time.sleep(PAUSE)
        stopping = worker.stopping
