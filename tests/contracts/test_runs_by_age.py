"""Lists of runs by age in a real Redis: whose turn it is, which wait for a runner, and how many are at work."""

from dataclasses import replace

import pytest
from redis import Redis

from experiments.outline import outline
from experiments.placement import EngineKind, Placement
from experiments.run import Run
from experiments.run_state import RunState
from services.redis.run_lists import outline_key
from services.redis.store import RUN, RedisStore
from tests.units.sample_run import EXPERIMENT, changed

HERE = EXPERIMENT.pull_ref


def member(number: int, state: RunState = RunState.WAITING, pull: int = EXPERIMENT.pull, runner: str = "local") -> Run:
    """Return a run of a pull request; the first is the oldest, and its id is not the lowest."""
    kind = EngineKind.LOCAL if runner == "local" else EngineKind.RQ
    execution = replace(EXPERIMENT.execution, queue=True, place=Placement(runner, kind))
    experiment = replace(EXPERIMENT, name=f"wide-{number}", pull=pull, execution=execution)
    return Run(f"run{90 - number}", experiment, float(number), state=state)


@pytest.mark.parametrize(
    ("states", "jobs", "expected"),
    [
        ("in-the-queue in-the-queue", 2, []),
        ("waiting waiting waiting", 2, [1, 2]),
        ("training waiting waiting", 2, [2]),
        ("queued preparing waiting", 2, []),
        ("finishing uploading waiting", 2, [3]),  # trained: a runner is free
        ("succeeded failed waiting", 1, [3]),
        ("in-the-queue waiting", 1, [2]),
        ("training training waiting", 1, []),  # fewer at once than before
    ],
)
def test_whose_turn_it_is(store: RedisStore, states: str, jobs: int, expected: list[int]) -> None:
    runs = [member(number, RunState(state.replace("-", " "))) for number, state in enumerate(states.split(), 1)]
    others = [member(number, RunState.TRAINING, pull=9) for number in (10, 11)]
    store.create_all([*reversed(runs), *others])
    store.create(replace(member(20, RunState.QUEUED), fetch=True))  # takes nobody's place
    assert store.turn(HERE, jobs) == [member(number).id for number in expected]


def test_the_longest_waiting_run_of_each_pull_request_is_found(store: RedisStore, redis: Redis) -> None:
    store.create_all([member(2), member(1), member(3, pull=9), member(4, RunState.HELD, pull=10)])
    assert {run.experiment.name for run in store.first_waiting()} == {"wide-1", "wide-3"}
    store.update(member(1).id, lambda run: replace(run, state=RunState.QUEUED))
    store.update(member(3).id, lambda run: replace(run, state=RunState.CANCELLED))
    assert [run.experiment.name for run in store.first_waiting()] == ["wide-2"]
    assert redis.scard("pulls:waiting") == 1
    store.forget(member(2))
    assert store.first_waiting() == [] and not redis.exists("pulls:waiting")


def test_waiting_and_working_runs_are_counted(store: RedisStore) -> None:
    states = (RunState.QUEUED, RunState.WAITING, RunState.HELD, RunState.PREPARING, RunState.FINISHING, RunState.FAILED)
    runs = [member(number, state) for number, state in enumerate(states)]
    runs += [member(10, RunState.QUEUED, runner="gpu"), member(11, RunState.TRAINING, runner="gpu")]
    store.create_all([*reversed(runs)])
    assert store.queued() == [member(0).id, member(10).id]
    assert [store.at_work(), store.at_work("local"), store.at_work("gpu"), store.at_work("other")] == [3, 2, 1, 0]
    assert {run.id for run in store.moving("gpu")} == {member(10).id, member(11).id}
    assert store.unfinished(EXPERIMENT.repository, ()) == 8, "one ended and is not reported"
    assert store.unfinished(EXPERIMENT.repository, [member(0).id, "unknown"]) == 7
    assert store.unfinished(replace(EXPERIMENT.repository, id=2), ()) == 0


def test_waiting_runs_of_an_older_version_are_found(store: RedisStore, redis: Redis) -> None:
    runs = [member(1, RunState.TRAINING), member(2), member(3)]
    for run in runs:  # as that version stored them
        redis.set(f"run:{run.id}", RUN.dump(run), ex=1000)
        redis.set(outline_key(run.id), RUN.dump(outline(run)), ex=1000)
        redis.sadd("runs:active", run.id)
        redis.sadd("runs:moving", run.id)
        redis.zadd(f"runs:{HERE.key}", {run.id: run.created})
    assert store.turn(HERE, 2) == [member(2).id]
    assert [run.id for run in store.moving()] == [member(1).id]
    assert [run.id for run in store.first_waiting()] == [member(2).id]
    assert (store.at_work(), store.unfinished(EXPERIMENT.repository, ())) == (1, 3)


def test_runs_that_an_older_version_ended_meanwhile_take_no_place(store: RedisStore, redis: Redis) -> None:
    store.create_all([member(1, RunState.TRAINING), member(2), member(3), member(4)])
    for number in (1, 2):
        ended = changed(member(number), state=RunState.FAILED, report=7)
        redis.set(f"run:{ended.id}", RUN.dump(ended))
        redis.delete(outline_key(ended.id))
        redis.srem("runs:active", ended.id)
    again = RedisStore(redis)
    assert again.turn(HERE, 1) == [member(3).id]
    assert again.at_work() == 0


def test_a_run_that_is_gone_is_on_no_list_by_age(store: RedisStore, redis: Redis) -> None:
    runs = [member(1, RunState.TRAINING), member(2, RunState.QUEUED), member(3), member(4)]
    store.create_all(runs)
    for run in runs[:3]:
        redis.delete(f"run:{run.id}", outline_key(run.id))
        assert store.relist(run.id) is None
    assert store.turn(HERE, 1) == [member(4).id]
    assert (store.queued(), store.at_work()) == ([], 0)


def test_expired_runs_are_no_longer_counted_or_waited_for(store: RedisStore, redis: Redis) -> None:
    runs = [member(1), member(2), member(3, RunState.QUEUED, runner="gpu"), member(4, RunState.HELD), member(5)]
    store.create_all(runs)
    gone, last = runs[:4], runs[4]
    assert store.unfinished(EXPERIMENT.repository, ()) == 5, "each process lists all anew once, and this one has"
    redis.delete(*(key for run in gone for key in (f"run:{run.id}", outline_key(run.id))))
    for _ in gone[:2]:
        assert store.first_waiting() == [], "one is found to be gone"
    assert store.first_waiting() == [outline(last)]
    assert store.moving("gpu") == [] and store.queued() == []
    assert store.unfinished(EXPERIMENT.repository, ()) == 1
    names = [key for kind in ("SET", "ZSET") for key in redis.scan_iter(_type=kind)]
    held = {name: redis.smembers(name) if redis.type(name) == b"set" else redis.zrange(name, 0, -1) for name in names}
    lists = {name: ids for name, ids in held.items() if name not in (f"runs:{HERE.key}".encode(), b"pulls:waiting")}
    assert lists and all([*ids] == [last.id.encode()] for ids in lists.values()), lists


def test_a_run_of_which_only_the_outline_is_gone_stays_listed(store: RedisStore, redis: Redis) -> None:
    store.create_all([member(1, RunState.QUEUED), member(2, RunState.QUEUED)])
    assert len(store.moving()) == 2, "each process lists all anew once, and this one has"
    redis.delete(outline_key(member(1).id))
    assert [run.id for run in store.moving()] == [member(2).id]
    assert store.unfinished(EXPERIMENT.repository, ()) == 2
    assert len(RedisStore(redis).moving()) == 2
