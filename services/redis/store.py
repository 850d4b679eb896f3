"""The store: what is remembered between jobs, in Redis."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TypeVar, cast

from pydantic import TypeAdapter
from redis import Redis
from redis.exceptions import LockError, WatchError

from bot.errors import TryLater
from bot.ports.keys import LANDING, Key
from bot.ports.memos import Memo
from experiments.experiment import PullRef, Repository
from experiments.outline import outline
from experiments.run import Run
from services.redis import durations, run_lists
from services.redis.former_runs import experiment_in_parts, run_in_parts
from services.redis.heartbeat import LIFE, beating
from services.redis.memos import Memos
from services.redis.run_lists import active_key, enlist, moving_key, outline_key, person_key, pull_key, run_key, strike
from services.redis.weights import KEEP, life, reweigh, unweigh, weigh, weight_of
from services.stored import Stored, TooNew

# Version 1: v0.1.0. Version 2 adds what a run executed, where its data is, and how it ended. Since version 3 an
# experiment has parts, since version 4 a run does.
RUN = Stored("run", 4, TypeAdapter(Run), {2: experiment_in_parts, 3: run_in_parts})
TRIES = 20  # of one change, while others change the same run
_DONE = 7 * 24 * 3600  # seconds; GitHub redelivers for three days at most
_LANDING = 7 * 24 * 3600  # seconds; the branch of a run that is over goes to the next one that asks
_UNLOCK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

T = TypeVar("T")

log = logging.getLogger(__name__)


class RedisStore:
    """Implements the Store port."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._memos = Memos(redis)
        self._is_relisted, self._relisting = False, Lock()

    def create(self, run: Run) -> bool:
        """See the port."""
        return bool(self._create([run]))

    def create_all(self, runs: Sequence[Run]) -> None:
        """See the port."""
        if runs and not self._redis.exists(run_key(runs[0].id)):
            self._create(runs)

    def _create(self, runs: Sequence[Run]) -> Sequence[Run]:
        """Store those of these runs that are not there, at once with their lists. Return them."""
        while True:
            with self._redis.pipeline() as pipe:  # at once: a run that is in no list would be forgotten
                pipe.watch(*(run_key(run.id) for run in runs))  # type: ignore[no-untyped-call]
                new = [run for run in runs if not pipe.exists(run_key(run.id))]
                pipe.multi()
                for run in new:
                    data = RUN.dump(run)
                    pipe.set(run_key(run.id), data, ex=KEEP)
                    weigh(pipe, run, len(data))
                    enlist(pipe, run, RUN.dump(outline(run)), KEEP)
                    if not run.fetch:
                        pipe.zadd(pull_key(run.experiment.pull_ref), {run.id: run.created})
                try:
                    pipe.execute()
                except WatchError:
                    continue  # another process creates them, and its runs may be at work already
                return new

    def get(self, run_id: str) -> Run | None:
        """Return the run as it is now; None where there is none."""
        return _load(self._redis.get(run_key(run_id)))

    def outline(self, run_id: str) -> Run | None:
        """See the port."""
        self._relist_all()
        return _load(self._redis.get(outline_key(run_id)))

    def update(self, run_id: str, change: Callable[[Run], Run]) -> Run:
        """See the port."""
        for _ in range(TRIES):
            with self._redis.pipeline() as pipe:
                pipe.watch(run_key(run_id))  # type: ignore[no-untyped-call] # redis-py leaves it untyped
                run = _load(cast("bytes | None", pipe.get(run_key(run_id))))
                if run is None:
                    raise KeyError(run_id)
                changed = change(run)
                if changed == run:
                    return run
                data = RUN.dump(changed)
                pipe.multi()
                pipe.set(run_key(run_id), data, ex=life(changed, len(data)))
                weigh(pipe, changed, len(data))
                enlist(pipe, changed, RUN.dump(outline(changed)), life(changed, len(data)))
                try:
                    pipe.execute()
                except WatchError:
                    continue
                return changed
        raise TryLater(f"run {run_id} is being changed by others", 2)

    def relist(self, run_id: str) -> Run | None:
        """See the port."""
        for _ in range(TRIES):
            with self._redis.pipeline() as pipe:
                pipe.watch(run_key(run_id))  # type: ignore[no-untyped-call]
                data = cast("bytes | None", pipe.get(run_key(run_id)))
                run = _load(data)
                left = pipe.ttl(run_key(run_id))  # negative where it is kept for ever
                outlined = None if run else _load(pipe.get(outline_key(run_id)))
                pipe.multi()
                if run and data:
                    enlist(pipe, run, RUN.dump(outline(run)), left if left > 0 else life(run, len(data)))
                else:
                    strike(self._redis, pipe, run_id, outlined)
                try:
                    pipe.execute()
                except WatchError:
                    continue
                return run
        raise TryLater(f"run {run_id} is being changed by others", 2)

    def forget(self, run: Run) -> None:
        """See the port."""
        with self._redis.pipeline() as pipe:
            pipe.zrem(pull_key(run.experiment.pull_ref), run.id)
            strike(self._redis, pipe, run.id, run)
            unweigh(pipe, run)
            pipe.delete(run_key(run.id))
            pipe.execute()

    def active(self) -> Sequence[Run]:
        """See the port."""
        return self._outlines("runs:active")

    def moving(self, runner: str = "") -> Sequence[Run]:
        """See the port."""
        return self._outlines(moving_key(runner))

    def queued(self) -> Sequence[str]:
        """See the port."""
        self._relist_all()
        return run_lists.decoded(self._redis.zrange(run_lists.QUEUED, 0, -1))

    def at_work(self, runner: str = "") -> int:
        """See the port."""
        self._relist_all()
        return int(self._redis.zcard(run_lists.at_work_key(runner)))

    def first_waiting(self) -> Sequence[Run]:
        """See the port."""
        self._relist_all()
        return self._outlined(run_lists.first_waiting(self._redis))

    def turn(self, where: PullRef, jobs: int) -> Sequence[str]:
        """See the port."""
        self._relist_all()
        return run_lists.turn(self._redis, where, jobs)

    def unfinished(self, repository: Repository, without: Collection[str]) -> int:
        """See the port."""
        self._relist_all()
        ids = run_lists.decoded(self._redis.smembers(active_key(repository)))
        return len(run_lists.remaining(self._redis, ids) - {*without})

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
        return self._many(run_lists.decoded(self._redis.zrange(pull_key(where), 0, -1)), run_key)

    def taken_names(self, repository: Repository) -> set[str]:
        """Return names of experiments whose runs are active; names of others are in the repository's refs."""
        return {run.experiment.name for run in self._outlines(active_key(repository)) if not run.fetch}

    def weight(self, repository: Repository, without: Collection[str]) -> int:
        """See the port."""
        self._relist_all()
        return weight_of(self._redis, repository, without)

    def lock_landing(self, repository: Repository, branch: str, run_id: str) -> str:
        """See the port."""
        key = str(LANDING.of(repository.id, branch))
        held = cast("bytes | None", self._redis.get(key))
        holder = self.get(held.decode()) if held else None
        if held and (holder is None or (holder.state.ended and holder.reported)):
            self._redis.eval(_UNLOCK, 1, key, held)  # its holder is over, and died before it freed the branch
        self._redis.set(key, run_id, nx=True, ex=_LANDING)
        return cast(bytes, self._redis.get(key) or b"").decode()  # None: it expired at this moment

    def unlock_landing(self, repository: Repository, branch: str, run_id: str) -> None:
        """Free the branch if this run holds it."""
        self._redis.eval(_UNLOCK, 1, str(LANDING.of(repository.id, branch)), run_id)

    @contextmanager
    def alone(self, key: Key) -> Iterator[None]:
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

    def done(self, key: Key) -> bool:
        """Return whether `mark_done` was called for this key."""
        return bool(self._redis.exists(f"done:{key}"))

    def mark_done(self, key: Key) -> None:
        """Remember for a week that something is done."""
        self._redis.set(f"done:{key}", 1, ex=_DONE)

    def note_duration(self, run: Run, seconds: float) -> None:
        """See the port."""
        durations.note(self._redis, run, seconds)

    def durations(self, repository: Repository) -> Sequence[float]:
        """See the port."""
        return durations.last(self._redis, repository)

    def recall(self, memo: Memo[T]) -> T | None:
        """See the port."""
        return self._memos.recall(memo)

    def remember(self, memo: Memo[T], value: T) -> None:
        """See the port."""
        self._memos.remember(memo, value)

    def erase(self, memo: Memo[T]) -> None:
        """See the port."""
        self._memos.erase(memo)

    def _outlines(self, name: str) -> Sequence[Run]:
        """Return the outlines of the runs in a list."""
        self._relist_all()
        return self._outlined(run_lists.decoded(self._redis.smembers(name)))

    def _outlined(self, ids: Sequence[str]) -> Sequence[Run]:
        """Return the outlines of these runs. Remove from all lists those of which nothing is stored any more."""
        found = self._many(ids, outline_key)
        if len(found) < len(ids):
            run_lists.remaining(self._redis, {*ids} - {run.id for run in found})
        return found

    def _relist_all(self) -> None:
        """Relist all runs that are listed or have outlines, once in each process.

        A version that knows no outlines may have run in between: it leaves them, and lists that it does not know.
        """
        if self._is_relisted:
            return
        if not self._relisting.acquire(timeout=2):
            raise TryLater("runs are being listed anew", 2)
        try:
            for run_id in () if self._is_relisted else run_lists.remaining(self._redis, run_lists.listed(self._redis)):
                try:
                    self.relist(run_id)
                except (ValueError, TooNew, TryLater):  # the others are found all the same
                    log.exception("run %s is not listed anew", run_id)
            reweigh(self._redis)
            self._is_relisted = True
        finally:
            self._relisting.release()

    def _many(self, ids: Sequence[str], key: Callable[[str], str]) -> Sequence[Run]:
        keys = [key(run_id) for run_id in ids]
        found = cast("Sequence[bytes | None]", self._redis.mget(keys)) if keys else []
        return [run for run in map(_load, found) if run]


def _load(data: object) -> Run | None:
    """Return a stored run; None where nothing is stored. TooNew where a newer version of this bot stored it."""
    return RUN.load(data) if isinstance(data, bytes) else None
