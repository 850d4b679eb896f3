"""An agent that sends checkpoints without end: what each of them costs others."""

import hashlib
from dataclasses import replace

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from experiments.run import Run
from experiments.run_state import RunState
from services.redis import lanes
from tests.units.sample_run import changed
from tests.world.checkpoints import long_ago
from tests.world.world import PullRequest, World

TOKEN = "the token of one attempt"
MANY = 30


@pytest.fixture
def run(world: World, pull: PullRequest) -> Run:
    """Return a run that trains, and of which checkpoints are kept."""
    assert pull.overview
    pull.comment("/run -S train.lr=0.01 -n long")
    assert pull.check_run
    (asked,) = pull.runs
    experiment = changed(asked.experiment, checkpointed=("model.ckpt",))
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    training = changed(asked, experiment=experiment, state=RunState.TRAINING, token_hash=hashed)
    return world.wired.ports.store.update(asked.id, lambda _: training)


def sent(world: World, run: Run) -> int:
    """Send a checkpoint, and return the answer."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return world.web.put(f"/api/runs/{run.id}/checkpoint", data=b"x", headers=headers).status_code


def waiting(world: World) -> list[str]:
    """Return the jobs of the lane of reports."""
    queue = Queue(lanes.REPORTS, connection=world.wired.redis, serializer=JSONSerializer)
    return [job.func_name for job in queue.jobs]


def test_checkpoints_that_nobody_asked_for_are_refused(world: World, run: Run) -> None:
    store = world.wired.ports.store
    store.update(run.id, lambda seen: replace(seen, experiment=changed(seen.experiment, checkpointed=())))
    assert [sent(world, run) for _ in range(MANY)] == [404] * MANY
    store.update(run.id, lambda seen: replace(run, fetch=True))
    assert sent(world, run) == 404, "what only fetches learns nothing"
    assert waiting(world) == []


def test_checkpoints_that_come_too_soon_are_refused(world: World, run: Run) -> None:
    """Of what an agent may do two come one after the other: an answer that was lost, and the one at its end."""
    assert [sent(world, run) for _ in range(MANY)] == [204] * 2 + [429] * (MANY - 2)
    long_ago(world.wired.ports.store)
    assert sent(world, run) == 204


def test_many_checkpoints_are_one_job_that_counts_for_their_repository(world: World, run: Run) -> None:
    for _ in range(MANY):
        assert sent(world, run) == 204
        long_ago(world.wired.ports.store)
    assert waiting(world) == ["jobs.checkpoint"]
    share = f"share:{run.experiment.repository.id}"
    world.wired.redis.set(share, 0)
    world.work_now(lanes.REPORTS)
    assert float(world.wired.redis.get(share) or 0) > 0
    assert sent(world, run) == 204
    assert waiting(world) == ["jobs.checkpoint"], "what comes after the job began is told of, too"


def test_a_checkpoint_of_who_used_up_the_share_waits_aside(world: World, run: Run) -> None:
    world.wired.redis.set(f"share:{run.experiment.repository.id}", lanes.OF_REPOSITORY + 1)
    assert sent(world, run) == 204
    assert waiting(world) == []
