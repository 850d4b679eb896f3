"""Claims, and packs of submodules of up to 500 MB, are work of the web process itself: a few at once, whoever asks."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Lock

import pytest

from app import create_app
from experiments.run import Run
from experiments.run_state import RunState
from handlers.jobs import hear_agent
from tests.units.sample_run import changed
from tests.world.world import PullRequest, World
from web.places import PLACES, SHARE

ASKED = 12


def prepared(world: World, run: Run, number: int, repository: int) -> Run:
    """Return a run like this one in a repository, whose agent prepares it. Its token is its name."""
    name = f"{number:016x}"
    experiment = replace(run.experiment, repository=replace(run.experiment.repository, id=repository))
    hashed = hashlib.sha256(name.encode()).hexdigest()
    made = changed(run, id=name, experiment=experiment, state=RunState.PREPARING, token_hash=hashed)
    assert world.wired.ports.store.create(made)
    return made


@pytest.mark.parametrize(
    ("repositories", "what"), [(1, "submodules/0"), (ASKED, "submodules/0"), (1, "claim"), (ASKED, "claim")]
)
def test_slow_work_of_the_bot_itself_is_done_a_few_at_once(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch, repositories: int, what: str
) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n first")
    (first,) = pull.runs
    runs = [prepared(world, first, number, 500 + number % repositories) for number in range(ASKED)]
    lock, enough, begun = Lock(), Event(), Counter[str]()

    def made(answer: Callable[[], object]) -> Callable[..., object]:
        def make(*_: object) -> object:
            with lock:
                begun["made"] += 1
            enough.wait(30)
            return answer()

        return make

    monkeypatch.setattr(hear_agent, "submodule", made(tempfile.TemporaryFile))
    monkeypatch.setattr(hear_agent, "claim", made(dict))
    app = create_app(world.wired)

    def asks(run: Run) -> int:
        headers = {"Authorization": f"Bearer {run.id}"}
        method = "POST" if what == "claim" else "GET"
        status = app.test_client().open(f"/api/runs/{run.id}/{what}", method=method, headers=headers).status_code
        with lock:
            begun[str(status)] += 1
            if begun["503"] == ASKED - most:
                enough.set()
        return status

    most = PLACES if repositories > 1 else SHARE
    with ThreadPoolExecutor(ASKED) as pool:
        statuses = Counter(pool.map(asks, runs))
    assert begun["made"] == most
    assert statuses == {200: most, 503: ASKED - most}
    pull.comment("/cancel first")
    assert pull.new()
