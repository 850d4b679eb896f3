"""People who ask for a lot, or for something slow, delay nobody else."""

import fcntl
from threading import Event, Thread

import pytest
from redis import Redis

import jobs
from bot.errors import TryLater
from bot.events import PullChanged
from bot.guests import A_MINUTE, AN_HOUR, CHANGES, DELIVERIES, unhurried
from experiments.experiment import PullRef, Repository
from sandbox import gitfolder, pushes
from services.git import repository as git_port
from services.redis import queue as queues
from services.redis.lanes import EVENTS, GUESTS, OF_PERSON, OF_REPOSITORY, REPORTS, SLOW, Lanes
from tests.world.project import git
from tests.world.world import PullRequest, World


def says(world: World, pull: PullRequest, login: str, text: str = "/help") -> None:
    """Write a comment, and let no worker handle it yet."""
    world.sandbox.comment("grace/digits", pull.number, text, login)


def test_people_without_write_permission_wait_in_a_lane_of_their_own(world: World, pull: PullRequest) -> None:
    says(world, pull, World.reader, "/params")
    says(world, pull, World.maintainer)
    world.work_now(EVENTS, REPORTS)
    assert "`/run" in pull.reply, "the maintainer's /help; nobody has worked at the guests' lane"
    world.work_now(GUESTS)
    assert "train.lr" in pull.reply


def test_a_pull_request_opened_by_a_reader_counts_as_a_guests(world: World, pull: PullRequest) -> None:
    world.bare.git("update-ref", "refs/heads/release", pull.git("rev-parse", "main"))
    number = world.sandbox.open_pull("grace/digits", "tune", "release", "Hi", "", World.reader).number
    world.work_now(EVENTS, REPORTS)
    made = PullRequest(world, number, pull.tree)
    assert not made.overviews
    world.work_now(GUESTS)
    assert made.overviews


def test_github_is_asked_once_who_may_write(world: World, pull: PullRequest) -> None:
    for login in (World.maintainer, World.reader):
        for _ in range(3):
            says(world, pull, login)
    world.requests.clear()
    world.work_now(EVENTS)
    asked = [each for each in world.requests if each.endswith("/permission")]
    assert len(pull.new()) == 3
    assert len(asked) == 3 + 1, "each command of the maintainer, whose rights may have changed; the lane for the reader"


def test_people_without_write_permission_get_a_handful_of_answers_a_minute(world: World, pull: PullRequest) -> None:
    for _ in range(A_MINUTE + 2):
        says(world, pull, World.reader)
    world.work_now()
    assert len(pull.new()) == A_MINUTE
    world.wired.redis.delete(*world.wired.redis.keys("guest:60:*"))  # a minute later
    world.work()
    assert len(pull.new()) == 2, "the others were put off, not forgotten"


def test_people_without_write_permission_are_told_once_that_it_is_too_much(world: World, pull: PullRequest) -> None:
    hour = f"guest:3600:{world.repository.id}:{World.reader}"
    world.wired.redis.sadd(hour, *(f"delivery-{number}" for number in range(AN_HOUR)))
    says(world, pull, World.reader)
    says(world, pull, World.reader)
    world.work()
    assert f"at most {AN_HOUR} commands an hour" in pull.reply
    says(world, pull, World.maintainer)
    world.work()
    assert "`/run" in pull.reply, "nobody else is meant"


def test_what_one_person_sends_waits_for_its_lane_only_so_often(world: World, pull: PullRequest) -> None:
    """Each keeps its body in Redis meanwhile."""
    hour = f"guest:3600:{world.repository.id}:deliveries of {World.reader}"
    world.wired.redis.sadd(hour, *(f"delivery-{number}" for number in range(DELIVERIES)))
    says(world, pull, World.reader, "/help\n" + "x" * 60_000)
    guid = world.delivered("issue_comment").guid
    world.work_now(EVENTS)
    assert not world.wired.redis.exists(f"delivery:{guid}")
    world.work()
    assert pull.new() == []
    says(world, pull, World.maintainer)
    world.work()
    assert "`/run" in pull.reply, "nobody else is meant"


def test_each_command_of_a_comment_counts_and_conversation_does_not(world: World, pull: PullRequest) -> None:
    for number in range(AN_HOUR + 1):
        says(world, pull, World.reader, f"@{World.maintainer} what do you think of layer {number}?")
    world.work()
    assert pull.new() == []
    says(world, pull, World.reader, "/help\n\n" * A_MINUTE)
    says(world, pull, World.reader)
    world.work_now()
    assert len(pull.new()) == 1, "the second waits for the next minute"
    world.wired.redis.delete(*world.wired.redis.keys("guest:60:*"))
    world.work()
    assert len(pull.new()) == 1


def test_a_refused_comment_is_not_retried_for_days(world: World, pull: PullRequest) -> None:
    hour = f"guest:3600:{world.repository.id}:{World.reader}"
    world.wired.redis.sadd(hour, *(f"delivery-{number}" for number in range(AN_HOUR)))
    world.fault("POST", r"/comments$", 403, times=20)
    says(world, pull, World.reader)
    guid = world.delivered("issue_comment").guid
    world.work()
    assert not world.wired.redis.exists(f"delivery:{guid}")
    world.sandbox.state.faults.clear()


def test_commands_that_need_no_fetch_do_not_wait_for_one(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = world.understood("pull_request", world.delivered("pull_request").payload)
    assert isinstance(payload, PullChanged)
    folder = world.wired.settings.data_dir / "mirrors" / f"{world.repository.id}.lock"
    with folder.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as a fetch of minutes does
        fetch = Thread(target=world.wired.ports.git.fetch, args=(payload.repository, [pull.head]), daemon=True)
        fetch.start()
        fetch.join(timeout=30)
        assert not fetch.is_alive()
        monkeypatch.setattr(git_port, "PATIENCE", 0.1)
        with pytest.raises(TryLater):  # for commits that are not here: no process waits for somebody's push
            world.wired.ports.git.fetch(payload.repository, ["f" * 40])


def test_a_push_to_the_default_branch_is_examined_where_nobody_waits(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = gitfolder.refs(world.repository)
    made = git(world.repository.folder, "commit-tree", "-p", "main", "-m", "More", "main^{tree}")
    world.bare.git("update-ref", "refs/heads/main", made)
    pushes.announce(world.sandbox.state, world.repository, before, gitfolder.refs(world.repository), World.maintainer)
    looked: list[str] = []
    monkeypatch.setattr(jobs, "_attend", lambda event, _: looked.append(type(event).__name__))
    world.work_now(EVENTS)
    assert "DefaultPushed" not in looked
    world.work_now(REPORTS)
    assert "DefaultPushed" in looked


@pytest.mark.parametrize("whose", ["person", "repository"])
def test_a_used_up_share_leads_to_the_slow_lane(world: World, pull: PullRequest, whose: str) -> None:
    repository = str(world.repository.id)
    key, share = (f"{repository}:{World.maintainer}", OF_PERSON) if whose == "person" else (repository, OF_REPOSITORY)
    world.wired.redis.set(f"share:{key}", share + 1, ex=600)
    says(world, pull, World.maintainer)
    world.work_now(EVENTS, REPORTS)
    assert pull.new() == []
    world.work_now(SLOW)
    assert "`/run" in pull.reply


def test_the_time_of_a_command_is_counted(world: World, pull: PullRequest) -> None:
    says(world, pull, World.maintainer)
    world.work()
    assert "`/run" in pull.reply
    counted = world.wired.redis.get(f"share:{world.repository.id}:{World.maintainer}")
    assert counted is not None and 0 < float(counted) < OF_PERSON


def test_a_stranger_uses_up_nobodys_share(world: World, pull: PullRequest) -> None:
    share = f"share:{world.repository.id}"
    world.wired.redis.delete(share)
    fork = world.sandbox.add_repository("mallory/digits", parent="grace/digits", private=True)
    own = git(fork.repository.folder, "commit-tree", "-p", pull.head, "-m", "Mine", f"{pull.head}^{{tree}}")
    fork.git("update-ref", "refs/heads/mine", own)
    world.sandbox.open_pull("grace/digits", "mallory:mine", "main", "Mine", "", World.outsider)
    says(world, pull, World.outsider)
    world.work()
    assert len(pull.new()) == 1
    assert world.wired.redis.get(share) is None


def test_pushes_to_a_fork_are_examined_only_now_and_then(world: World, pull: PullRequest) -> None:
    fork = world.sandbox.add_repository("mallory/digits", parent="grace/digits", private=True)

    def push(number: int) -> None:
        own = git(fork.repository.folder, "commit-tree", "-p", pull.head, "-m", f"{number}", f"{pull.head}^{{tree}}")
        before = gitfolder.refs(fork.repository)
        fork.git("update-ref", "refs/heads/mine", own)
        after = gitfolder.refs(fork.repository)
        pushes.announce(world.sandbox.state, fork.repository, before, after, World.outsider)
        world.work_now()

    push(0)
    world.sandbox.open_pull("grace/digits", "mallory:mine", "main", "Mine", "", World.outsider)
    world.work()
    assert world.writes
    world.writes.clear()
    for number in range(1, 9):
        push(number)
    assert world.writes == [], "it was looked at a moment ago"
    world.work()
    assert len(world.writes) == 2, "the comment and the status of the newest commit"
    world.work()
    assert len(world.writes) == 2


def test_many_pull_requests_of_one_person_are_examined_a_few_dozen_times_an_hour(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
        where = Repository(7, "grace/digits", 1)
        changes = [PullChanged(PullRef(where, number), World.outsider, own=False) for number in range(2 * CHANGES + 1)]
        waits = [unhurried(Lanes(redis), each, str(each.where.number)).wait for each in changes]
        assert waits == [0.0] * CHANGES + [3600.0] * CHANGES + [7200.0]
        assert unhurried(Lanes(redis), changes[-1], str(2 * CHANGES)).wait == 7200.0, "the same one is counted once"
        redis.flushdb()


def test_a_share_is_renewed_after_a_while(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        lanes = Lanes(redis)
        with lanes.counted(7, "ada"):
            pass
        with lanes.counted(7, "ada"):
            pass
        assert 0 < redis.ttl("share:7") <= 600 and 0 < redis.ttl("share:7:ada") <= 600


def test_a_comment_that_takes_too_long_is_answered_and_not_tried_again(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def take(*_: object) -> None:
        begun.append(1)
        Event().wait()  # until the job's time is over

    monkeypatch.setattr(queues, "_SHORT", 1)
    says(world, pull, World.maintainer, "/params")
    monkeypatch.setattr(type(world.wired.ports.snapshots), "take", take)
    monkeypatch.setattr(queues, "_SHORT", 300)  # for the jobs that follow it
    world.work()
    assert "took longer than one comment may take" in pull.reply
    assert begun == [1]


def test_a_waiting_job_is_not_queued_again(world: World, pull: PullRequest) -> None:
    says(world, pull, World.maintainer)
    guid = world.delivered("issue_comment").guid
    for _ in range(3):
        world.wired.queue.deliver(guid)
    assert world.wired.redis.llen(f"rq:queue:{EVENTS}") == 1
    world.work()
    assert "`/run" in pull.reply
