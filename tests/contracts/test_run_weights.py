"""Bytes that runs take of a real Redis: as stored, also of those that an older version counted."""

from dataclasses import replace

from redis import Redis

from experiments.run import Run
from experiments.run_state import RunState
from services.redis.store import RUN, RedisStore
from services.redis.weights import sizes_key
from tests.units.sample_run import EXPERIMENT, changed

HELD = Run("held-0001", EXPERIMENT, 1.0, state=RunState.HELD)
HERE = EXPERIMENT.repository


def test_each_run_counts_as_stored_until_it_is_gone(redis: Redis) -> None:
    store = RedisStore(redis)
    runs = [HELD, replace(HELD, id="held-0002", created=2.0), replace(HELD, id="fetch-1", fetch=True)]
    for run in runs:
        store.create(run)
    store.update(HELD.id, lambda run: changed(run, reason="w" * 5000))
    sizes = [int(redis.strlen(f"run:{run.id}")) for run in runs]
    assert sizes[0] > sizes[1] + 4900
    assert store.weight(HERE, ()) == sum(sizes)
    assert store.weight(HERE, [HELD.id]) == sum(sizes[1:])
    store.forget(runs[1])
    assert store.weight(HERE, ()) == sizes[0] + sizes[2]
    assert store.weight(replace(HERE, id=2), ()) == 0


def test_runs_counted_by_an_older_version_are_counted_again(redis: Redis) -> None:
    redis.set(f"run:{HELD.id}", RUN.dump(HELD), ex=1000)
    old = f"weights:{HERE.id}"
    redis.zadd(old, {f"{HELD.id} 1157": 2e9, f"{HELD.id} 900": 2e9, "gone 5000": 2e9})
    assert RedisStore(redis).weight(HERE, ()) == redis.strlen(f"run:{HELD.id}")
    assert not redis.exists(old)
    noted = redis.hget(sizes_key(HERE.id), HELD.id)
    assert noted is not None
    until = float(noted.split()[1]) - float(redis.time()[0])
    assert 990 < until < 1010, "for as long as the run is kept"
