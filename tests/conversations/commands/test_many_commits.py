"""More commits than one answer can hold at once."""

import pytest

from services.dvc import loaded
from tests.conversations.results.test_landing import trained
from tests.conversations.results.test_show import rate
from tests.world.world import PullRequest, World


def test_those_beyond_are_told_as_not_read(world: World, pull: PullRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        pull.push(trained(rate(f"0.{number + 2}"), round(0.91 + number / 100, 2)), f"Step {number}")
    world.work()
    monkeypatch.setattr(loaded, "MOST", 9_000)
    pull.comment("/show")
    reply = pull.reply
    assert "0.94" in reply, "the newest are held first"
    assert "1 of these was not read: all together hold too much. `-n` asks for fewer commits." in reply
    pull.comment("/show -n 1")
    assert "not read" not in pull.reply
    pull.comment("/plots --trend accuracy")
    assert "Not read, because all together hold too much: `base`" in pull.reply
