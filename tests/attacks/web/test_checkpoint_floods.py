"""An agent that sends endless checkpoints: what they cost others."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import time

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from experiments.run import Run
from experiments.run_state import RunState
from handlers.jobs.checkpoints import drop, kept
from services.files.run_files import DataRunFiles, Part
from services.redis import lanes
from tests.units.sample_run import changed
from tests.world.checkpoints import long_ago
from tests.world.in_training import HEADERS, in_training
from tests.world.world import PullRequest, World

MANY = 30


@pytest.fixture
def run(world: World, pull: PullRequest) -> Run:
    """Return a run that trains and sends checkpoints."""
    return in_training(world, pull, checkpointed=("model.ckpt",))


def sent(world: World, run: Run) -> int:
    """Send a checkpoint, and return the answer."""
    return world.web.put(f"/api/runs/{run.id}/checkpoint", data=b"x", headers=HEADERS).status_code


def waiting(world: World) -> list[str]:
    """Return the jobs of the lane of reports."""
    queue = Queue(lanes.REPORTS, connection=world.wired.redis, serializer=JSONSerializer)
    return [job.func_name for job in queue.jobs]


def test_checkpoints_without_a_request_are_refused(world: World, run: Run) -> None:
    store = world.wired.ports.store
    store.update(run.id, lambda seen: replace(seen, experiment=changed(seen.experiment, checkpointed=())))
    assert [sent(world, run) for _ in range(MANY)] == [404] * MANY
    store.update(run.id, lambda seen: replace(run, fetch=True))
    assert sent(world, run) == 404, "what only fetches learns nothing"
    assert waiting(world) == []


def test_checkpoints_that_come_too_soon_are_refused(world: World, run: Run) -> None:
    """An honest agent may send two in a row: after a lost answer, and at its end."""
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


def test_checkpoints_beyond_the_share_wait_in_the_slow_lane(world: World, run: Run) -> None:
    world.wired.redis.set(f"share:{run.experiment.repository.id}", lanes.OF_REPOSITORY + 1)
    assert sent(world, run) == 204
    assert waiting(world) == []


def there(world: World, run: Run) -> list[str]:
    """Return the names of the files that are kept of its checkpoints."""
    return sorted(each.name for each in world.wired.ports.files.checkpoint(run, 1).parent.iterdir())


def test_a_slow_checkpoint_beside_fast_ones_leaves_no_unlisted_file(world: World, run: Run) -> None:
    """That could be up to 4 GB of the bot's disk for as long as the run is stored."""

    def put(seen: Run) -> Run:
        return kept(world.wired.ports, seen, [b"fast"], 4, time())

    def slowly(seen: Run) -> Iterator[bytes]:
        yield b"sl"
        for _ in range(4):
            seen = put(seen)
        yield b"ow"

    run = put(put(run))
    run = kept(world.wired.ports, run, slowly(run), 4, time())
    assert [each.number for each in run.checkpoints] == [6, 7]
    assert there(world, run) == ["6.tar", "7.tar"]


def test_a_checkpoint_that_arrives_as_its_run_ends_is_not_left_either(world: World, run: Run) -> None:
    """The run ends between the renaming of the file and the recording of it, which is then repeated."""
    ports = world.wired.ports
    run = kept(ports, run, [b"first"], 5, time())

    class Ending(DataRunFiles):
        @contextmanager
        def receive(self, run: Run, chunks: Iterable[bytes], promised: int) -> Iterator[Part]:
            with super().receive(run, chunks, promised) as part:
                yield EndingPart(part.place, part.size, part.sha256)

    class EndingPart(Part):
        def become(self, number: int) -> None:
            super().become(number)
            ports.store.update(run.id, lambda seen: replace(seen, state=RunState.FAILED))

    ending = replace(ports, files=Ending(world.wired.settings.data_dir / "runs"))
    assert kept(ending, run, [b"last"], 4, time()).state is RunState.FAILED
    assert there(world, run) == ["1.tar"]


def test_unlisted_checkpoints_are_deleted_with_the_others(world: World, run: Run) -> None:
    """An older version left them, and the run's list does not have them."""
    ports = world.wired.ports
    run = kept(ports, run, [b"first"], 5, time())
    run = kept(ports, run, [b"second"], 6, time())
    run = kept(ports, run, [b"third"], 5, time())
    ports.files.checkpoint(run, 1).write_bytes(b"left")
    drop(ports, ports.store.update(run.id, lambda seen: replace(seen, state=RunState.FAILED)))
    assert there(world, run) == []
