"""Agents that claim their run or ask for submodules again and again: each time uses the App's rate limit at GitHub."""

import hashlib
from collections import Counter
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app import create_app
from bot.errors import TryLater
from bot.ports import Ports
from experiments.limits import SUBMODULES
from experiments.run import Run
from experiments.run_state import RunState
from handlers.jobs import hear_agent
from tests.units.sample_run import changed
from tests.world.world import PullRequest, World
from web import agent_api
from web.agent_api import CLAIMS, PACKS
from web.quotas import Quota, TooOften

TOKEN = "the token of one attempt"
MANY = 50
LOST = 2  # answers


@pytest.fixture
def run(world: World, pull: PullRequest) -> Run:
    """Return a run whose agent claims it."""
    assert pull.overview
    pull.comment("/run -S train.lr=0.01 -n often")
    assert pull.check_run
    (asked,) = pull.runs
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    return world.wired.ports.store.update(asked.id, lambda seen: changed(seen, token_hash=hashed))


@pytest.fixture
def ask(world: World, run: Run) -> Callable[..., TestResponse]:
    """Return a function that makes requests as the run's agent, to a new web process."""
    client, headers = create_app(world.wired).test_client(), {"Authorization": f"Bearer {TOKEN}"}
    return lambda method, what: client.open(f"/api/runs/{run.id}/{what}", method=method, json={}, headers=headers)


def test_claims_of_one_attempt_do_not_use_up_the_rate_limit(
    world: World, run: Run, ask: Callable[..., TestResponse]
) -> None:
    before = len(world.requests)
    answers = [ask("POST", "claim") for _ in range(MANY)]
    assert Counter(each.status_code for each in answers) == {200: CLAIMS, 429: MANY - CLAIMS}
    assert len(world.requests) - before < 5 * CLAIMS
    assert all(0 < int(each.headers["Retry-After"]) <= 60 for each in answers[CLAIMS:])
    again = hashlib.sha256(b"another").hexdigest()
    world.wired.ports.store.update(run.id, lambda seen: changed(seen, number=2, token_hash=again))
    assert ask("POST", "claim").status_code == 401


def test_heartbeats_of_one_attempt_do_not_write_its_run_all_the_time(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.wired.ports.store.update(run.id, lambda seen: changed(seen, state=RunState.PREPARING))
    monkeypatch.setattr(agent_api, "BEATS", 3)
    client, headers = create_app(world.wired).test_client(), {"Authorization": f"Bearer {TOKEN}"}
    beat = {"state": "preparing", "offset": 0, "log": "", "live": ""}
    answers = [client.post(f"/api/runs/{run.id}/beat", json=beat, headers=headers) for _ in range(5)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_a_lost_answer_is_given_again(ask: Callable[..., TestResponse]) -> None:
    first, second = ask("POST", "claim"), ask("POST", "claim")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.get_json()["sha"] == second.get_json()["sha"]


def test_submodules_of_one_attempt_do_not_use_it_up_either(
    world: World, run: Run, ask: Callable[..., TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.wired.ports.store.update(run.id, lambda seen: changed(seen, state=RunState.PREPARING))
    looked = Counter[int]()
    monkeypatch.setattr(hear_agent, "submodule", lambda _ports, _run, number: looked.update([number]))
    answers = Counter(ask("GET", f"submodules/{number}").status_code for number in range(MANY))
    assert answers == {403: PACKS, 429: MANY - PACKS}
    assert looked.total() == PACKS


def test_an_agent_that_is_told_to_come_later_gets_all_submodules_and_lost_answers_again(
    world: World, run: Run, ask: Callable[..., TestResponse], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world.wired.ports.store.update(run.id, lambda seen: changed(seen, state=RunState.PREPARING))
    later = [False]

    def every_other(_ports: Ports, _run: Run, number: int) -> BufferedReader:
        later[0] = not later[0]
        if later[0]:
            raise TryLater("others fetch it", 1)
        pack = tmp_path / f"{number}"
        pack.write_text(f"pack {number}")
        return pack.open("rb")

    monkeypatch.setattr(hear_agent, "submodule", every_other)
    for number in [*range(SUBMODULES), *range(LOST)]:
        assert ask("GET", f"submodules/{number}").status_code == 503
        answer = ask("GET", f"submodules/{number}")
        assert (answer.status_code, answer.data) == (200, f"pack {number}".encode())


def test_a_claim_that_is_told_to_come_later_does_not_count(
    run: Run, ask: Callable[..., TestResponse], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise TryLater("others fetch it", 1)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(hear_agent, "follow", busy)
        assert Counter(ask("POST", "claim").status_code for _ in range(MANY)) == {503: MANY}
    assert ask("POST", "claim").get_json()["sha"] == run.experiment.baseline


def spend(quota: Quota, asker: str) -> None:
    with quota.counting(asker):
        pass


def test_each_asker_has_a_limit_of_its_own_that_is_renewed_after_a_while() -> None:
    now = [0.0]
    quota = Quota(2, 60.0, lambda: now[0])
    spend(quota, "a")
    now[0] = 20.0
    spend(quota, "a")
    spend(quota, "b")
    with pytest.raises(TooOften) as often:
        spend(quota, "a")
    assert often.value.seconds == 40
    now[0] = 60.0
    spend(quota, "a")
