"""Lists of runs in a real Redis: each run is on its lists, also one that an older version stored."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import time

import pytest
from redis import Redis

from experiments.data.delivered import Data, Delivered
from experiments.outline import outline
from experiments.parts.outcome import Environment
from experiments.placement import Lease
from experiments.run import Checkpoint, Done, Ended, QueueMove, Run, observe
from experiments.run_state import RunState
from services.redis import store as stores
from services.redis.run_lists import HEARD, outline_key
from services.redis.store import RUN, RedisStore
from tests.units.sample_run import EXPERIMENT, changed

RECORDED = Path(__file__).parents[1] / "recordings" / "v0.1.0"
HELD = Run("held-0001", EXPERIMENT, 1.0, state=RunState.HELD)


def on(store: RedisStore) -> set[str]:
    """Return the lists that are not empty, by their purpose."""
    found = {
        "active": store.active(),
        "moving": store.moving(),
        "asked by": store.asked_by(EXPERIMENT.asked.author.upper()),
        "names": store.taken_names(EXPERIMENT.repository),
        "unreported": store.unreported(),
        "unpushed": store.unpushed(),
        "unfetched": store.unfetched(),
    }
    return {name for name, each in found.items() if each}


def test_a_run_is_on_its_lists_from_beginning_to_end(store: RedisStore, redis: Redis) -> None:
    store.create_all([HELD])
    assert on(store) == {"active", "asked by", "names"}
    store.update(HELD.id, lambda run: observe(run, QueueMove(RunState.WAITING), 2.0))
    assert on(store) == {"active", "asked by", "names"}, "nobody reads it before it is its turn"
    store.update(HELD.id, lambda run: observe(run, QueueMove(RunState.QUEUED), 2.0))
    assert on(store) == {"active", "asked by", "names", "moving"}
    store.update(HELD.id, lambda run: observe(run, Ended(RunState.FAILED), 3.0))
    assert on(store) == {"active", "asked by", "names", "moving"}
    store.update(HELD.id, lambda run: changed(run, unreported=True))
    assert on(store) == {"unreported"}
    store.update(HELD.id, lambda run: changed(run, unreported=False, report=7))
    assert on(store) == set()
    found = store.outline(HELD.id)
    assert found and found.reported and 0 < redis.ttl(outline_key(HELD.id)) <= HEARD, "for its agent"
    assert store.get(HELD.id) is not None


def test_data_that_waits_for_its_remote_is_listed(store: RedisStore) -> None:
    store.create(replace(HELD, state=RunState.QUEUED))
    tried = Delivered(Data.NOT_PUSHED, "storage", "It is away.", tries=1, tried=time())
    ended = changed(HELD, state=RunState.SUCCEEDED, report=7, commit="c" * 40, delivered=tried)
    store.update(HELD.id, lambda _: ended)
    assert on(store) == {"unpushed"}
    assert store.unpushed()[0].result.delivered.cause == "It is away."


def test_a_run_that_was_not_begun_after_all_is_on_no_list(store: RedisStore, redis: Redis) -> None:
    store.create(HELD)
    store.forget(HELD)
    assert on(store) == set() and not redis.keys("*")


def test_a_held_run_that_may_have_a_machine_is_watched(store: RedisStore) -> None:
    rent = Lease("studio-1", 1, 1.0, 2.0, id="i-1")
    store.create_all([replace(HELD, machines=(rent,))])
    assert "moving" in on(store)
    store.update(HELD.id, lambda run: replace(run, machines=(replace(rent, ended=2.0),)))
    assert "moving" not in on(store)


def test_runs_of_an_older_version_are_listed(store: RedisStore, redis: Redis) -> None:
    documents = [(RECORDED / f"run-{name}.json").read_bytes() for name in ("queued", "in-the-queue", "succeeded")]
    queued, held, through = map(RUN.load, documents)
    for run, document in zip((queued, held, through), documents, strict=True):
        redis.set(f"run:{run.id}", document)
    redis.sadd("runs:active", "gone", queued.id, held.id)
    assert [run.id for run in store.moving()] == [queued.id]
    assert {run.id for run in store.active()} == {queued.id, held.id}
    assert queued.experiment.name in store.taken_names(queued.experiment.repository)
    assert queued.id in {run.id for run in store.asked_by(queued.experiment.asked.author)}
    assert redis.smembers("runs:active") == {queued.id.encode(), held.id.encode()}, "of the third nothing is kept"
    assert store.get(queued.id) == queued and store.get(through.id) == through


def test_a_run_that_was_begun_in_a_former_format_is_finished(store: RedisStore, redis: Redis) -> None:
    recorded = json.loads((RECORDED.parent / "format-2" / "redis.json").read_bytes())
    for key, value in recorded.items():
        if isinstance(value, str):
            redis.set(key, value)
        elif key.startswith("sizes:"):
            redis.hset(key, mapping=value)
        elif isinstance(value, dict):
            redis.zadd(key, value)
        else:
            redis.sadd(key, *value)
    (run,) = store.moving()
    assert run == outline(store.get(run.id) or run)
    assert [each.id for each in store.of_pull(run.experiment.pull_ref)] == [run.id]
    assert store.taken_names(run.experiment.repository) == {"single"}
    after = store.update(run.id, lambda seen: changed(observe(seen, Done(1, "It ended."), time()), report=7))
    assert after.state is RunState.FAILED and not store.active() and not store.moving()
    assert json.loads(redis.get(f"run:{run.id}") or "")["version"] == RUN.version
    assert store.weight(run.experiment.repository, ()) == redis.strlen(f"run:{run.id}"), "it counts once"


def test_runs_are_listed_once_by_each_process(store: RedisStore, redis: Redis) -> None:
    store.create_all([HELD])
    assert store.active()
    before = redis.info("commandstats")["cmdstat_watch"]["calls"]
    assert store.active() and store.moving() == []
    assert redis.info("commandstats")["cmdstat_watch"]["calls"] == before
    assert RedisStore(redis).active()
    assert redis.info("commandstats")["cmdstat_watch"]["calls"] == before + 1


def older(redis: Redis, run: Run) -> None:
    """Store an ended run as a version without outlines does."""
    redis.set(f"run:{run.id}", RUN.dump(run))
    redis.srem("runs:active", run.id)


@pytest.mark.parametrize("state", [RunState.HELD, RunState.TRAINING])
def test_a_run_that_an_older_version_ended_meanwhile_is_on_no_list(
    store: RedisStore, redis: Redis, state: RunState
) -> None:
    store.create_all([replace(HELD, state=state)])
    older(redis, changed(HELD, state=RunState.FAILED, report=7))
    assert on(RedisStore(redis)) == set() and 0 < redis.ttl(outline_key(HELD.id)) <= HEARD


def test_an_outline_follows_what_an_older_version_stored_last(store: RedisStore, redis: Redis) -> None:
    store.create_all([HELD])
    redis.set(f"run:{HELD.id}", RUN.dump(changed(HELD, token_hash="of the next attempt")))
    found = RedisStore(redis).outline(HELD.id)
    assert found and found.attempt.token_hash == "of the next attempt"


def test_a_run_that_an_older_version_changed_meanwhile_is_listed_as_it_is(store: RedisStore, redis: Redis) -> None:
    store.create_all([HELD])
    redis.set(f"run:{HELD.id}", RUN.dump(changed(HELD, state=RunState.TRAINING, heartbeat=5.0)), ex=1000)
    (found,) = RedisStore(redis).moving()
    assert (found.state, found.attempt.heartbeat) == (RunState.TRAINING, 5.0)
    assert 900 < redis.ttl(outline_key(HELD.id)) <= 1000, "it lives no longer than the run"


def test_a_run_that_is_gone_is_on_no_list(store: RedisStore, redis: Redis) -> None:
    store.create_all([replace(HELD, state=RunState.QUEUED)])
    redis.delete(f"run:{HELD.id}")
    assert store.relist(HELD.id) is None
    assert on(store) == set() and not redis.keys("runs:a*") and not redis.exists("runs:moving", outline_key(HELD.id))


def test_an_unreadable_run_keeps_no_other_off_its_lists(store: RedisStore, redis: Redis) -> None:
    redis.sadd("runs:active", "broken", HELD.id)
    redis.set("run:broken", b"{}")
    redis.set(f"run:{HELD.id}", RUN.dump(HELD))
    assert [run.id for run in store.active()] == [HELD.id]


class Interrupted:
    """Store runs, and let something happen while the first one is being stored."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self.load = RUN.load
        self.meanwhile = [meanwhile]

    def dump(self, run: Run) -> bytes:
        if self.meanwhile:
            self.meanwhile.pop()()
        return RUN.dump(run)


@pytest.mark.parametrize(
    "create", [lambda there, runs: there.create_all(runs), lambda there, runs: there.create(runs[0])]
)
def test_runs_that_two_processes_create_at_once_keep_their_later_state(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch, create: Callable[[RedisStore, Sequence[Run]], object]
) -> None:
    runs = [HELD, replace(HELD, id="held-0002", created=2.0)]

    def begun() -> None:
        store.create_all(runs)
        for run in runs:
            store.update(run.id, lambda seen: changed(seen, state=RunState.TRAINING, heartbeat=9.0))

    monkeypatch.setattr(stores, "RUN", Interrupted(begun))
    assert not create(store, runs)
    assert [(run.state, run.attempt.heartbeat) for run in store.moving()] == [(RunState.TRAINING, 9.0)] * 2


def test_runs_whose_first_is_gone_keep_their_later_state(store: RedisStore) -> None:
    second = replace(HELD, id="held-0002", created=2.0)
    store.create_all([HELD, second])
    store.update(second.id, lambda run: changed(run, state=RunState.TRAINING, heartbeat=9.0))
    store.forget(HELD)
    store.create_all([HELD, replace(second, created=5.0)])
    assert [run.id for run in store.moving()] == [second.id]
    assert [run.id for run in store.of_pull(EXPERIMENT.pull_ref)] == [HELD.id, second.id]


def test_a_long_run_is_stored_as_long_as_its_checkpoints(store: RedisStore, redis: Redis) -> None:
    week = 7 * 24 * 3600
    store.create(replace(HELD, experiment=changed(EXPERIMENT, edits={"params.yaml": "x" * 40_000})))
    kept = (Checkpoint(1, 2.0, 1000, "0" * 64),)
    store.update(HELD.id, lambda run: changed(run, state=RunState.FAILED, report=7, checkpoints=kept))
    assert redis.ttl(f"run:{HELD.id}") > 2 * week
    store.update(HELD.id, lambda run: replace(run, checkpoints=()))
    assert 0 < redis.ttl(f"run:{HELD.id}") <= week


def test_an_outline_contains_no_long_text() -> None:
    long = changed(
        EXPERIMENT, edits={"p.yaml": "x" * 5000}, message="m" * 5000, targets=("t" * 5000,), requirements=("r" * 5000,)
    )
    run = changed(HELD, experiment=long, reason="w" * 5000, environment=Environment(packages=("p" * 5000,)))
    run = changed(run, delivered=Delivered(nowhere=("n" * 5000,)), checks={"c" * 40: 1}, interruptions=("i" * 5000,))
    assert len(RUN.dump(outline(run))) < 3500
    assert outline(run).experiment.name == run.experiment.name and outline(run).state is run.state
