"""The store: what is remembered between jobs, in Redis."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import time
from typing import cast

from pydantic import TypeAdapter
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import LockError, WatchError

from bot.errors import TryLater
from experiments.experiment import PullRef, Repository
from experiments.outline import outline
from experiments.run import Run
from services.redis.heartbeat import LIFE, beating
from services.redis.run_lists import OLDER, active_key, lists, outline_key, person_key
from services.redis.weights import KEEP, life, weigh, weighed, weights_key
from services.stored import Stored

# Version 1: v0.1.0. Version 2 adds what a run executed, where its data is, and how it ended.
RUN = Stored("run", 2, TypeAdapter(Run))
_DONE = 7 * 24 * 3600  # seconds; GitHub redelivers for three days at most
_LANDING = 7 * 24 * 3600  # seconds; the branch of a run that is over goes to the next one that asks
_DURATIONS = 20  # runs of a repository on which an estimate is based
_UNLOCK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class RedisStore:
    """Implements the Store port."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._is_outlined = False

    def create(self, run: Run) -> bool:
        """See the port."""
        if self._redis.exists(_key(run.id)):
            return False
        with self._redis.pipeline() as pipe:  # at once: a run that is in no list would be forgotten
            _enlist(pipe, run)
            if not run.fetch:
                pipe.zadd(_pull_key(run.experiment.pull_ref), {run.id: run.created})
                weigh(pipe, run)
            pipe.set(_key(run.id), RUN.dump(run), nx=True, ex=KEEP)
            return bool(pipe.execute()[-1])

    def create_all(self, runs: Sequence[Run]) -> None:
        """See the port."""
        if not runs or self._redis.exists(_key(runs[0].id)):
            return
        with self._redis.pipeline() as pipe:
            for run in runs:
                pipe.set(_key(run.id), RUN.dump(run), nx=True, ex=KEEP)
                weigh(pipe, run)
                _enlist(pipe, run)
            pull = _pull_key(runs[0].experiment.pull_ref)
            pipe.zadd(pull, {run.id: run.created for run in runs})
            pipe.execute()

    def get(self, run_id: str) -> Run | None:
        """Return the run as it is now; None where there is none."""
        return _load(self._redis.get(_key(run_id)))

    def update(self, run_id: str, change: Callable[[Run], Run]) -> Run:
        """See the port."""
        return self._write(run_id, change)

    def _write(self, run_id: str, change: Callable[[Run], Run], anyway: bool = False) -> Run:
        """Apply a change as `update` does. `anyway`: write also where it changes nothing."""
        while True:
            with self._redis.pipeline() as pipe:
                pipe.watch(_key(run_id))  # type: ignore[no-untyped-call] # redis-py leaves it untyped
                run = _load(cast("bytes | None", pipe.get(_key(run_id))))
                if run is None:
                    raise KeyError(run_id)
                changed = change(run)
                if changed == run and not anyway:
                    return run
                pipe.multi()
                pipe.set(_key(run_id), RUN.dump(changed), ex=life(changed))
                weigh(pipe, changed, run)
                _enlist(pipe, changed)
                try:
                    pipe.execute()
                except WatchError:
                    continue
                return changed

    def forget(self, run: Run) -> None:
        """See the port."""
        with self._redis.pipeline() as pipe:
            pipe.zrem(_pull_key(run.experiment.pull_ref), run.id)
            for name in lists(run):
                pipe.srem(name, run.id)
            pipe.zrem(weights_key(run.experiment.repository), weighed(run))
            pipe.delete(_key(run.id), outline_key(run.id))
            pipe.execute()

    def active(self) -> Sequence[Run]:
        """See the port."""
        return self._outlines("runs:active")

    def moving(self) -> Sequence[Run]:
        """See the port."""
        return self._outlines("runs:moving")

    def asked_by(self, login: str) -> Sequence[Run]:
        """See the port."""
        return self._outlines(person_key(login))

    def unreported(self) -> Sequence[Run]:
        """See the port."""
        return self._outlines("runs:unreported")

    def unpushed(self) -> Sequence[Run]:
        """See the port."""
        return self._outlines("runs:unpushed")

    def unfetched(self) -> Sequence[Run]:
        """See the port."""
        return self._outlines("runs:unfetched")

    def of_pull(self, where: PullRef) -> Sequence[Run]:
        """Return the runs of one pull request, oldest first."""
        return self._many(self._redis.zrange(_pull_key(where), 0, -1), _key)

    def taken_names(self, repository: Repository) -> set[str]:
        """Return names of experiments whose runs are active; names of others are in the repository's refs."""
        return {run.experiment.name for run in self._outlines(active_key(repository)) if not run.fetch}

    def weight(self, repository: Repository, without: Collection[str]) -> int:
        """See the port."""
        key = weights_key(repository)
        self._redis.zremrangebyscore(key, "-inf", time())
        known = [each.decode().split() for each in cast("Sequence[bytes]", self._redis.zrange(key, 0, -1))]
        return sum(int(weight) for run_id, weight in known if run_id not in without)

    def lock_landing(self, repository: Repository, branch: str, run_id: str) -> str:
        """See the port."""
        key = _landing_key(repository, branch)
        held = cast("bytes | None", self._redis.get(key))
        holder = self.get(held.decode()) if held else None
        if held and (holder is None or (holder.state.ended and holder.told)):
            self._redis.eval(_UNLOCK, 1, key, held)  # its holder is over, and died before it freed the branch
        self._redis.set(key, run_id, nx=True, ex=_LANDING)
        return cast(bytes, self._redis.get(key) or b"").decode()  # None: it expired at this moment

    def unlock_landing(self, repository: Repository, branch: str, run_id: str) -> None:
        """Free the branch if this run holds it."""
        self._redis.eval(_UNLOCK, 1, _landing_key(repository, branch), run_id)

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """See the port."""
        lock = self._redis.lock(f"alone:{key}", timeout=LIFE, blocking=False, thread_local=False)
        if not lock.acquire():
            raise TryLater(f"{key} is being worked on", 3)
        try:
            with beating(lock.reacquire):
                yield
        finally:
            with suppress(LockError):  # Redis was away for longer than the lock lives; later work reads anew
                lock.release()

    def done(self, key: str) -> bool:
        """Return whether `mark_done` was called for this key."""
        return bool(self._redis.exists(f"done:{key}"))

    def mark_done(self, key: str) -> None:
        """Remember for a week that something is done."""
        self._redis.set(f"done:{key}", 1, ex=_DONE)

    def note_duration(self, run: Run, seconds: float) -> None:
        """See the port."""
        key = _durations_key(run.experiment.repository)
        with self._redis.pipeline() as pipe:
            pipe.zadd(key, {f"{run.id} {seconds:.1f}": run.ended or 0.0})
            pipe.zremrangebyrank(key, 0, -_DURATIONS - 1)
            pipe.expire(key, KEEP)
            pipe.execute()

    def durations(self, repository: Repository) -> Sequence[float]:
        """See the port."""
        kept = cast("Sequence[bytes]", self._redis.zrange(_durations_key(repository), 0, -1))
        return [float(each.split()[1]) for each in kept]

    def recall(self, key: str) -> str:
        """See the port."""
        return cast("bytes", self._redis.get(f"kept:{key}") or b"").decode()

    def remember(self, key: str, value: str) -> None:
        """See the port."""
        self._redis.set(f"kept:{key}", value, ex=KEEP)

    def _outlines(self, name: str) -> Sequence[Run]:
        """Return the outlines of the runs in a list."""
        self._outline_older()
        return self._many(self._redis.smembers(name), outline_key)

    def _outline_older(self) -> None:
        """Write outlines of runs that were stored before outlines existed, once in each process."""
        if self._is_outlined:
            return
        ids = [each.decode() for each in cast("set[bytes]", self._redis.sunion([*OLDER]))]
        with self._redis.pipeline() as pipe:
            for run_id in ids:
                pipe.exists(outline_key(run_id))
            there = pipe.execute()
        for run_id in (each for each, is_there in zip(ids, there, strict=True) if not is_there):
            try:
                self._write(run_id, lambda run: run, anyway=True)
            except KeyError:  # it waited for longer than runs are kept
                for name in OLDER:
                    self._redis.srem(name, run_id)
        self._is_outlined = True

    def _many(self, ids: object, key: Callable[[str], str]) -> Sequence[Run]:
        keys = [key(one.decode()) for one in cast("Sequence[bytes]", ids)]
        found = cast("Sequence[bytes | None]", self._redis.mget(keys)) if keys else []
        return [run for run in map(_load, found) if run]


def _key(run_id: str) -> str:
    return f"run:{run_id}"


def _enlist(pipe: Pipeline, run: Run) -> None:
    """Add a run to the lists where it belongs, remove it from the others, and write its outline."""
    where = lists(run)
    for name, is_listed in where.items():
        (pipe.sadd if is_listed else pipe.srem)(name, run.id)
    if any(where.values()):
        pipe.set(outline_key(run.id), RUN.dump(outline(run)), ex=life(run))
    else:
        pipe.delete(outline_key(run.id))


def _pull_key(where: PullRef) -> str:
    return f"runs:{where.key}"


def _durations_key(repository: Repository) -> str:
    return f"durations:{repository.id}"


def _landing_key(repository: Repository, branch: str) -> str:
    return f"landing:{repository.id}:{branch}"


def _load(data: object) -> Run | None:
    """Return a stored run; None where nothing is stored. TooNew where a newer version of this bot stored it."""
    return RUN.load(data) if isinstance(data, bytes) else None
