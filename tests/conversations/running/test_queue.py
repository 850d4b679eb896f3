"""The queue of a pull request: what waits in it, is started, and is taken away."""

from dataclasses import replace
from typing import ClassVar

import pytest
from inline_snapshot import snapshot
from rq import Worker
from rq.serializers import JSONSerializer

import wiring
from bot.errors import TryLater
from bot.ports import Ports
from bot.ports.store import Store
from experiments.experiment import PullRef
from experiments.run_state import RunState
from handlers.commands import remove
from handlers.jobs.queue import feed
from services.redis.queue import RUNS, TRIES, RunQueue, queue_name
from tests.world.sweeping import again, crash, learning, states
from tests.world.wording import settled
from tests.world.world import PullRequest, World


def test_a_queue_waits_until_it_is_started_and_so_many_train_at_once(world: World, pull: PullRequest) -> None:
    pull.comment("/run --queue -S train.lr=0.02 -n single")
    assert "`single` is in the queue, at position 1" in pull.reply
    pull.comment("/run --queue -S train.lr=0.05,0.04,0.03 -n three")
    table = pull.reply
    assert "3 in the queue" in table
    assert "/start" in table
    world.wait(600)
    world.train()
    assert world.runner_port.trained == []
    status = pull.status()
    assert status
    assert status.state != "pending"
    pull.comment("/queue", by=World.reader)
    assert settled(pull.reply) == snapshot("""\
**Queue of this pull request:** 4 waiting, 0 under way.

| position | experiment | state | age | may begin |
| --: | :-- | :-- | :-- | --: |
| 1 | `single` | waits for `/start` | <TIME> | – |
| 2 | `three-1` | waits for `/start` | <TIME> | – |
| 3 | `three-2` | waits for `/start` | <TIME> | – |
| 4 | `three-3` | waits for `/start` | <TIME> | – |

4 of this pull request train at once at most, and this bot has 0 runner processes for them. Until its operator starts one, nothing is trained.

**Next:** `/start` trains what waits for it, `/remove --queue` takes all of the queue away.

<!-- studio:reply:<ID> -->\
""")
    pull.comment("/start --jobs 9")
    reply = pull.reply
    assert "4 experiments of the queue are started, 4 at once" in reply
    assert "`jobs` in `.github/studio.yml` allows 4" in reply


class _Watching(RunQueue):
    """A queue that records the states of runs when they are to be shown."""

    states: ClassVar[list[set[RunState]]] = []
    store: ClassVar[Store]

    def show(self, where: PullRef, sweep: str, after: float = 0.0) -> None:
        self.states.append({run.state for run in self.store.of_pull(where)})
        super().show(where, sweep, after)


def test_what_begins_at_once_is_never_shown_as_waiting_for_start(world: World, pull: PullRequest) -> None:
    ports = world.wired.ports
    _Watching.store, _Watching.states = ports.store, []
    queue = _Watching(world.wired.redis, [], ports.runners.audit.paused)
    wiring.use(replace(world.wired, queue=queue, ports=replace(ports, queue=queue)))
    pull.comment("/run -S train.lr=0.05,0.04 -n two")
    assert "2 of 2" not in pull.reply
    assert _Watching.states and not any(RunState.HELD in states for states in _Watching.states)


def test_the_number_at_once_outlives_a_worker(world: World, pull: PullRequest) -> None:
    pull.comment("/run --queue -S train.lr=0.05,0.04,0.03 -n three")
    pull.new()
    comment = pull.comment("/start --jobs 1")
    assert "1 at once" in pull.reply
    again(world, comment.id)
    assert pull.new() == []
    assert states(world, pull) == ["queued", "waiting", "waiting"]
    world.runner.does(crash)
    assert states(world, pull) == ["failed", "queued", "waiting"]
    for run in world.wired.ports.store.active():  # its worker died before it gave the next one to a runner
        if run.state is RunState.QUEUED:
            world.wired.ports.store.update(run.id, lambda seen: replace(seen, state=RunState.WAITING))
    assert states(world, pull) == ["failed", "waiting", "waiting"]
    world.wait(10)
    assert states(world, pull) == ["failed", "queued", "waiting"]
    pull.comment("/cancel three")
    assert "3 of 3 did not work" in pull.reply


def test_what_waits_is_taken_out_of_the_queue(world: World, pull: PullRequest) -> None:
    pull.comment("/remove --queue")
    assert "Nothing waits" in pull.reply
    pull.comment("/run --queue -S train.lr=0.05,0.04 -n two\n/run --queue -n single")
    assert len(pull.new()) == 2
    comment = pull.comment("/remove --queue")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert "Out of the queue: `two-1`, `two-2`, `single`" in pull.reply
    assert any("`two` were removed from the queue" in each.body for each in pull.comments)
    assert world.wired.ports.store.active() == []
    pull.comment("/start")
    assert "Nothing is in the queue" in pull.reply
    pull.comment("/run --queue -S train.lr=0.05,0.04 -n two")  # its name is free again
    assert "Sweep `two`: 0 of 2 ended" in pull.reply


def test_experiments_are_removed_by_name(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.05,0.01 -n two")
    world.runner.trains_all(learning)
    pull.new()
    pull.comment("/apply two-2")
    pull.new()
    pull.comment("/remove two-1 two-3")
    assert "No experiment `two-3`" in pull.reply
    assert set(pull.experiments) == {"two-1", "two-2"}
    comment = pull.comment("/remove two")
    reply = pull.reply
    assert "Deleted: `two-1`" in reply
    assert "`two-2`" in reply
    assert pull.experiments == {}
    assert pull.git("log", "-1", "--format=%s", pull.head) == "Set train.lr=0.01"
    again(world, comment.id)
    assert pull.new() == []
    pull.comment("/remove two-1", by=World.reader)
    assert "access to this repository" in pull.reply


def test_no_more_is_removed_at_once_than_can_be_remembered(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remove, "MOST", 2)
    pull.comment("/run --queue -S train.lr=0.05,0.01 -n two\n\n/run --queue -S train.lr=0.02 -n one")
    assert pull.new()
    pull.comment("/remove --queue")
    assert (
        "These are 3 refs, runs and checkpoints, and one `/remove` takes at most 2: nothing was removed." in pull.reply
    )
    assert len(world.wired.ports.store.active()) == 3
    pull.comment("/remove two")
    assert "Out of the queue: `two-1`, `two-2`" in pull.reply


def test_a_hundred_queued_experiments_cost_a_handful_of_writes(world: World, pull: PullRequest) -> None:
    world.writes.clear()
    pull.comment("/run --queue --yes -S train.lr=range(0.001,0.101,0.001) -n hundred")
    assert "100 in the queue" in pull.reply
    # eyes, rocket, the table, the overview; a status is of what trains
    assert len(world.writes) <= 6, world.writes
    assert len(world.wired.ports.store.active()) == 100


def test_one_that_was_queued_alone_has_a_report_of_its_own(world: World, pull: PullRequest) -> None:
    pull.comment("/run --queue -S train.lr=0.05 -n single")
    assert "position 1" in pull.reply
    assert pull.checks(pull.head) == []
    pull.comment("/start")
    assert "1 experiment of the queue is started" in pull.reply
    assert pull.check_run.status == "queued"
    assert world.runner.trains_all(learning) == ["single"]
    report = pull.report
    assert "better" in report and "--temp" not in report
    assert "not on the branch: what goes through the queue leaves the branch alone." in report
    assert pull.check_run.conclusion == "success"
    assert pull.head == pull.head_before
    pull.comment("/run --queue -S train.lr=0.04 -n next")
    pull.new()
    pull.comment("/queue")
    assert "Until its operator starts one, nothing is trained" in pull.reply
    world.declare("runners:\n  here: {type: local}\n  box: {type: rq, people: [grace]}\n")
    for queue in (RUNS, queue_name("box")):  # runs of this pull request are not for the box
        Worker([queue], connection=world.wired.redis, serializer=JSONSerializer).register_birth()
    pull.comment("/queue")
    reply = pull.reply
    assert "this bot has 1 runner process for them." in reply
    assert "as the one run before" in reply
    assert "if `/start` is typed now" in reply


def test_nothing_is_started_in_a_closed_pull_request_nor_by_a_reader(world: World, pull: PullRequest) -> None:
    pull.comment("/run --queue -S train.lr=0.05,0.04 -n two")
    pull.new()
    pull.comment("/start", by=World.reader)
    assert "needs `write` access" in pull.reply
    world.sandbox.close_pull("grace/digits", pull.number, World.maintainer)
    pull.comment("/start")
    assert "closed" in pull.reply
    assert states(world, pull) == ["in the queue", "in the queue"]
    pull.comment("/remove --queue")
    assert "`two-1`, `two-2`" in pull.reply


def test_whose_turn_it_is_begins_however_often_others_change_it_meanwhile(
    world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull.comment("/run --queue -S train.lr=0.05 -n late")
    assert pull.new()
    (run,) = pull.runs
    world.wired.ports.store.update(run.id, lambda seen: replace(seen, state=RunState.WAITING))
    busy = [TryLater("run late is being changed by others", 2)] * (len(TRIES) + 2)

    def contended(ports: Ports, where: PullRef, now: float) -> None:
        if busy:
            raise busy.pop()
        feed(ports, where, now)

    monkeypatch.setattr("jobs.feed_queue", contended)
    world.wait(0)
    assert busy == [] and states(world, pull) == ["queued"]
