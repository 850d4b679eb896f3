"""The agent's API: whatever the holder of a run's token sends, it is answered, never with an error of ours, and the
run can still be read, shown and ended.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.data.delivered import Data
from experiments.limits import LIMITS
from experiments.run import Run
from experiments.run_state import RunState
from reports.run.check_run import check
from tests.fuzz.documents import ODD, like
from tests.fuzz.pace import tried, within
from tests.fuzz.words import written
from tests.units.sample_run import changed
from tests.world.world import World

TOKEN = "the token of one attempt"
SECONDS = 5.0
ANSWERS = {200, 204, 400, 401, 403, 404, 405, 409, 410, 411, 413, 415, 429, 503}
WORDS = written("epoch 1\n", "\r 50%|#  |", "\x1b]0;title\x07", "Traceback", "ghp_0123456789abcdefghij", "@ada")
BEAT = {"state": "training", "offset": 0, "log": "epoch 1\n", "live": "50 %", "training": 3}
SAID = {
    "known": True,
    "executed": ["train"],
    "restored": [],
    "skipped": [],
    "failed": [],
    "written": {"m.json": "train"},
}
DELIVERED = {"data": Data.NOT_PUSHED.value, "remote": "storage", "cause": "It is away.", "lost": False}
ENVIRONMENT = {"python": "3.11", "dvc": "3.67", "packages": ["numpy==2"], "machine": "Linux"}
DONE = {
    "exit_code": 0,
    "reason": "",
    "timed_out": False,
    "interrupted": False,
    "environment": ENVIRONMENT,
    "provenance": SAID,
    "delivered": DELIVERED,
}
BOOT = {"attempt": 1, "key_sha256": "a" * 64}
JSON = st.one_of(
    st.tuples(st.just("beat"), like(BEAT)),
    st.tuples(st.just("beat"), st.builds(lambda log, live: {**BEAT, "log": log, "live": live}, WORDS, WORDS)),
    st.tuples(st.just("done"), like(DONE)),
    st.tuples(st.just("done"), st.builds(lambda said, sent: {**DONE, "provenance": said, "delivered": sent}, ODD, ODD)),
    st.tuples(st.sampled_from(["boot", "claim"]), like(BOOT, {})),
).map(lambda sent: ("POST", sent[0], json.dumps(sent[1]).encode()))
NAMES = (
    "files/bundle",
    "files/baseline.tar",
    "files/experiment.tar",
    "files/log",
    "files/../x",
    "files/",
    "checkpoint",
)
PLACES = st.sampled_from([*NAMES, "beat", "done", "claim", "boot", "submodules/0", "submodules/99999999999999999999"])
RAW = st.tuples(
    st.sampled_from(["GET", "PUT", "POST", "PATCH", "DELETE"]),
    PLACES | st.text(max_size=12).map(lambda text: f"files/{text}"),
    st.binary(max_size=300)
    | st.sampled_from([b"[" * 100_000, b"1" * 5000, b'{"offset":' + b"9" * 5000 + b"}", b'"\\ud800"']),
)
CALLS = st.lists(JSON | JSON | RAW, min_size=1, max_size=4)


KEPT = {
    "log",
    "live",
    *(f"{name}{part}" for name in ("bundle", "baseline.tar", "experiment.tar") for part in ("", ".part")),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, redis_url: str, snapshots: Path) -> Iterator[World]:
    """Yield a world with a bot whose only run waits for its agent."""
    made = World(tmp_path_factory.mktemp("world"), redis_url, snapshots)
    made.pull_request().comment("/run --temp -n tried")
    yield made
    made.sandbox.stop()


@pytest.fixture(scope="module")
def waiting(world: World) -> Run:
    """Return that run, and the token of its agent."""
    (known,) = world.wired.ports.store.active()
    run = world.wired.ports.store.get(known.id)
    assert run is not None
    experiment = changed(run.experiment, checkpointed=("model.ckpt",))
    return changed(run, experiment=experiment, token_hash=hashlib.sha256(TOKEN.encode()).hexdigest())


def call(world: World, method: str, place: str, body: bytes, token: str = TOKEN) -> int:
    """Return the answer to a call."""
    (run,) = world.wired.ports.store.active()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    path = f"/api/runs/{run.id}/{quote(place)}"
    return world.web.open(path, method=method, data=body, headers=headers).status_code


@tried(120)
@given(st.sampled_from([RunState.QUEUED, RunState.PREPARING, RunState.TRAINING, RunState.UPLOADING]), CALLS)
def test_whatever_an_agent_sends_it_is_answered_and_its_run_can_be_shown(
    world: World, waiting: Run, state: RunState, calls: list[tuple[str, str, bytes]]
) -> None:
    store, files = world.wired.ports.store, world.wired.ports.files
    store.update(waiting.id, lambda _: replace(waiting, state=state))
    with within(SECONDS):
        for method, place, body in calls:
            assert call(world, method, place, body) in ANSWERS, (method, place)
        run = store.get(waiting.id)
        assert run and replace(run.experiment) == waiting.experiment, "what was asked stays what was asked"
        assert run.attempt.token_hash in (waiting.attempt.token_hash, ""), "and whose it is"
        log = files.log(run)
        assert all(letter in "\n\t" or ord(letter) >= 32 for letter in log)
        shown = check(run, None, log)
        assert all(len(part.encode()) <= 65_535 for part in (shown.summary, shown.text))
        assert len(run.outcome.reason) <= LIMITS.reason
    folder = world.wired.settings.data_dir / "runs" / run.id
    assert {path.name for path in folder.rglob("*") if path.is_file()} <= KEPT | {f"{n}.tar" for n in range(1, 500)}
    assert call(world, "POST", "beat", json.dumps(BEAT).encode()) in (200, 410), "an honest word is still understood"


@tried(30)
@given(st.text(max_size=80) | st.just(TOKEN[:-1]) | st.just(f"{TOKEN} "), CALLS)
def test_who_has_no_token_changes_nothing(
    world: World, waiting: Run, token: str, calls: list[tuple[str, str, bytes]]
) -> None:
    store = world.wired.ports.store
    before = store.update(waiting.id, lambda _: waiting)
    for method, place, body in calls:
        assert call(world, method, place, body, token=_header(token)) in (401, 404, 405)
    assert store.get(waiting.id) == before


def _header(text: str) -> str:
    """Return the text as a header can carry it, and never the token."""
    plain = text.encode("utf-8", "replace").decode("latin-1").translate({10: None, 13: None, 0: None})
    return "" if plain == TOKEN else plain
