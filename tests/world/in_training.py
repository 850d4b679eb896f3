"""A run whose agent is at work, for tests that send what agents send."""

import hashlib

from experiments.run import Run
from experiments.run_state import RunState
from tests.units.sample_run import changed
from tests.world.world import PullRequest, World

TOKEN = "the token of one attempt"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def in_training(world: World, pull: PullRequest, attempt: int = 1, **experiment: object) -> Run:
    """Ask for a run, and return it as it trains, with these fields of its experiment changed."""
    assert pull.overview
    pull.comment("/run -S train.lr=0.01 -n long")
    assert pull.check_run
    (asked,) = pull.runs
    changes = changed(asked.experiment, **experiment)
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    training = changed(asked, experiment=changes, state=RunState.TRAINING, token_hash=hashed, attempt=attempt)
    return world.wired.ports.store.update(asked.id, lambda _: training)
