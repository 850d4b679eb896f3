"""An agent whose last words are as long as they may be: what they take of the memory that all share."""

import hashlib
import json
from dataclasses import replace

import pytest

from experiments.run import State
from tests.world.world import PullRequest, World

TOKEN = "the token of one attempt"
LONG = "\U0001f600" * 490  # four bytes each
NAMES = {"known": True, "executed": [], "restored": [], "skipped": [], "failed": [], "written": {}}


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
    assert pull.overview
    pull.comment("/run -S train.lr=0.01 -n last")
    assert pull.check_run
    (asked,) = pull.runs
    store, repository = world.wired.ports.store, asked.experiment.repository
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    store.update(asked.id, lambda run: replace(run, state=State.TRAINING, token_hash=hashed))
    before = store.weight(repository, ())
    body = json.dumps({"exit_code": 1, "reason": "", **words}, ensure_ascii=False).encode()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert world.web.post(f"/api/runs/{asked.id}/done", data=body, headers=headers).status_code == 204
    taken = int(world.wired.redis.strlen(f"run:{asked.id}"))
    assert taken < 1_000_000
    assert store.weight(repository, ()) - before > taken - 50_000, "all but a little of it counts"
    store.forget(pull.runs[0])
    assert store.weight(repository, ()) == 0
