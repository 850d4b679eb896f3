"""Lists of runs in a real Redis: each run is on those where it belongs, also one that an older version stored."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import time

import pytest
from redis import Redis

from experiments.data.delivered import Data, Delivered
from experiments.outline import outline
from experiments.placement import Lease
from experiments.run import Ended, Environment, QueueMove, Run, observe
from experiments.run_state import RunState
from services.redis.run_lists import outline_key
from services.redis.store import RUN, RedisStore
from tests.units.sample_run import EXPERIMENT

RECORDED = Path(__file__).parents[1] / "recordings" / "v0.1.0"
HELD = Run("held-0001", EXPERIMENT, 1.0, state=RunState.HELD)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as made:
        made.flushdb()
        yield made


@pytest.fixture
def store(redis: Redis) -> RedisStore:
    return RedisStore(redis)


def on(store: RedisStore) -> set[str]:
    """The lists on which there is something, by what they are read for."""
    found = {
        "active": store.active(),
        "moving": store.moving(),
        "asked by": store.asked_by(EXPERIMENT.author.upper()),
        "names": store.taken_names(EXPERIMENT.repository),
        "unreported": store.unreported(),
        "unpushed": store.unpushed(),
        "unfetched": store.unfetched(),
    }
    return {name for name, each in found.items() if each}


def test_a_run_is_where_it_belongs_from_its_beginning_to_its_end(store: RedisStore, redis: Redis) -> None:
    store.create_all([HELD])
    assert on(store) == {"active", "asked by", "names"}
    store.update(HELD.id, lambda run: observe(run, QueueMove(RunState.WAITING), 2.0))
    assert on(store) == {"active", "asked by", "names", "moving"}
    store.update(HELD.id, lambda run: observe(run, Ended(RunState.FAILED), 3.0))
    assert on(store) == {"active", "asked by", "names", "moving"}
    store.update(HELD.id, lambda run: replace(run, unreported=True))
    assert on(store) == {"unreported"}
    store.update(HELD.id, lambda run: replace(run, unreported=False, report=7))
    assert on(store) == set() and not redis.exists(outline_key(HELD.id))
    assert store.get(HELD.id) is not None


def test_data_that_waits_for_its_remote_is_found(store: RedisStore) -> None:
    store.create(replace(HELD, state=RunState.QUEUED))
    tried = Delivered(Data.NOT_PUSHED, "storage", "It is away.", tries=1, tried=time())
    ended = replace(HELD, state=RunState.SUCCEEDED, report=7, commit="c" * 40, delivered=tried)
    store.update(HELD.id, lambda _: ended)
    assert on(store) == {"unpushed"}
    assert store.unpushed()[0].delivered.cause == "It is away."


def test_what_was_not_begun_after_all_is_on_no_list(store: RedisStore, redis: Redis) -> None:
    store.create(HELD)
    store.forget(HELD)
    assert on(store) == set() and not redis.keys("*")


def test_a_held_run_whose_machine_may_be_there_is_looked_after(store: RedisStore) -> None:
    rent = Lease("studio-1", 1, 1.0, 2.0, id="i-1")
    store.create_all([replace(HELD, machines=(rent,))])
    assert "moving" in on(store)
    store.update(HELD.id, lambda run: replace(run, machines=(replace(rent, ended=2.0),)))
    assert "moving" not in on(store)


def test_what_an_older_version_stored_is_found(store: RedisStore, redis: Redis) -> None:
    documents = [(RECORDED / f"run-{name}.json").read_bytes() for name in ("queued", "in-the-queue", "succeeded")]
    queued, held, through = map(RUN.load, documents)
    for run, document in zip((queued, held, through), documents, strict=True):
        redis.set(f"run:{run.id}", document)
    redis.sadd("runs:active", "gone", queued.id, held.id)
    assert [run.id for run in store.moving()] == [queued.id]
    assert {run.id for run in store.active()} == {queued.id, held.id}
    assert queued.experiment.name in store.taken_names(queued.experiment.repository)
    assert queued.id in {run.id for run in store.asked_by(queued.experiment.author)}
    assert redis.smembers("runs:active") == {queued.id.encode(), held.id.encode()}, "of the third nothing is kept"
    assert store.get(queued.id) == queued and store.get(through.id) == through


def test_older_runs_are_looked_for_once(store: RedisStore, redis: Redis) -> None:
    store.create_all([HELD])
    assert store.active()
    before = redis.info("commandstats")["cmdstat_exists"]["calls"]
    assert store.active() and store.moving() == []
    assert redis.info("commandstats")["cmdstat_exists"]["calls"] == before


def test_an_outline_has_nothing_that_may_be_long() -> None:
    long = replace(
        EXPERIMENT, edits={"p.yaml": "x" * 5000}, message="m" * 5000, targets=("t" * 5000,), requirements=("r" * 5000,)
    )
    run = replace(HELD, experiment=long, reason="w" * 5000, environment=Environment(packages=("p" * 5000,)))
    run = replace(run, delivered=Delivered(nowhere=("n" * 5000,)), checks={"c" * 40: 1}, interruptions=("i" * 5000,))
    assert len(RUN.dump(outline(run))) < 3500
    assert outline(run).experiment.name == run.experiment.name and outline(run).state is run.state
