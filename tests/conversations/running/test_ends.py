"""A run ends whatever its agent and the bot think of a limit: the agent's own parts speak with the real door."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from time import time
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.serving import make_server

from app import create_app
from experiments import limits as bot
from experiments.run import Run
from experiments.run_state import RunState
from runners.agent.client import Client
from runners.agent.errors import Trouble
from runners.agent.farewell import fitted
from runners.agent.heartbeat import Pulse
from runners.agent.limits import AttemptLimits, read_limits
from runners.agent.output.log import Journal
from runners.agent.output.terminal import ROWS
from runners.agent.specification import Bootstrap
from runners.agent.tracing import Trace
from tests.units.sample_run import changed
from tests.world.world import PullRequest, World
from web import agent_api

TOKEN = "of a test"
LIMITS = read_limits(asdict(bot.LIMITS))
WIDTH = 4000  # bytes of a line: so that ten megabytes are soon printed
MARK = 120  # bytes of the line that tells what was left out

around = st.integers(-400, 400)
sizes = st.builds(
    lambda limit, more: max(0, limit + more),
    st.sampled_from([0, LIMITS.live, LIMITS.beat, LIMITS.log // 4, LIMITS.log * 3 // 4, LIMITS.log]),
    around,
)
patient = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class Counting(Client):
    """A heartbeat that counts its beats."""

    beats = 0

    def beat(self, *said: object) -> tuple[bool, int]:
        self.beats += 1
        return super().beat(*said)  # type: ignore[arg-type]


@dataclass
class Door:
    """The bot's own, reached as agents reach it."""

    world: World
    url: str
    run: str

    def attempt(self) -> Counting:
        """Another one begins, whose agent has claimed the run."""

        def anew(seen: Run) -> Run:
            hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
            attempt = changed(
                seen, attempt=seen.attempt.number + 1, state=RunState.PREPARING, token_hash=hashed, ended=None
            )
            return changed(attempt, heartbeat=time(), logged_before=0)

        run = self.world.wired.ports.store.update(self.run, anew)
        return Counting(Bootstrap(self.url, run.id, run.attempt.number, TOKEN), patience=20)

    @property
    def now(self) -> Run:
        run = self.world.wired.ports.store.get(self.run)
        assert run is not None
        return run

    @property
    def log(self) -> bytes:
        folder = self.world.wired.settings.data_dir / "runs" / self.run / str(self.now.attempt.number)
        path = folder / "log"
        return path.read_bytes() if path.exists() else b""


@pytest.fixture
def door(world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setattr(
        agent_api, "BEATS", 100_000
    )  # one attempt serves many examples; tests/attacks/web has the bound
    pull.comment("/run --temp -n first -S train.lr=0.01")
    (run,) = world.wired.ports.store.active()
    server = make_server("127.0.0.1", 0, create_app(world.wired), threaded=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    made = Door(world, f"http://127.0.0.1:{server.server_port}", run.id)
    yield made
    server.shutdown()
    serving.join()
    server.server_close()
    if made.now.state.ended:
        world.work()
    else:
        pull.comment("/cancel first")
    assert pull.report


def lines(size: int) -> bytes:
    """Return that many bytes in lines of which no two are the same."""
    whole, rest = divmod(size, WIDTH)
    text = "".join(f"{number:08}".ljust(WIDTH - 1, ".") + "\n" for number in range(whole)).encode()
    return text + (b"x" * (rest - 1) + b"\n" if rest else b"")


def talk(door: Door, limits: AttemptLimits, before: int, after: int) -> tuple[Journal, Counting]:
    """A whole attempt prints so much before its training and in it; returns when the heartbeat has ended."""
    client = door.attempt()
    journal = Journal((), limits)
    pulse = Pulse(client, journal, 600)
    pulse.start()
    journal.write(lines(before))
    pulse.enter("training")
    journal.write(lines(after))
    pulse.enter("uploading")
    pulse.close()
    return journal, client


@patient
@example(0, LIMITS.log)
@example(0, LIMITS.log + 1)
@example(LIMITS.log + 300, 2 * LIMITS.log)
@example(0, 7_864_049)  # its last fifty characters begin with the end of a line
@given(sizes, sizes)
def test_a_log_of_any_size_ends_and_every_byte_is_there_or_counted(door: Door, before: int, after: int) -> None:
    journal, client = talk(door, LIMITS, before, after)
    log, kept = door.log, journal.training
    assert kept is not None and kept == door.now.attempt.logged_before
    assert len(log) <= LIMITS.log and journal.refused == 0 and journal.pending() == (len(log), "")
    assert client.beats <= (before + after) / LIMITS.beat + 20
    clipped = journal._clipped
    if not clipped.bytes:
        assert log[kept:] == lines(after)
    else:
        mark = f"[… {clipped.lines:,} lines ({clipped.bytes:,} bytes) left out …]\n".encode()
        head, _, rest = log[kept:].partition(mark)
        assert lines(after).startswith(head) and lines(after).endswith(rest)
        assert len(head) + clipped.bytes + len(rest) == after
    own = (log[kept:] or log).decode()
    end = own[-200:]  # fifty characters take up to four bytes each
    whole = end if end == own else end.partition("\n")[2] or end
    assert door.world.wired.ports.files.log(door.now, 50) == whole[-50:], "a line that is cut in two is left out"


@patient
@given(st.integers(1, 400), sizes, st.integers(1, 4 * LIMITS.beat))
def test_an_agent_that_thinks_of_other_limits_ends_too(door: Door, more: int, size: int, beat: int) -> None:
    limits = replace(LIMITS, log=LIMITS.log + more + MARK, beat=max(beat, LIMITS.beat // 4), live=LIMITS.live * 2)
    journal, client = talk(door, limits, 0, size + more)
    assert len(door.log) <= LIMITS.log
    assert len(door.log) + journal.refused + journal._clipped.bytes >= size + more
    assert client.beats <= (size + more) / limits.beat + 20


def test_a_bot_that_answers_the_same_size_for_ever_is_believed(door: Door) -> None:
    class Stubborn(Counting):
        def beat(self, *said: object) -> tuple[bool, int]:
            self.beats += 1
            return False, 7

    client = Stubborn(door.attempt()._bootstrap)
    journal = Journal((), LIMITS)
    pulse = Pulse(client, journal, 600)
    pulse.start()
    journal.write(lines(3 * LIMITS.beat))
    pulse.enter("uploading")
    pulse.close()
    assert client.beats < 10 and journal.refused > 0


def last_word(client: Client, code: int, reason: str, environment: dict[str, Any]) -> None:
    """Of an agent that got no further than that."""
    client.done(
        code,
        reason,
        timed_out=False,
        interrupted=False,
        environment=environment,
        provenance=Trace().document(),
        delivered=None,
    )


def test_a_bot_that_refuses_the_log_does_not_end_the_run(door: Door) -> None:
    limits = replace(LIMITS, beat=2 * LIMITS.body)
    # More than a body even without the rows that a terminal can still change, which come later.
    journal, client = talk(door, limits, 0, LIMITS.body + (ROWS + 5) * WIDTH)
    assert journal.refused and client.beats < 20
    last_word(client, 0, "", {"python": "", "dvc": "", "packages": [], "machine": ""})
    assert door.now.state is RunState.FINISHING
    door.world.wired.ports.store.update(door.run, lambda seen: replace(seen, state=RunState.TRAINING))


@settings(patient, max_examples=25)
@example(LIMITS.reason + 1, LIMITS.packages + 1, LIMITS.line + 1)
@example(LIMITS.reason, LIMITS.packages, LIMITS.line)
@example(0, 3 * LIMITS.packages, 3 * LIMITS.line)
@given(
    st.integers(0, 3 * LIMITS.reason),
    st.builds(lambda more: LIMITS.packages + more, around),
    st.builds(lambda more: LIMITS.line + more, around),
)
def test_a_last_word_of_any_size_is_taken(door: Door, reason: int, packages: int, line: int) -> None:
    client = door.attempt()
    client.limits = LIMITS
    said = {"python": "3" * line, "dvc": "3", "packages": ["é" * line] * packages, "machine": "L" * line}
    last_word(client, 1, "é" * reason, said)
    run = door.now
    assert run.state is RunState.FAILED and run.outcome.reason == "é" * min(reason, LIMITS.reason)
    told = run.outcome.environment.packages
    assert len(told) <= LIMITS.packages and max(map(len, told)) <= LIMITS.line
    left = packages - len(told) + 1
    assert told[-1] == (f"# {left} more are left out" if left > 1 else "é" * min(line, LIMITS.line))


@pytest.mark.parametrize("limits", [replace(LIMITS, body=2000), replace(LIMITS, installed=1500)])
def test_what_does_not_fit_into_one_body_is_cut_until_it_does(limits: AttemptLimits) -> None:
    environment = {"python": "", "dvc": "", "packages": [f"package-{number}==1.0" for number in range(900)]}
    environment["machine"] = ""
    said = fitted({"exit_code": 0, "reason": "", "environment": environment}, limits)
    packages = said["environment"]["packages"]
    assert 10 < len(packages) < 100 and packages[-1] == f"# {900 - len(packages) + 1} more are left out"


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("name", ["bundle", "baseline.tar", "experiment.tar"])
def test_a_file_is_taken_up_to_its_very_limit(door: Door, name: str, over: int) -> None:
    path = door.world.folder / "sparse"
    with path.open("wb") as file:
        file.truncate((LIMITS.bundle if name == "bundle" else LIMITS.files) + over)
    client = door.attempt()
    if over:
        with pytest.raises(Trouble, match="413"):
            client.put(name, path)
    else:
        client.put(name, path)
        kept = door.world.wired.ports.files.path(door.now, name)
        assert kept.stat().st_size == path.stat().st_size
        kept.unlink()


def test_an_upload_that_breaks_off_may_be_sent_again(door: Door) -> None:
    door.attempt()
    head = (
        f"PUT /api/runs/{door.run}/files/bundle HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(door.url.rpartition(":")[2]))) as connection:
        connection.sendall(head.encode() + b"half")
        connection.shutdown(socket.SHUT_WR)
        assert connection.makefile("rb").readline().split()[1] == b"408"
    assert not door.world.wired.ports.files.path(door.now, "bundle").exists()


def test_both_sides_read_the_same_limits() -> None:
    assert asdict(LIMITS) == asdict(bot.LIMITS)
    assert 6 * (LIMITS.beat + LIMITS.live) < LIMITS.body, "JSON may need six bytes for one"
    assert LIMITS.margin < bot.MARGIN < bot.JOB_MARGIN


def test_what_made_the_results_is_left_out_where_nothing_else_helps() -> None:
    limits = replace(LIMITS, body=2000)
    environment = {"python": "", "dvc": "", "packages": ["a==1"] * 5, "machine": ""}
    said = {"exit_code": 0, "reason": "", "environment": environment, "provenance": {"executed": ["x" * 5000]}}
    assert fitted(said, limits)["provenance"] is None
