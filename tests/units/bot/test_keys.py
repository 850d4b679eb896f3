"""Keys of work: their texts are stored names, by which workers of an older version know the same work."""

import pytest

from bot.ports import keys
from bot.ports.keys import Key
from bot.request import Means, Request
from experiments.experiment import PullRef, Repository

WHERE = PullRef(Repository(7, "ada/digits", 1), 3)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (keys.DELIVERY.of("0b989ba4"), "delivery:0b989ba4"),
        (Request(WHERE, 40, "ada", "/run", Means.COMMENT).key, "asked:7:40"),
        (keys.COSTS.of("ada"), "asks:ada"),
        (keys.CHECK_RUN.of("a0a01edf"), "check:a0a01edf"),
        (keys.CHECKPOINT.of("a0a01edf"), "checkpoint:a0a01edf"),
        (keys.FINISH.of("a0a01edf"), "finish:a0a01edf"),
        (keys.LANDING.of(7, "a:b"), "landing:7:a:b"),
        (keys.LAUNCH.of("gpu"), "runner:gpu"),
        (keys.MACHINES.of(), "watching"),
        (keys.OVERVIEW.of(WHERE), "overview:7:3"),
        (keys.SWEEP.of(WHERE, "two"), "sweep:7:3:two"),
    ],
    ids=str,
)
def test_the_text_of_a_key_stays(key: Key, text: str) -> None:
    assert str(key) == text


def test_each_kind_of_work_has_a_name_of_its_own() -> None:
    names = [kind.name for kind in vars(keys).values() if isinstance(kind, keys.WorkKind)]
    assert len(names) == len({*names}) == 11
