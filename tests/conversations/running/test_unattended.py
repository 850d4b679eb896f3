"""A runner that no process takes runs for is reported as such, at once and wherever it is shown."""

import pytest
from rq import Worker
from rq.serializers import JSONSerializer

from services.redis.queue import queue_name
from tests.world.world import PullRequest, World

FLEET = "runners:\n  here: {type: local}\n  gpu-box: {type: rq}\n"
SILENT = "No process listens to `gpu-box`"


@pytest.mark.parametrize("how", ["", "--queue", "-S train.epochs=1,2"])
def test_what_would_wait_for_ever_is_told_at_once(world: World, pull: PullRequest, how: str) -> None:
    world.declare(FLEET)
    comment = pull.comment(f"/run -S train.lr=0.2 --runner gpu-box -n wide {how}")
    assert [SILENT in each for each in pull.new()].count(True) == 1
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert SILENT in pull.overview
    pull.comment("/runners")
    rows = [line for line in pull.reply.splitlines() if "gpu-box" in line and line.startswith("|")]
    assert "**no process listens**" in rows[0]


def test_where_a_process_listens_nothing_is_told(world: World, pull: PullRequest) -> None:
    world.declare(FLEET)
    Worker([queue_name("gpu-box")], connection=world.wired.redis, serializer=JSONSerializer).register_birth()
    pull.comment("/run -S train.lr=0.2 --runner gpu-box -n wide")
    assert pull.new() == []
    assert "No process listens" not in pull.overview
    pull.comment("/runners")
    assert "no process listens" not in pull.reply


def test_what_trains_elsewhere_has_nothing_to_do_with_it(world: World, pull: PullRequest) -> None:
    world.declare(FLEET)
    pull.comment("/run -S train.lr=0.2 -n wide")
    assert pull.new() == []
    assert "No process listens" not in pull.overview
