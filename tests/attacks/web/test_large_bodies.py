"""Large bodies, from agents and to them: a stranger or one token takes places in the web process that others need."""

import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

import httpx
import pytest
from redis import Redis

from experiments.run import Run
from experiments.run_state import RunState
from services.redis.store import RedisStore
from tests.attacks.doors import opened
from tests.attacks.web.test_slow_clients import SOON, answer, begun, connect, delivers, head
from tests.units.sample_run import RUN, changed
from web.batches import BatchingWorker
from web.places import PLACES, SHARE

MB = 1024 * 1024
RESULT = b"x" * (27 * MB)
MANY = 40  # more than there are threads
PROCESSES = 2


class Small(BatchingWorker):
    """Keep little on the disk."""

    memory_for_all = 20 * MB


@dataclass
class Door:
    """Run the web process, with two repositories whose runs train."""

    port: int
    store: RedisStore
    data: Path
    mallory: Run
    ada: Run

    def put(self, run: Run, name: str, content: bytes = RESULT) -> int:
        """Return the answer that the agent of a run gets."""
        return self._asked("PUT", run, name, content)

    def get(self, run: Run, name: str) -> int:
        return self._asked("GET", run, name)

    def _asked(self, method: str, run: Run, name: str, content: bytes = b"") -> int:
        url, headers = f"http://127.0.0.1:{self.port}/api/runs/{run.id}/{name}", {"Authorization": f"Bearer {run.id}"}
        return httpx.request(method, url, content=content, headers=headers, timeout=60).status_code

    def begins(self, run: Run, name: str, size: int, sent: bytes = b"") -> socket.socket:
        """Connect as an agent that announces so much and sends a part."""
        headers = (f"Authorization: Bearer {run.id}", f"Content-Length: {size}")
        return connect(self.port, head(f"/api/runs/{run.id}/{name}", *headers, method="PUT") + sent)


def training(run_id: str, repository: int) -> Run:
    """Return a run whose token is its name."""
    asked = RUN.experiment
    experiment = changed(
        asked, repository=replace(asked.repository, id=repository), checkpointed=("model.ckpt",), checkpoint_every=1
    )
    hashed = hashlib.sha256(run_id.encode()).hexdigest()
    return changed(RUN, id=run_id, experiment=experiment, state=RunState.TRAINING, ended=None, token_hash=hashed)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Door]:
    store, folder = RedisStore(Redis.from_url(redis_url)), tmp_path_factory.mktemp("door")
    with opened(folder, redis_url, f"{__name__}.Small") as port:
        begun(port)
        mallory, ada = training("aaaaaaaaaaaaaaaa", 66), training("bbbbbbbbbbbbbbbb", 77)
        assert store.create(mallory) and store.create(ada)
        yield Door(port, store, folder / "data", mallory, ada)


def test_slow_checkpoints_of_one_run_keep_nobody_out(door: Door) -> None:
    with ExitStack() as there:
        for _ in range(20):
            there.enter_context(door.begins(door.mallory, "checkpoint", 4096 * MB, b"x" * 1000))
        assert [door.put(door.ada, "files/bundle") for _ in range(2)] == [204] * 2
        assert door.put(door.ada, "checkpoint", b"x") == 204
        refused = 0
        for _ in range(10):
            with door.begins(door.mallory, "checkpoint", 4096 * MB) as more:
                more.settimeout(0.5)
                with suppress(TimeoutError):
                    refused += "503" in answer(more)
        assert refused >= 8, "one at a time in each of two processes"


def test_slow_results_of_one_repository_leave_places_to_others(door: Door) -> None:
    runs = [training(f"{number:016x}", 66) for number in range(20)]
    assert all(map(door.store.create, runs))
    with ExitStack() as there:
        for run in runs:
            there.enter_context(door.begins(run, "files/bundle", 90 * MB, b"x" * 1000))
        assert [door.put(door.ada, "files/bundle") for _ in range(2)] == [204] * 2


def test_small_results_need_no_place_where_large_ones_have_them_all(door: Door) -> None:
    runs = [training(f"{600 + number:016x}", 600 + number // SHARE) for number in range(PLACES)]
    assert all(map(door.store.create, runs))
    with ExitStack() as there, DefaultSelector() as answers:
        for run in runs * MANY:
            sending = there.enter_context(door.begins(run, "files/bundle", 90 * MB, b"x" * 1000))
            answers.register(sending, EVENT_READ)
        waiting = len(runs) * MANY - PLACES * PROCESSES  # for an answer, as they have no place
        until = time.monotonic() + SOON
        while waiting > 0 and time.monotonic() < until:
            for ready, _ in answers.select(1):
                answers.unregister(ready.fileobj)
                waiting -= 1
        assert [door.put(door.ada, "files/bundle", b"x" * 5000) for _ in range(6)] == [204] * 6


def test_slow_json_of_one_run_takes_no_thread_from_others(door: Door) -> None:
    with ExitStack() as there:
        for verb in ("beat", "done", "claim", "boot"):
            for _ in range(10):
                there.enter_context(door.begins(door.mallory, verb, 4 * MB, b"{"))
        assert delivers(door.port) == 202


def test_a_checkpoint_ends_with_its_run(door: Door) -> None:
    run = training("cccccccccccccccc", 88)
    assert door.store.create(run)
    with door.begins(run, "checkpoint", 4096 * MB) as sending:
        sending.settimeout(0.2)
        until, said, living = time.monotonic() + 60, b"", True
        while not said and time.monotonic() < until:
            with suppress(TimeoutError):
                said = sending.recv(100)
            sending.sendall(b"x" * MB)
            if living and list(door.data.glob(f"runs/{run.id}/checkpoints/*")):  # it is being read
                door.store.update(run.id, lambda seen: changed(seen, state=RunState.CANCELLED, ended=1.0))
                living = False
        assert not living and said.startswith(b"HTTP/1.1 410 GONE")


def test_a_checkpoint_that_breaks_off_leaves_nothing_on_the_disk(door: Door) -> None:
    run = training("dddddddddddddddd", 88)
    assert door.store.create(run)
    for _ in range(3):
        with door.begins(run, "checkpoint", 30 * MB, b"x" * 3 * MB) as sending:
            sending.shutdown(socket.SHUT_WR)
            assert answer(sending).split()[1] == "408"
    assert not list(door.data.glob(f"runs/{run.id}/checkpoints/*"))


def test_slow_downloads_of_one_run_take_no_thread_from_others(door: Door) -> None:
    run = training("eeeeeeeeeeeeeeee", 99)
    assert door.store.create(run)
    assert door.put(run, "checkpoint", b"x" * 24 * MB) == 204
    with ExitStack() as there:
        asked = head(f"/api/runs/{run.id}/checkpoint", f"Authorization: Bearer {run.id}", method="GET")
        for _ in range(MANY):
            slow = there.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            slow.connect(("127.0.0.1", door.port))
            slow.sendall(asked)
        assert delivers(door.port) == 202
        assert httpx.get(f"http://127.0.0.1:{door.port}/healthz", timeout=SOON).status_code == 200


def test_stalled_bodies_of_strangers_have_no_other_body_refused(door: Door) -> None:
    size = 400_000
    paths = ["/webhook", "/api/runs/0/checkpoint"]
    with ExitStack() as there:
        for number in range(150):  # 60 MB, more than both processes buffer
            sent = head(paths[number % 2], f"Content-Length: {size + 1}") + b"x" * size
            stranger = there.enter_context(socket.create_connection(("127.0.0.1", door.port), timeout=SOON))
            with suppress(OSError):  # one of them may be the slowest
                stranger.sendall(sent)
        assert [delivers(door.port, 3_000_000) for _ in range(6)] == [202] * 6
        assert [door.put(door.ada, "files/bundle", b"x" * 900_000) for _ in range(6)] == [204] * 6


def test_a_stranger_is_refused_before_more_than_a_heartbeats_length_is_read(door: Door) -> None:
    with connect(door.port, head("/api/runs/0/files/bundle", f"Content-Length: {2 * MB}", method="PUT")) as stranger:
        assert answer(stranger) == "HTTP/1.1 401 UNAUTHORIZED"
