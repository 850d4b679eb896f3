"""Files that agents of one repository leave on the bot's disk, which all repositories share."""

import os
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from io import BytesIO
from time import time
from typing import Any

import pytest

import clock
from bot.effects import budget_check
from bot.ports.files import Received
from experiments.experiment import Repository
from experiments.run import Checkpoint, Run
from experiments.run_state import RunState
from handlers.jobs.old_files import A_WEEK, AT_ONCE, clear
from tests.units.sample_run import changed
from tests.world.in_training import HEADERS, in_training
from tests.world.world import PullRequest, World
from web import agent_api as door
from web.places import SMALL

MB = 2**20
MANY = 30  # small files, sent within some seconds
LAST = ["2/baseline.tar", "2/bundle", "2/experiment.tar", "2/log", "checkpoints/1.tar"]  # of the last attempt


@pytest.fixture
def run(world: World, pull: PullRequest) -> Run:
    """Return a run that trains in its second attempt and sends checkpoints."""
    return in_training(world, pull, attempt=2, checkpointed=("model.ckpt",))


def leave(world: World, run: Run) -> None:
    """Leave everything that an agent can leave, of both attempts."""
    files = world.wired.ports.files
    for attempt in (1, 2):
        for name in ("bundle", "baseline.tar", "experiment.tar"):
            files.path(changed(run, attempt=attempt), name).write_bytes(b"x" * 1000)
        files.append_log(changed(run, attempt=attempt), 0, b"epoch 1\n")
    files.checkpoint(run, 1).write_bytes(b"x" * 1000)
    kept = (Checkpoint(1, time(), 1000, "0" * 64),)
    world.wired.ports.store.update(run.id, lambda seen: replace(seen, checkpoints=kept))


def left(world: World) -> Sequence[str]:
    """Return the names of the files that are left."""
    folder = world.wired.settings.data_dir / "runs"
    found = [path.relative_to(folder).parts for path in folder.rglob("*") if path.is_file()]
    return sorted("/".join(parts[1:]) for parts in found if parts[0] != ".of")


def end(world: World, run: Run, state: RunState) -> float:
    """End the run, publish that, and return the time."""
    now = time()
    world.wired.ports.store.update(run.id, lambda seen: changed(seen, state=state, ended=now, report=7))
    return now


class Never(BytesIO):
    """Fail the test where this request body is read."""

    def readinto(self, _: Any, /) -> int:
        raise AssertionError("it was read")


def sends(world: World, run: Run, what: str, size: int = 600, body: BytesIO | None = None) -> tuple[int, str]:
    """Send as the agent of a run, and return the answer."""
    length = {"CONTENT_LENGTH": str(size)}
    answer = world.web.put(
        f"/api/runs/{run.id}/{what}",
        input_stream=body or BytesIO(b"x" * size),
        headers=HEADERS,
        environ_overrides=length,
    )
    return answer.status_code, answer.get_data(as_text=True)


def test_files_of_a_failed_run_are_deleted_after_a_week(world: World, run: Run) -> None:
    leave(world, run)
    ended = end(world, run, RunState.FAILED)
    clear(world.wired.ports, "", ended + A_WEEK - 60)
    assert left(world) == ["1/log", *LAST]
    clear(world.wired.ports, "", ended + A_WEEK + 60)
    assert left(world) == ["1/log", "2/log"]
    assert world.wired.ports.store.get(run.id) == changed(
        run, state=RunState.FAILED, ended=ended, report=7, checkpoints=()
    ), "nobody is told to go on from what is gone"


@pytest.mark.parametrize("state", [RunState.WAITING, RunState.TRAINING])
def test_a_checkpoint_stays_while_another_run_needs_it(world: World, run: Run, state: RunState) -> None:
    leave(world, run)
    ended, store = end(world, run, RunState.FAILED), world.wired.ports.store
    between, last = (changed(run, id=each, token_hash="", checkpoints=()) for each in ("between", "last"))
    between = replace(between, experiment=changed(run.experiment, resumes=run.id))
    last = replace(last, experiment=changed(run.experiment, resumes="between"), state=state)
    store.create_all([changed(between, state=RunState.FAILED, ended=ended, report=8), last])
    clear(world.wired.ports, "", ended + A_WEEK + 60)
    assert left(world) == ["1/log", "2/log", "checkpoints/1.tar"], "through a chain of runs that kept none"
    own = (Checkpoint(1, time(), 1000, "0" * 64),)
    store.update("last", lambda seen: replace(seen, checkpoints=own))
    clear(world.wired.ports, "", ended + A_WEEK + 60)
    assert left(world) == ["1/log", "2/log"], "it has its own by now"


def test_a_checkpoint_stays_for_a_week_after_the_last_run_that_needed_it(world: World, run: Run) -> None:
    leave(world, run)
    ended, store = end(world, run, RunState.FAILED), world.wired.ports.store
    second = replace(run, id="second", experiment=changed(run.experiment, resumes=run.id), checkpoints=())
    store.create_all([changed(second, state=RunState.TIMED_OUT, ended=ended + 100, report=8)])
    clear(world.wired.ports, "", ended + A_WEEK + 60)
    assert "checkpoints/1.tar" in left(world), "its report says that it can be resumed"
    clear(world.wired.ports, "", ended + A_WEEK + 160)
    assert "checkpoints/1.tar" not in left(world)


def test_files_that_were_taken_over_are_deleted_at_once(world: World, run: Run) -> None:
    leave(world, run)
    clear(world.wired.ports, "", end(world, run, RunState.SUCCEEDED) + 1)
    assert left(world) == ["1/log", "2/baseline.tar", "2/log", "checkpoints/1.tar"]


def test_only_earlier_attempts_of_a_working_or_unpublished_run_are_deleted(world: World, run: Run) -> None:
    leave(world, run)
    for state in (RunState.TRAINING, RunState.FINISHING, RunState.FAILED):
        now = changed(run, state=state, ended=1.0)
        world.wired.ports.store.update(run.id, lambda _: now)  # noqa: B023 - called at once
        clear(world.wired.ports, "", time() + 2 * A_WEEK)
        assert left(world) == ["1/log", *LAST]


def test_files_left_by_a_killed_process_are_deleted_after_an_hour(world: World, run: Run) -> None:
    files, now = world.wired.ports.files, time()
    old, young = (files.checkpoint(run, 1).with_name(f"{name}.part") for name in ("old", "young"))
    for path, age in ((old, 61 * 60), (young, 59 * 60)):
        path.write_bytes(b"x")
        os.utime(path, (now - age, now - age))
    clear(world.wired.ports, "", now)
    assert not old.exists() and young.exists()


def test_a_body_that_breaks_off_leaves_nothing(world: World, run: Run) -> None:
    for what in ("files/bundle", "checkpoint"):
        assert sends(world, run, what, 600, BytesIO(b"x" * 100))[0] >= 400
    assert left(world) == []


def test_files_of_a_forgotten_run_are_deleted(world: World, run: Run) -> None:
    leave(world, run)
    world.wired.redis.delete(f"run:{run.id}")
    clear(world.wired.ports, "", time())
    assert left(world), "Redis may have been away: not at once"
    clear(world.wired.ports, "", time() + A_WEEK + 60)
    assert left(world) == []
    assert world.wired.ports.files.held(run.experiment.repository) == 0


def test_the_clock_looks_at_a_few_runs_at_a_time_until_it_saw_all(world: World, run: Run) -> None:
    folder = world.wired.settings.data_dir / "runs"
    for number in range(2 * AT_ONCE + 1):
        place = folder / f"{number:016x}" / "1"
        place.mkdir(parents=True)
        os.utime(place.parent, (1.0, 1.0))
    counts = []
    for _ in range(3):
        clock.look(world.wired, time())
        counts.append(sum(1 for path in folder.iterdir() if path.name.startswith("0000")))
    assert counts == [AT_ONCE + 1, 1, 0]


def test_a_body_over_the_limit_is_refused_before_it_is_read(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "RUN_FILES", 1000)
    monkeypatch.setattr(door, "RESULTS", 500)
    assert sends(world, run, "files/baseline.tar") == (204, "")
    for what in ("checkpoint", "files/experiment.tar"):
        status, said = sends(world, run, what, body=Never())
        assert status == 413 and said.startswith("files of runs of this repository take 20,000 MB here")
    assert sends(world, run, "files/bundle") == (204, ""), "what was trained has more room than copies"
    assert sends(world, run, "files/bundle", body=Never())[0] == 413


def test_a_small_file_needs_no_place(world: World, run: Run) -> None:
    """It has arrived completely when a thread gets it."""
    heard: list[tuple[int, str]] = []

    class Meanwhile(BytesIO):
        def readinto(self, into: Any, /) -> int:
            if not heard:
                heard.extend(sends(world, run, "files/bundle", size) for size in (600, SMALL + 1))
            return super().readinto(into)

    assert sends(world, run, "files/baseline.tar", SMALL + 1, Meanwhile(b"x" * (SMALL + 1))) == (204, "")
    assert heard == [(204, ""), (503, "another such request of this run is on its way\n")]


def test_small_files_do_not_have_all_folders_listed_each_time(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, looks = world.wired.ports.files, list[Repository]()
    count = files.held

    def held(repository: Repository) -> int:
        looks.append(repository)
        return count(repository)

    monkeypatch.setattr(files, "held", held)
    assert [sends(world, run, "files/baseline.tar")[0] for _ in range(MANY)] == [204] * MANY
    assert 1 <= len(looks) < MANY / 2


def test_two_simultaneous_checkpoints_beyond_the_limit_are_not_both_kept(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process is writing one of them while this one is admitted."""
    monkeypatch.setattr(door, "RUN_FILES", 1000)
    files = world.wired.ports.files
    receive = files.receive

    def slowly(of: Run, chunks: Iterable[bytes], promised: int) -> AbstractContextManager[Received]:
        files.checkpoint(of, 9).with_name("other.part").write_bytes(b"x" * 600)  # by another process, meanwhile
        return receive(of, chunks, promised)

    monkeypatch.setattr(files, "receive", slowly)
    status, said = sends(world, run, "checkpoint", body=Never())
    assert status == 413 and said.startswith("files of runs of this repository take 20,000 MB here")
    assert left(world) == ["checkpoints/other.part"]


def test_of_two_simultaneous_checkpoints_beyond_the_limit_the_first_is_kept(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is sent while the first is admitted and has written nothing yet."""
    monkeypatch.setattr(door, "RUN_FILES", 1000)
    second = replace(run, id="second-run", checkpoints=())
    world.wired.ports.store.create_all([second])
    files, heard = world.wired.ports.files, list[tuple[int, str]]()
    receive = files.receive

    def meanwhile(of: Run, chunks: Iterable[bytes], promised: int) -> AbstractContextManager[Received]:
        if not heard:
            heard.append((0, ""))
            heard[0] = sends(world, second, "checkpoint", body=Never())
        return receive(of, chunks, promised)

    monkeypatch.setattr(files, "receive", meanwhile)
    assert sends(world, run, "checkpoint") == (204, "")
    assert heard[0][0] == 413
    assert left(world) == ["checkpoints/1.tar"]


def test_a_checkpoint_that_broke_off_no_longer_counts(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "RUN_FILES", 1000)
    assert sends(world, run, "checkpoint", body=BytesIO(b"x" * 100))[0] == 408
    assert sends(world, run, "checkpoint") == (204, "")


def test_no_run_begins_where_none_of_its_files_would_be_kept(
    world: World, pull: PullRequest, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(world, run)
    monkeypatch.setattr(budget_check, "RUN_FILES", 4000)
    pull.comment("/run -S train.lr=0.02 -n more --temp")
    assert "are here. Checkpoints and results go a week after their run ended" in pull.reply
    assert [each.experiment.name for each in pull.runs] == ["long"]


def test_bodies_that_are_arriving_count_for_their_own_repository(world: World, run: Run) -> None:
    files, own = world.wired.ports.files, run.experiment.repository
    other = Repository(own.id + 1, "mallory/large", 5)
    theirs = replace(run, id="of-mallory", experiment=replace(run.experiment, repository=other))
    files.path(theirs, "bundle").write_bytes(b"x" * 5000)
    assert files.held(own) == 0 and files.held(other) == 5000

    with files.receive(run, [b"x"], 4 * MB):
        assert files.held(own) == 4 * MB
    assert files.held(own) == 0
