"""Processes that take jobs from RQ's queues until they are told to stop."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import SimpleWorker, Worker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from services.redis.heartbeat import BEAT, LIFE, beating
from services.redis.lanes import ASIDE, GUESTS, SLOWS
from services.redis.queue import RestartableJob

UPKEEP = 60  # seconds between two looks of a worker at jobs that got stuck
PAUSE = 1.0  # seconds between two tries to reach Redis

log = logging.getLogger(__name__)


class _Lively:
    """What both kinds of workers share."""

    stopping = False  # whether SIGTERM or SIGINT came

    def request_stop(self, signum: int, frame: Any) -> None:
        """Remember that the worker has to stop. RQ itself remembers that for busy workers only."""
        self.stopping = True
        super().request_stop(signum, frame)  # type: ignore[misc]  # RQ's workers have it

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Return the seconds after which a silent worker counts as dead; RQ's own values are far longer."""
        return LIFE


class ShortWorker(_Lively, SimpleWorker):  # type: ignore[misc]  # RQ is seen as Any (pyproject.toml)
    """Works on short jobs in one process, which keeps tokens, connections and imports from job to job."""

    _ordered_queues: list[Any]

    def reorder_queues(self, reference_queue: Any) -> None:
        """Order the queues after a job: the first lanes first, then the lanes aside in turn, so that none starves.

        Guests have one queue and slow repositories many, so a guest's job comes between the jobs of two of these.
        """
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

    def perform_job(self, job: Job, queue: Any, *execution: Execution) -> bool:
        """Do a job with heartbeats, which RQ's SimpleWorker does not send while it works.

        `execution`: the one that RQ recorded; RQ 2, which an installation may still have, passes none.
        """
        with beating(lambda: self.maintain_heartbeats(job, *execution)):
            return bool(super().perform_job(job, queue, *execution))


class LongWorker(_Lively, Worker):  # type: ignore[misc]
    """Works on each job in a child process, while the parent sends heartbeats."""


def work(kind: type[ShortWorker | LongWorker], queues: Sequence[str], redis: Redis) -> None:
    """Run a worker of this kind until it is told to stop. Start a new one where Redis was away: RQ's own ends then."""
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
            log.warning("Redis can't be reached; trying again in %s seconds", PAUSE)
            time.sleep(PAUSE)
            continue
        try:
            worker.work()
        except RedisError:
            log.warning("Redis can't be reached any more; trying again in %s seconds", PAUSE)
        if not worker.stopping:
            time.sleep(PAUSE)
        stopping = worker.stopping
