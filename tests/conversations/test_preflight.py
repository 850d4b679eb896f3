"""What stands in the way of training is said before a machine starts."""

import pytest

from tests.world.project import PARAMS, PIPELINE, files
from tests.world.world import PullRequest, World

CONFLICT = "<<<<<<< HEAD\n{0}=======\n{0}>>>>>>> main\n"


def nothing_began(world: World, pull: PullRequest) -> None:
    assert list(world.wired.ports.store.active()) == []
    assert pull.head == pull.head_before and not pull.experiments and pull.checks(pull.head) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("params.yaml", CONFLICT.format(PARAMS)),
        ("dvc.yaml", CONFLICT.format(PIPELINE)),
        ("dvc.lock", CONFLICT.format(files()["dvc.lock"])),
    ],
)
@pytest.mark.parametrize("line", ["/run -S train.lr=0.01", "/run --script", "/run"])
def test_an_unfinished_merge_starts_nothing(world: World, path: str, text: str, line: str) -> None:
    pull = world.pull_request(contents={path: text})
    pull.comment(line)
    reply = pull.reply
    assert f"`{path}` can't be read, line 1: a merge conflict" in reply, reply
    assert "nothing was started" in reply
    assert "declares no parameter file" not in reply and "dvc init" not in reply
    nothing_began(world, pull)
    overview = pull.overview
    assert f"`{path}` can't be read, line 1: a merge conflict." in overview
    assert "`/run" not in overview, "what would be refused is not proposed"
