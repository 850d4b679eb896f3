"""An agent's request that takes longer than the clock waits: meanwhile the run's next attempt begins."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.errors import NotFound
from bot.ports import Ports
from bot.ports.git_host import PullRequest
from experiments.experiment import PullRef, Repository
from experiments.run import Done, Run, lost
from experiments.run_state import RunState
from experiments.snapshot import Snapshot
from handlers.jobs import hear_agent
from tests.units.sample_run import EXPERIMENT, ended, snapshot

LATER = 100.0  # seconds after it was asked
FIRST = ended(RunState.PREPARING, token_hash="of the first attempt", ended=None)
HERE = PullRequest(3, "open", "b" * 40, "try-less", "c" * 40, "main", False, "main", EXPERIMENT.repository)


class PortsWithAGapInTime:
    """Stand in for every port that the request needs; while the answer is made, the clock gives the attempt up as
    lost.
    """

    def __init__(self, run: Run, trouble: Exception | None = None) -> None:
        self.run, self.trouble = run, trouble
        self.queued: list[str] = []

    def next_attempt(self) -> None:
        self.run = lost(self.run, "its agent was not heard of", LATER)

    def get(self, run_id: str) -> Run | None:
        return self.run

    def update(self, run_id: str, change: Callable[[Run], Run]) -> Run:
        self.run = change(self.run)
        return self.run

    def pull(self, where: PullRef) -> PullRequest:
        return HERE

    def take(self, *_: Any) -> Snapshot:
        self.next_attempt()
        return snapshot()

    def read_token(self, repository: Repository) -> str:
        if self.trouble:
            raise self.trouble
        return "a token"

    def weight(self, repository: Repository, names: Sequence[str]) -> int:
        self.next_attempt()
        return 0

    def __getattr__(self, job: str) -> Callable[..., None]:
        return lambda *_, **__: self.queued.append(job)

    @property
    def ports(self) -> Ports:
        return cast(Ports, SimpleNamespace(host=self, git=self, snapshots=self, store=self, queue=self))


def claims(there: PortsWithAGapInTime) -> None:
    hear_agent.claim(there.ports, FIRST, "3.67.1", lambda: "studio[bot]", lambda: LATER)


def beats(there: PortsWithAGapInTime) -> None:
    there.next_attempt()
    hear_agent.beat(there.ports, FIRST, "training", 7, LATER)


def ends(there: PortsWithAGapInTime) -> None:
    hear_agent.done(there.ports, FIRST, Done(1, "it failed"), LATER)


@pytest.mark.parametrize("asks", [claims, beats, ends])
def test_a_request_of_a_past_attempt_changes_nothing_of_the_next(asks: Callable[[PortsWithAGapInTime], None]) -> None:
    there = PortsWithAGapInTime(FIRST)
    with pytest.raises(hear_agent.Refused) as refused:
        asks(there)
    assert refused.value.over
    assert there.run == lost(FIRST, "its agent was not heard of", LATER)
    assert (there.run.attempt.number, there.run.unclaimed) == (2, True)
    assert there.queued == []


def test_a_claim_that_finds_no_repository_does_not_end_the_next_attempt() -> None:
    there = PortsWithAGapInTime(FIRST, NotFound("gone"))
    with pytest.raises(hear_agent.Refused) as refused:
        claims(there)
    assert refused.value.over
    assert (there.run.attempt.number, there.run.unclaimed, there.queued) == (2, True, [])


def test_a_request_of_the_present_attempt_is_accepted() -> None:
    there = PortsWithAGapInTime(FIRST)
    assert hear_agent.beat(there.ports, FIRST, "training", 7, LATER).state is RunState.TRAINING
    assert (there.run.attempt.heartbeat, there.run.attempt.logged_before) == (LATER, 7)
    assert there.queued == ["announce", "refresh"]
