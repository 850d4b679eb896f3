"""An agent whose closing messages are as long as they may be: how much of the shared memory they take."""

import hashlib
import json

import pytest

from bot.effects import budget_check
from experiments.parts.outcome import Environment
from experiments.provenance import Provenance
from experiments.run import Run
from experiments.run_state import RunState
from tests.units.sample_run import changed
from tests.world.world import PullRequest, World

TOKEN = "the token of one attempt"
LONG = "\U0001f600" * 490  # four bytes each
NAMES = {"known": True, "executed": [], "restored": [], "skipped": [], "failed": [], "written": {}}


def begun(world: World, pull: PullRequest) -> Run:
    """Return a run that is training."""
    assert pull.overview
    pull.comment("/run -S train.lr=0.01 -n last")
    assert pull.check_run
    (asked,) = pull.runs
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    store = world.wired.ports.store
    return store.update(asked.id, lambda run: changed(run, state=RunState.TRAINING, token_hash=hashed))


def said(world: World, pull: PullRequest, asked: Run, words: dict[str, object]) -> Run:
    """Return what is stored of the run after its agent ended with these messages."""
    body = json.dumps({"exit_code": 1, "reason": "why " * 500, **words}, ensure_ascii=False).encode()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert world.web.post(f"/api/runs/{asked.id}/done", data=body, headers=headers).status_code == 204
    return pull.runs[0]


@pytest.mark.parametrize(
    "words",
    [
        {"environment": {"packages": [LONG] * 1900}},
        {"provenance": NAMES | {"executed": [LONG] * 1900}},
        {"provenance": NAMES | {"executed": ["x" * 400] * 1000}, "environment": {"packages": ["y" * 490] * 300}},
    ],
    ids=["packages", "provenance", "as much as is believed"],
)
def test_last_words_are_bounded_and_count_for_their_repository(
    world: World, pull: PullRequest, words: dict[str, object]
) -> None:
    asked = said(world, pull, begun(world, pull), words)
    store, repository = world.wired.ports.store, asked.experiment.repository
    taken = int(world.wired.redis.strlen(f"run:{asked.id}"))
    assert taken < 1_000_000
    assert store.weight(repository, ()) > taken - 50_000, "all but a little of it counts"
    store.forget(pull.runs[0])
    assert store.weight(repository, ()) == 0


def test_where_a_repository_has_used_its_limit_only_the_end_is_kept(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many runs may begin with a few bytes each before the first of them sends its closing message."""
    words: dict[str, object] = {"provenance": NAMES | {"executed": ["x"]}, "environment": {"packages": ["y"]}}
    asked = begun(world, pull)
    monkeypatch.setattr(budget_check, "MEMORY", 1000)
    ended = said(world, pull, asked, words)
    assert (ended.outcome.environment, ended.outcome.provenance) == (Environment(), Provenance())
    assert (ended.outcome.exit_code, ended.outcome.reason) == (1, ("why " * 500)[:500])
