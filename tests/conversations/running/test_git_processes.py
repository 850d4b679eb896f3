"""How often git is started for a run that ended: each start takes some milliseconds, and people wait for all of them."""

from collections.abc import Mapping

import pytest

from services.git import command
from tests.world.world import PullRequest, World

MOST = 30  # 25 today; everybody who waits for a report waits for what is added


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Gets an entry for each git process of the bot."""
    seen, environment = list[None](), command._environment

    def counted(config: Mapping[str, str], protocols: str) -> dict[str, str]:
        seen.append(None)
        return environment(config, protocols)

    monkeypatch.setattr(command, "_environment", counted)
    return seen


def test_from_the_end_of_training_to_report_and_overview(world: World, pull: PullRequest, started: list[None]) -> None:
    for rate in (0.02, 0.03, 0.04):
        pull.comment(f"/run -S train.lr={rate}")
        started.clear()
        world.runner.finishes(accuracy=0.9 + rate)
        assert "accuracy" in pull.report
        assert len(started) <= MOST, len(started)
