"""What heartbeats and strangers' requests cost where a run is long: bytes from Redis, and retries."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import Any

import pytest

from app import create_app
from bot.errors import TryLater
from experiments.run import Run
from experiments.run_state import RunState
from services.redis import store as stores
from services.redis.run_lists import HEARD
from services.redis.store import TRIES
from tests.units.sample_run import changed
from tests.world.in_training import HEADERS, TOKEN, in_training
from tests.world.world import PullRequest, World

BEAT = {"state": "training", "offset": 0}
LONG = 900_000  # bytes of a parameter file
MANY = 12


@pytest.fixture
def run(world: World, pull: PullRequest) -> Run:
    """Return a long run that trains."""
    return in_training(world, pull, edits={"params.yaml": "x" * LONG})


def says(world: World, run_id: str, token: str) -> tuple[int, str]:
    """Send a heartbeat, and return the answer."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = create_app(world.wired).test_client().post(f"/api/runs/{run_id}/beat", json=BEAT, headers=headers)
    return answer.status_code, answer.get_data(as_text=True)


def sent(world: World, ask: Callable[[], object]) -> int:
    """Return how many bytes Redis sends during a request."""
    before = world.wired.redis.info("stats")["total_net_output_bytes"]
    ask()
    return int(world.wired.redis.info("stats")["total_net_output_bytes"] - before)


@pytest.mark.parametrize("over", [False, True])
def test_a_wrong_token_does_not_have_the_run_read(world: World, run: Run, over: bool) -> None:
    if over:
        world.wired.ports.store.update(run.id, lambda seen: changed(seen, state=RunState.FAILED, ended=1.0, report=7))
    heard = [says(world, run_id, "guessed") for run_id in (run.id, "0" * 16)]
    assert heard == [(401, "this token is for no such run\n")] * 2, "who guesses ids learns nothing"
    assert sent(world, lambda: says(world, run.id, "guessed")) < 20_000
    assert sent(world, lambda: says(world, run.id, TOKEN)) > LONG or over


def test_the_agent_of_a_long_run_is_answered_and_learns_when_it_is_over(world: World, run: Run) -> None:
    assert says(world, run.id, TOKEN)[0] == 200
    over = world.wired.ports.store.update(run.id, lambda seen: changed(seen, state=RunState.FAILED, report=7))
    assert says(world, run.id, TOKEN) == (410, "this run has ended\n")
    assert 0 < world.wired.redis.ttl(f"outline:{over.id}") <= HEARD


def test_one_beat_of_a_run_is_answered_at_a_time(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    store, refused, begun = world.wired.ports.store, Event(), Counter[str]()
    app = create_app(world.wired)
    update = store.update

    def slowly(run_id: str, change: Callable[[Run], Run]) -> Run:
        begun["updates"] += 1
        refused.wait(30)
        return update(run_id, change)

    def beats(_: int) -> int:
        answer = app.test_client().post(f"/api/runs/{run.id}/beat", json=BEAT, headers=HEADERS)
        begun[str(answer.status_code)] += 1
        if begun["503"] == MANY - 1:
            refused.set()
        return int(answer.headers.get("Retry-After", 0))

    monkeypatch.setattr(store, "update", slowly)
    with ThreadPoolExecutor(MANY) as pool:
        waits = sorted(pool.map(beats, range(MANY)))
    assert begun == {"updates": 1, "200": 1, "503": MANY - 1}
    assert waits == [0] + [1] * (MANY - 1), "the agent is told when to come again"


@pytest.mark.parametrize("what", ["update", "relist"])
def test_a_change_that_others_interrupt_is_retried_only_so_often(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    tried = Counter[str]()
    load = stores.RUN.load

    class Others:
        """Change the run whenever somebody has read it."""

        dump = stores.RUN.dump

        def load(self, data: bytes) -> Any:
            tried[what] += 1
            assert tried[what] <= 2 * TRIES, "it has no end"
            world.wired.redis.append(f"run:{run.id}", b" ")
            return load(data)

    monkeypatch.setattr(stores, "RUN", Others())
    store = world.wired.ports.store
    with suppress(TryLater):
        store.relist(run.id) if what == "relist" else store.update(run.id, lambda seen: changed(seen, heartbeat=9.0))
        raise AssertionError("it came through")
    assert tried[what] == TRIES
    tried.clear()
    assert says(world, run.id, TOKEN)[0] == 503
