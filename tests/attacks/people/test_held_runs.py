"""Runs that one repository holds or has waiting: nobody else's requests read them, however many there are."""

from time import time

import pytest

import clock
from experiments.experiment import Repository
from experiments.run import Run
from experiments.run_state import RunState
from experiments.settings.repo_config import RepoConfig
from services.redis import store
from tests.units.sample_run import EXPERIMENT, changed
from tests.world.world import PullRequest, World

OTHER = Repository(99, "mallory/large", 5)
MANY, LONG = 30, 100_000  # runs, bytes of one
SHORT = 3000  # bytes of an outline


class Counting:
    """Read runs as they are stored, and record what was read of the other repository."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.dump = store.RUN.dump

    def load(self, data: bytes) -> Run:
        run = LOAD(data)
        if run.experiment.repository.id == OTHER.id:
            self.sizes.append(len(data))
        return run


LOAD = store.RUN.load


@pytest.fixture(params=[RunState.HELD, RunState.WAITING])
def read(request: pytest.FixtureRequest, world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Return the counter of reads from the other repository, starting now."""
    edits = {"params.yaml": "x" * LONG}
    asked = [
        changed(EXPERIMENT, repository=OTHER, name=f"large-{n}", author="mallory", edits=edits) for n in range(MANY)
    ]
    runs = [Run(f"large-{n:04}", each, time(), state=request.param) for n, each in enumerate(asked)]
    world.wired.ports.store.create_all(runs)
    assert len(world.wired.ports.store.active()) == MANY, "each process lists all anew once, and this one has"
    counting = Counting()
    monkeypatch.setattr(store, "RUN", counting)
    return counting


@pytest.mark.parametrize("text", ["/run -S train.lr=0.01 -n tried", "/status", "/queue", "/runners"])
def test_no_command_of_others_reads_what_is_held(world: World, pull: PullRequest, read: Counting, text: str) -> None:
    pull.comment(text)
    world.train()
    assert pull.new()
    assert read.sizes == []


def test_the_clock_reads_at_most_one_outline_of_each_pull_request(world: World, read: Counting) -> None:
    for _ in range(2):
        clock.tick(world.wired, time() + 3600)
    assert len(read.sizes) <= 2 and all(size < SHORT for size in read.sizes)


def test_where_no_run_may_begin_the_clock_queues_nothing(world: World, read: Counting) -> None:
    there = world.wired.ports.store
    for number in range(RepoConfig.jobs):
        there.update(f"large-{number:04}", lambda run: changed(run, state=RunState.TRAINING, heartbeat=time()))
    read.sizes.clear()
    clock.tick(world.wired, time())
    world.work()
    assert len(read.sizes) <= RepoConfig.jobs + 1 and max(read.sizes) < SHORT


def test_the_queue_of_others_is_continued_without_reading_it(world: World, pull: PullRequest, read: Counting) -> None:
    pull.comment("/run -S train.lr=0.01,0.02 --queue -n mine")
    pull.comment("/start")
    world.train()
    world.train()
    assert pull.new()
    assert read.sizes == []


def test_only_a_little_of_training_runs_is_read(world: World, read: Counting) -> None:
    there = world.wired.ports.store
    for number in range(MANY):
        there.update(f"large-{number:04}", lambda run: changed(run, state=RunState.TRAINING))
    read.sizes.clear()
    assert len(there.moving()) == MANY
    assert len(read.sizes) == MANY and max(read.sizes) < SHORT


def test_the_operators_page_lists_everything_and_reads_a_little(world: World, read: Counting) -> None:
    assert len(world.wired.ports.store.active()) == MANY
    assert max(read.sizes) < SHORT
