"""What an earlier version wrote goes on after an upgrade: no comment comes twice."""

import json
from typing import cast

from tests.world.project import PARAMS, results
from tests.world.runner import training
from tests.world.world import PullRequest, World


def as_text(world: World, kind: str) -> None:
    """Store what is remembered of the only comment of this kind as an earlier version did."""
    redis = world.wired.redis
    (key,) = (cast("bytes", each).decode() for each in redis.keys(f"memo:{kind}:*"))
    shown = json.loads(redis.get(key) or "")["value"]
    redis.set(key.replace("memo:", "kept:"), f"{shown['id']} {shown['digest']}")
    redis.delete(key)


def test_the_overview_of_an_earlier_version_is_edited(world: World, pull: PullRequest) -> None:
    world.work()
    (before,) = pull.overviews
    as_text(world, "overview")
    world.sandbox.edit_comment(before.id, "Nothing here tells whose comment this is.", world.maintainer)
    params = PARAMS.replace("lr: 0.1 ", "lr: 0.2 ")
    pull.push({"params.yaml": params, **results(params, {"accuracy": 0.95, "loss": 0.1}, [1.0, 0.1])})
    world.work()
    (after,) = pull.overviews
    assert after.id == before.id and "0.95" in after.body


def test_the_table_of_a_sweep_that_began_before_goes_on(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01,0.02 -n two")
    table = pull.reply
    assert "0 of 2 ended" in table
    as_text(world, "sweep")
    world.runner.trains_all(training({"accuracy": 0.95, "loss": 0.05}))
    assert "Sweep `two`" in pull.reply  # the word at its end, and no second table
    assert "2 of 2 ended" in pull.now(table)
