"""Jobs that were queued before a repository used up its share are not all done in the shared lane."""

from collections.abc import Iterator

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from rq.timeouts import JobTimeoutException

import jobs
from bot.events import DefaultPushed
from experiments.experiment import PullRef, Repository
from handlers.lists import EVENTS as HANDLERS
from sandbox import gitfolder, pushes
from services.redis.lanes import EVENTS, OF_REPOSITORY, REPORTS, SLOW, queues_of, slow_of
from services.redis.queue import lane_here
from tests.world.project import git
from tests.world.world import PullRequest, World


def waiting(world: World, lane: str) -> list[str]:
    """Return the names of the jobs that wait in a lane."""
    queues = [Queue(name, connection=world.wired.redis, serializer=JSONSerializer) for name in queues_of([lane])]
    return [job.func_name for queue in queues for job in queue.jobs]


def use_up(world: World) -> None:
    """Use up the share of the repository."""
    world.wired.redis.set(f"share:{world.repository.id}", OF_REPOSITORY + 1, ex=600)


def push_to_main(world: World) -> None:
    """Push another commit to the default branch."""
    before = gitfolder.refs(world.repository)
    made = git(world.repository.folder, "commit-tree", "-p", "main", "-m", "More", "main^{tree}")
    world.bare.git("update-ref", "refs/heads/main", made)
    after = gitfolder.refs(world.repository)
    pushes.announce(world.sandbox.state, world.repository, before, after, World.maintainer)


@pytest.fixture
def repository(world: World, pull: PullRequest) -> Iterator[Repository]:
    yield Repository(world.repository.id, "grace/digits", 1)


def test_queued_overviews_meet_the_cost_of_the_first_of_them(
    world: World, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, str]] = []

    def costly(ports: object, where: PullRef, now: float) -> None:
        made.append((where.number, lane_here()))
        use_up(world)

    monkeypatch.setattr("jobs.overview.refresh", costly)
    for number in range(1, 6):
        world.wired.queue.refresh(PullRef(repository, number))
    world.work_now(REPORTS)
    assert made == [(1, REPORTS)]
    assert waiting(world, SLOW) == ["jobs.refresh"] * 4
    world.wired.queue.refresh(PullRef(repository, 2))
    assert waiting(world, SLOW) == ["jobs.refresh"] * 4, "asked for already, and not begun"
    world.work_now(SLOW)
    assert made[1:] == [(number, slow_of(repository.id)) for number in range(2, 6)]


JOBS = ["announce", "checkpoint", "finish", "fetch", "launch"]


def test_jobs_after_a_run_are_moved_to_the_slow_lane_when_the_share_is_used_up(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n tried")
    world.work_now()
    (run,) = pull.runs
    for job in JOBS:
        world.wired.queue._short(f"jobs.{job}", run.id)
    use_up(world)
    world.work_now(REPORTS)
    assert sorted(waiting(world, SLOW)) == sorted(f"jobs.{job}" for job in JOBS)
    world.work()
    assert not waiting(world, SLOW)


@pytest.mark.parametrize("job", JOBS)
def test_jobs_after_a_run_are_counted(
    world: World, pull: PullRequest, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull.comment("/run -S train.lr=0.01 -n tried")
    world.work_now()
    (run,) = pull.runs
    work = {"announce": "announce_run", "checkpoint": "tell", "finish": "finish_run", "fetch": "fetch_again"}
    monkeypatch.setattr(jobs, work.get(job, "launch_machine"), lambda *_: ())
    world.wired.redis.delete(f"share:{world.repository.id}")
    getattr(jobs, job)(run.id)
    assert world.wired.redis.exists(f"share:{world.repository.id}")


def test_a_push_to_the_default_branch_is_counted_and_limited_by_the_share(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def costly(*_: object) -> None:
        looked.append(lane_here())
        use_up(world)

    monkeypatch.setattr("jobs.HANDLERS", {**HANDLERS, DefaultPushed: costly})
    for _ in range(3):
        push_to_main(world)
    world.work_now(EVENTS, REPORTS)
    assert looked == [REPORTS]
    world.work_now(SLOW)
    assert looked == [REPORTS, *[slow_of(world.repository.id)] * 2]


def test_a_push_to_the_default_branch_that_took_too_long_is_not_tried_again(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def too_long(*_: object) -> None:
        tried.append(lane_here())
        raise JobTimeoutException

    monkeypatch.setattr("jobs.HANDLERS", {**HANDLERS, DefaultPushed: too_long})
    push_to_main(world)
    world.work()
    assert tried == [REPORTS]
    assert not world.wired.redis.keys("delivery:*"), "the clock does not deliver it again"
