"""RQ: which function does what, how long it may take, how often it is tried again."""

from redis import Redis
from rq import Queue as RQ
from rq import Retry
from rq.serializers import JSONSerializer

from experiments.run import Run

EVENTS, RUNS = "events", "runs"
TRIES = [2, 10, 60, 300]  # seconds between tries of a short job
_SHORT = 300  # seconds a short job may take
_MARGIN = 4500  # seconds for what is not training; the runner's own, smaller margin ends it first
_PATIENCE = 300  # seconds between two such reminders
_THROTTLE = 5  # seconds between two updates of one check run


class RunQueue:
    """The Queue port, and the door's own entry."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._events = RQ(EVENTS, connection=redis, serializer=JSONSerializer)
        self._runs = RQ(RUNS, connection=redis, serializer=JSONSerializer)

    def deliver(self, guid: str) -> None:
        """Have a worker handle a stored delivery."""
        self._short("jobs.deliver", guid)

    def train(self, run: Run) -> None:
        """See the port. Queued twice it trains once: the job claims the run."""
        self._runs.enqueue(
            "jobs.train",
            run.id,
            run.attempt,
            job_timeout=run.experiment.timeout + _MARGIN,
            result_ttl=0,
            failure_ttl=86400,
        )

    def announce(self, run: Run) -> None:
        """See the port."""
        if self._redis.set(f"announce:{run.id}:{run.state}", 1, nx=True, ex=_THROTTLE):
            self._short("jobs.announce", run.id)

    def finish(self, run: Run) -> None:
        """See the port."""
        self._short("jobs.finish", run.id)

    def finish_again(self, run: Run) -> None:
        """What was not finished in time, tried once more; many calls in a short time are one."""
        if self._redis.set(f"finish-again:{run.id}", 1, nx=True, ex=_PATIENCE):
            self.finish(run)

    def _short(self, function: str, argument: str) -> None:
        retry = Retry(max=len(TRIES), interval=TRIES)
        self._events.enqueue(function, argument, job_timeout=_SHORT, retry=retry, result_ttl=0, failure_ttl=86400)
