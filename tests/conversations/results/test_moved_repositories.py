"""Repositories that move and installations that go and come back while something trains."""

from collections.abc import Callable

import pytest

from experiments.run_state import RunState
from sandbox import installations
from sandbox.records import HostedRepository
from tests.conversations.commands.test_meanwhile import GOOD, meanwhile
from tests.world.world import PullRequest, World


def renamed(world: World) -> HostedRepository:
    return installations.rename(world.sandbox.state, world.repository, "numbers", "grace")


def transferred(world: World) -> HostedRepository:
    """To an account that has the App, too."""
    world.sandbox.add_repository("lab/other")
    state = world.sandbox.state
    (installed,) = state.installations.values()
    other = frozenset([state.repository("lab/other").id])
    app = state.apps[installed.app]
    there = type(installed)(80_777, app.id, "lab", other, app.permissions, app.events)
    state.put(there)
    return installations.transfer(state, world.repository, "lab", "grace")


def lose_tokens(world: World) -> None:
    """Let GitHub forget every token that it issued."""
    world.sandbox.state.tokens.clear()


@pytest.mark.parametrize("moves", [renamed, transferred])
@pytest.mark.parametrize("when", ["queued", "training"])
def test_a_run_follows_its_repository(
    world: World, pull: PullRequest, moves: Callable[[World], HostedRepository], when: str
) -> None:
    pull.comment("/run -S train.lr=0.01 -n careful")
    if when == "queued":
        moves(world)
        world.runner.finishes(**GOOD)
    else:
        world.runner.does(meanwhile(lambda: moves(world)))
    name = world.sandbox.state.repositories[world.repository.id].full_name
    report = pull.report
    assert f"]({world.sandbox.url}/{name}/commit/{pull.head})" in report
    assert "became the new head of `tune`" in report
    assert pull.experiments == {"careful": pull.head}
    assert f"{world.sandbox.url}/{name}/commit/" in pull.overview
    assert {check.conclusion for check in pull.checks(pull.head)} == {"success"}
    world.sandbox.comment(name, pull.number, "/run -S train.lr=0.02 -n second --temp", world.maintainer)
    world.work()
    world.runner.finishes(**GOOD)
    assert "second" in pull.report


def test_another_repository_of_the_old_name_is_not_ours(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n careful")

    def happens() -> None:
        renamed(world)
        world.sandbox.add_repository("grace/digits", private=False)
        lose_tokens(world)

    world.runner.does(meanwhile(happens))
    assert pull.new() == []
    assert world.sandbox.state.comments_of(world.sandbox.state.repository("grace/digits"), 1) == []
    assert world.wired.ports.store.active() == []
    assert pull.experiments == {}


def test_a_transfer_to_where_the_app_is_not_ends_the_run(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n careful")
    world.runner.does(
        meanwhile(lambda: installations.transfer(world.sandbox.state, world.repository, "elsewhere", "grace"))
    )
    assert pull.new() == []
    (known,) = world.wired.ports.store.unreported()
    run = world.wired.ports.store.get(known.id)
    assert run is not None
    assert (run.state, run.outcome.reason) == (
        RunState.FAILED,
        "GitHub did not let this bot in when it had ended, so its result was not taken.",
    )
    assert world.wired.ports.store.active() == []
    asked = len(world.requests)
    world.wait(1000)
    assert len(world.requests) == asked  # nothing goes round in circles


def installation(world: World) -> int:
    (found,) = world.sandbox.state.installations
    return found


def test_a_selection_that_lost_nothing_stops_nothing(world: World) -> None:
    said = {"action": "removed", "installation": {"id": 7}, "repositories_removed": []}
    assert world.understood("installation_repositories", said) is None


LOST: dict[str, Callable[[World], object]] = {
    "The App was suspended": lambda world: world.sandbox.suspend(installation(world)),
    "The App was removed": lambda world: installations.uninstall(world.sandbox.state, installation(world)),
    "The App lost this repository": lambda world: installations.choose(
        world.sandbox.state, installation(world), world.repository, given=False
    ),
}


@pytest.mark.parametrize("what", LOST)
def test_without_the_app_nothing_trains_and_with_it_again_all_is_told(
    world: World, pull: PullRequest, what: str
) -> None:
    pull.comment("/run -S train.lr=0.01 -n slow\n/run -S train.lr=0.02 -n next --temp")
    before = world.sandbox.state.installations[installation(world)]
    told: list[int] = []

    def happens() -> None:
        LOST[what](world)
        world.work()

    world.runner.does(meanwhile(happens, told))
    assert told == [410]
    assert pull.new() == []
    store = world.wired.ports.store
    assert store.active() == []
    assert {run.experiment.name: run.state for run in store.unreported()} == {
        "slow": RunState.CANCELLED,
        "next": RunState.CANCELLED,
    }
    asked = len(world.requests)
    world.wait(1000)
    assert len(world.requests) == asked  # GitHub is not asked again and again
    if what == "The App was suspended":
        world.sandbox.suspend(before.id, suspended=False)
    elif what == "The App was removed":
        installations.install_again(world.sandbox.state, before)
    else:
        installations.choose(world.sandbox.state, before.id, world.repository, given=True)
    world.work()
    stopped, cancelled = sorted(pull.new(), key=lambda body: "`next` was" in body)
    assert f"{what} while it was training." in stopped
    assert f"{what} before it began." in cancelled
    assert store.unreported() == []
    assert {check.conclusion for check in pull.checks(pull.head_before)} == {"cancelled"}
    pull.comment("/retry slow")
    world.runner.finishes(**GOOD)
    assert "became the new head of `tune`" in pull.report
