"""RQ's queues: which function a job calls, how long it may take, how often it is tried again."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter
from redis import Redis
from rq import Queue as RQ
from rq import Retry, Worker, get_current_job
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job, JobStatus
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer

from experiments.experiment import PullRef, Repository
from experiments.limits import JOB_MARGIN
from experiments.placement import EngineKind
from experiments.run import Run
from services.redis.heartbeat import LIFE
from services.redis.lanes import ASIDE, EVENTS, QUEUES, REPORTS, Lanes

REPOSITORY = TypeAdapter(Repository)  # the form of a repository in a job's arguments
RUNS = "runs"
_DELIVER = "jobs.deliver"
TRIES = [2, 10, 60, 300]  # seconds between tries of a short job
WATCHING = "watching"
_ALIVE = (JobStatus.QUEUED, JobStatus.STARTED, JobStatus.SCHEDULED, JobStatus.DEFERRED)
_SHORT = 300  # seconds that a short job may take
_PATIENCE = 300  # seconds between two such reminders
_THROTTLE = 15  # seconds between two updates of one check run in the same state
_LOST = 600  # seconds after which a refresh that never came may be asked for again


def queue_name(runner: str) -> str:
    """Return the RQ queue of a runner of type `rq`; for an empty name, that of the bot's own machine."""
    return f"{RUNS}:{runner}" if runner else RUNS


class _Executions(ExecutionRegistry):  # type: ignore[misc]  # RQ is seen as Any (pyproject.toml)
    def get_executions(self, start: int = 0, end: int = -1) -> list[Execution]:
        """Return executions by their ids alone. RQ (2.12 and 3.0) reads each, and fails on those of killed workers."""
        ids = self.get_execution_ids(start, end)
        return [Execution(id=one, job_id=self.job_id, connection=self.connection) for one in ids]


class RestartableJob(Job):  # type: ignore[misc]
    """A job that can end well although a worker was killed at it before."""

    @property
    def execution_registry(self) -> ExecutionRegistry:
        """The executions of this job, which RQ removes with it."""
        return _Executions(self.id, connection=self.connection)


def fetch_key(run_id: str) -> str:
    """Return the key that marks a fetch as asked for and not begun."""
    return f"fetch:{run_id}"


def checkpoint_key(run_id: str) -> str:
    """Return the key that marks the ref of a checkpoint as asked for and not begun."""
    return f"checkpoint:{run_id}"


class RunQueue:
    """Implements the Queue port, and queues deliveries for the web process."""

    def __init__(self, redis: Redis, others: Sequence[str] = (), paused: Callable[[], str] = str) -> None:
        """Make the queues.

        `others`: runners of type `rq`, each with a queue of its own. `paused`: returns why the operator has paused
        launching; empty while nothing is paused.
        """
        self._redis = redis
        self._paused = paused
        options = {"connection": redis, "serializer": JSONSerializer, "job_class": RestartableJob}
        self._lanes = {name: RQ(name, **options) for name in QUEUES}
        self._shares = Lanes(redis)
        self._runs = {name: RQ(queue_name(name), **options) for name in ("", *others)}
        self._taken: dict[str, float] = {}  # jobs on their way from a queue to a worker -> first seen there
        self._scheduler = RQScheduler(QUEUES, connection=redis, serializer=JSONSerializer)
        self._scheduler.prepare_registries(QUEUES)

    def deliver(self, guid: str) -> None:
        """Have a worker handle a stored delivery. One that waits already, or is being handled, is not queued again."""
        if not any(self._is_alive(f"{lane}-{guid}") for lane in QUEUES):
            self._short(_DELIVER, guid, lane=EVENTS, job_id=f"{EVENTS}-{guid}")

    def delivery_job(self, guid: str) -> Job:
        """Return the job that `deliver` queues where none waits. It is stored nowhere."""
        options = _short_options(f"{EVENTS}-{guid}")
        timeout = options.pop("job_timeout")
        return self._lanes[EVENTS].create_job(_DELIVER, args=(guid,), timeout=timeout, **options)

    def deliver_aside(self, guid: str, lane: str) -> None:
        """Have a delivery handled in another lane, where it delays nobody else."""
        if not self._is_alive(f"{lane}-{guid}"):
            self._short(_DELIVER, guid, lane=lane, job_id=f"{lane}-{guid}")

    def set_aside(self, lane: str, function: str, *arguments: object) -> None:
        """Have a job done in another lane, where it delays nobody else."""
        self._short(function, *arguments, lane=lane)

    def train(self, run: Run) -> None:
        """See the port. Queued twice it trains once: the job has the run's name, and claims it."""
        place = run.experiment.execution.place
        if not place.kind.queued:
            if run.rented and run.rented.id:
                return  # its machine was launched: it may wait in a cluster's queue for days
            self._short("jobs.launch", run.id)
            return
        if self._paused():
            self._short("jobs.launch", run.id)  # that job waits, and says so
            return
        queue = self._runs.get(place.runner if place.kind is EngineKind.RQ else "")
        if queue is None:  # the operator has removed this runner: the bot's own machine says so
            queue = self._runs[""]
        job_id = f"train-{run.id}-{run.attempt.number}"
        if self._is_alive(job_id):
            return
        queue.enqueue(
            "trainer.train",
            run.id,
            run.attempt.number,
            job_id=job_id,
            job_timeout=run.experiment.execution.timeout + JOB_MARGIN,
            result_ttl=0,
            failure_ttl=86400,
        )

    def hurry(self, run: Run) -> None:
        """See the port."""
        self.takes_up("jobs.launch", run.id)
        self.train(run)

    def takers(self, runner: str) -> int:
        """See the port."""
        queue = self._runs.get(runner)
        return int(Worker.count(connection=self._redis, queue=queue)) if queue else 0

    def announce(self, run: Run) -> None:
        """See the port."""
        state = f"{run.id}:{run.state}:{run.result.landed_as}:{run.published.pressed}"
        if self._redis.set(f"announce:{state}", 1, nx=True, ex=_THROTTLE):
            self._short("jobs.announce", run.id)

    def checkpoint(self, run: Run) -> None:
        """See the port."""
        if self._redis.set(checkpoint_key(run.id), 1, nx=True, ex=_LOST):
            self._short("jobs.checkpoint", run.id, lane=self._shares.of_work(run.experiment.repository.id))

    def refresh(self, where: PullRef, after: float = 0.0) -> None:
        """See the port. What is asked for soon does not wait for what is asked for later, nor takes its place."""
        self._anew("refresh", where, after)

    def show(self, where: PullRef, sweep: str, after: float = 0.0) -> None:
        """See the port."""
        self._anew("show", where, after, sweep)

    def feed(self, where: PullRef, after: float = 0.0) -> None:
        """See the port."""
        self._anew("feed", where, after)

    def begins(self, key: str) -> None:
        """Record that a job for a pull request begins: whoever asks from now on gets another one."""
        self._redis.delete(key)

    def watch(self) -> None:
        """See the port."""
        if self._redis.set(WATCHING, 1, nx=True, ex=_LOST):
            self._short("jobs.watch", WATCHING)

    def fetch(self, run: Run) -> None:
        """Try a failed fetch again; calls until a worker begins are combined."""
        if self._redis.set(fetch_key(run.id), 1, nx=True, ex=_PATIENCE):
            self._short("jobs.fetch", run.id)

    def finish(self, run: Run) -> None:
        """See the port."""
        self._short("jobs.finish", run.id, lane=self._shares.of_work(run.experiment.repository.id))

    def finish_again(self, run: Run) -> None:
        """Try again to finish a run; calls within a short time are combined."""
        if self._redis.set(f"finish-again:{run.id}", 1, nx=True, ex=_PATIENCE):
            self.finish(run)

    def takes_up(self, function: str, key: str) -> None:
        """Record that a job that may be put off begins: whoever asks from now on gets another one."""
        self._redis.delete(f"later:{function}:{key}")

    def put_off(self, function: str, key: str, seconds: float) -> None:
        """Queue a job for after a limit of GitHub. Requests for it until then are combined with this one."""
        if self._redis.set(f"later:{function}:{key}", 1, nx=True, ex=round(seconds) + _LOST):
            self._short(function, key, after=seconds, lane=lane_here() or REPORTS)

    def keep_up(self, now: float) -> None:
        """Queue jobs that are due, and try again, or fail, those whose worker was killed.

        RQ's own scheduler queues due jobs in a child of a worker. It outlives a killed worker; and where it died with
        the worker or with Redis, nothing replaces it for ten minutes.
        """
        self._scheduler.enqueue_scheduled_jobs()
        for queue in (*self._lanes.values(), *self._runs.values()):
            queue.started_job_registry.cleanup()
        self._put_back(now)

    def _put_back(self, now: float) -> None:
        """Queue jobs again that a worker had taken, but not begun, when it or Redis was killed: they are in no queue.

        Remove ids without a job, which another worker has done: RQ would take them and leave them here again and again.
        """
        queues = (*self._lanes.values(), *self._runs.values())
        found = [(queue, job) for queue in queues for job in queue.intermediate_queue.get_job_ids()]
        self._taken = {job: self._taken.get(job, now) for _, job in found}
        for queue, job in found:
            if now - self._taken[job] > LIFE:
                if RestartableJob.exists(job, connection=self._redis):
                    queue.push_job_id(job)  # first: to queue it twice is harmless, to lose it is not
                queue.intermediate_queue.remove(job)

    def _anew(self, job: str, where: PullRef, after: float, *what: str) -> None:
        key = f"{job}:{where.key}:{':'.join(what)}:{round(after)}"
        if self._redis.set(key, 1, nx=True, ex=round(after) + _LOST):
            lane = self._shares.of_work(where.repository.id)
            self._short(
                f"jobs.{job}",
                REPOSITORY.dump_python(where.repository),
                where.number,
                *what,
                key,
                after=after,
                lane=lane,
            )

    def _is_alive(self, job_id: str) -> bool:
        """Return whether a job of this id will still be done. Delete one that was lost or whose worker died."""
        (known,) = RestartableJob.fetch_many([job_id], connection=self._redis, serializer=JSONSerializer)
        if known is None:
            return False
        status = known.get_status()
        if status in _ALIVE and (status is not JobStatus.QUEUED or known.get_position() is not None):
            return True
        known.delete()
        return False

    def _short(
        self, function: str, *arguments: object, after: float = 0.0, lane: str = REPORTS, job_id: str | None = None
    ) -> None:
        """Queue a short job. Jobs that a job in a lane aside asks for stay in its lane."""
        queue = self._lanes[lane_here() if lane_here() in ASIDE else lane]
        options = _short_options(job_id)
        if after:
            queue.enqueue_in(timedelta(seconds=after), function, *arguments, **options)
        elif not self._redis.exists(f"later:{function}:{arguments[0]}"):
            queue.enqueue(function, *arguments, **options)


def _short_options(job_id: str | None) -> dict[str, Any]:
    """Return RQ's options of a short job."""
    retry = Retry(max=len(TRIES), interval=TRIES)
    return {"job_timeout": _SHORT, "retry": retry, "result_ttl": 0, "failure_ttl": 86400, "job_id": job_id}


def lane_here() -> str:
    """Return the queue of the job on which this process works; empty where there is none."""
    current = get_current_job()
    return str(current.origin) if current and current.origin in QUEUES else ""
