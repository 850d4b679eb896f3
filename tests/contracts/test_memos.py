"""Memos in a real Redis: each kind is read as it was written, also as text by a version without types."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

import pytest
from redis import Redis

from bot.ports.git_host import Status
from bot.ports.memos import Memo, MemoKind
from experiments.data.delivered import Data
from experiments.experiment import PullRef, Repository
from handlers.checks.head_seen import head
from handlers.jobs.composed_otherwise import Otherwise
from handlers.jobs.drawn_pictures import DrawnPictures
from handlers.jobs.push_data import ToldOfData
from handlers.jobs.remove_experiments import Removable
from handlers.jobs.sweep_memos import Hopeless, ShownCheck, SweepResult
from handlers.jobs.take_back_result import LandedResult
from handlers.publishing.commit_status import Said
from handlers.publishing.sticky_comment import ShownComment
from reports.run.report import Picture
from services.redis.memos import KEY, MOST, MOST_VITAL, stored
from services.redis.store import RedisStore
from services.stored import TooNew
from tests.units.house.memos import KINDS

RECORDED = json.loads((Path(__file__).parents[1] / "recordings" / "untyped" / "kept.json").read_text())
PULL = PullRef(Repository(200001, "grace/digits", 1), 1)
BASELINE, LANDED, HEAD, DEFAULT, COMPOSED = (
    "1bd76cd0d02930afec96e0d88b31ec4832c56a97",
    "0a524dd96f4749d2b48ed79e99493d8daafd1f2a",
    "5ce50beb956e202f0bc48862d7140bd607e2e453",
    "620d30a01e0ba79557d3efa5415c7fdfefa90235",
    "3d70f6afd6c32d3262e8bbd89ba2b3fa44e9ae0d",
)
TWO = {
    "1": "1a1fb5672c1393e9a2351d3ca89496fb66c37a78",
    "2": "fa85f5699f3665e96990148b3515c11915e7e6b2",
}
REMOVED = json.loads(RECORDED["kept:removed:200001:40000009:/remove two"])[2]
GOOD = Status(
    "success",
    "accuracy 0.9 (0), unchanged against main",
    "http://127.0.0.1:8000/grace/digits/pull/1#issuecomment-40000002",
)
BAD = Status("failure", "accuracy 0.9 is below 0.95", "http://127.0.0.1:8000/grace/digits/pull/2")
PLOTS = "5ecf993a2d81f7790092208ba3e389ae7f1666157008d2f3c0ef22ebdfbccb62"
PICTURE = Picture(
    "loss.csv",
    "Curve of loss.csv: base and head",
    "https://studio.example.com/plots/9239935c1a0d3e3f5645669f8f803fe8a200d3f4.png",
    "loss.csv",
)
# For each kind: the subject of a recorded memo, and its text.
SAMPLES: dict[str, tuple[Sequence[str | int | PullRef], object]] = {
    "overview": (
        [PULL],
        ShownComment(40000001, "066fa6b0ac7d42a791eee30ba1ba2b1984202e63ebd715fa018a8e08f44da550"),
    ),
    "base": ([PULL], DEFAULT),
    "head": ([PULL, LANDED], 0.0),
    "drawn": ([PULL], {"": DrawnPictures(PLOTS, (PICTURE,))}),
    "statuses": ([200001, HEAD], Said({1: GOOD}, GOOD, {"main": BAD})),
    "undo": ([200001, 40000004], LandedResult(LANDED, "good")),
    "delivered": (["a0a01edf4c3b75eb"], ToldOfData(Data.PUSHED, "storage", "", lost=False, given_up=True)),
    "jobs": ([PULL], 4),
    "sweep": (
        [PULL, "two"],
        ShownComment(40000003, "4b4ec5d66f4439a9426bfd197d1f6af7393c8e0684010ccf910680e7fc911c80"),
    ),
    "sweep-result": ([PULL, "two"], SweepResult("accuracy 0.99, best of 2, unconfirmed", "two-2")),
    "sweep-check": (
        [PULL, "two"],
        ShownCheck(6000000001, "completed", "9b5382e36a8b945036bf970904700e49d3f8ee01bbd931c171524fcb3fc557e3"),
    ),
    "sweep-told": ([PULL, "two"], "17479daa1c0c0858"),
    "sweep-trouble": ([PULL, "doomed"], Hopeless.GONE_ON),
    "sweep-warned": ([PULL, "doomed"], "a48704bb7c36ce0a"),
    "removed": (
        [200001, 40000009, "/remove two"],
        Removable(
            {f"refs/exps/{BASELINE[:2]}/{BASELINE[2:]}/two-{number}": sha for number, sha in TWO.items()},
            (),
            REMOVED,
            (),
        ),
    ),
    "otherwise": ([PULL], {"": Otherwise(COMPOSED, ("Hydra composes `train.lr` as 0.1",))}),
    "explained": ([PULL, "ada"], 40000001),
    "files-cleared": ([], "a0a01edf4c3b75eb"),
    "deliveries-since": ([], 1796043655.6183922),
}
NEW = {"drawn", "otherwise"}  # kinds that no version stored as text
VITAL = {"base", "removed", "statuses", "sweep-result", "undo"}
THINGS = MemoKind[str, int, str]("thing", str)
THING = MemoKind[str]("thing", str).of()


def sample(name: str) -> tuple[Memo[Any], object]:
    parts, value = SAMPLES[name]
    return KINDS[name].of(*parts), value


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_read_as_it_was_written(store: RedisStore, redis: Redis, name: str) -> None:
    memo, value = sample(name)
    assert store.recall(memo) is None
    store.remember(memo, value)
    assert store.recall(memo) == value
    assert redis.ttl(f"memo:{memo.key}") == memo.kind.days * 24 * 3600
    store.erase(memo)
    assert store.recall(memo) is None


@pytest.mark.parametrize("name", sorted({*KINDS} - NEW))
def test_a_memo_stored_as_text_is_read(store: RedisStore, redis: Redis, name: str) -> None:
    redis.mset(RECORDED)
    memo, value = sample(name)
    assert store.recall(memo) == value
    store.erase(memo)
    assert store.recall(memo) is None


def test_every_recorded_text_belongs_to_a_kind(store: RedisStore, redis: Redis) -> None:
    redis.mset(RECORDED)
    for name in KINDS:
        store.erase(sample(name)[0])
    assert redis.keys() == []


@pytest.mark.parametrize("name", KINDS)
def test_an_empty_text_is_no_memo(store: RedisStore, redis: Redis, name: str) -> None:
    redis.mset(dict.fromkeys(RECORDED, ""))
    assert store.recall(sample(name)[0]) is None


def test_a_typed_memo_takes_precedence_over_the_text(store: RedisStore, redis: Redis) -> None:
    redis.mset(RECORDED)
    jobs = KINDS["jobs"].of(PULL)
    store.remember(jobs, 2)
    assert store.recall(jobs) == 2
    assert (
        redis.get(f"kept:jobs:{PULL.key}") == b"4"
    )  # an older version that is started again reads and changes the text


@pytest.mark.parametrize("name", KINDS)
def test_a_memo_of_a_newer_version_is_refused_where_guessing_would_harm(
    store: RedisStore, redis: Redis, name: str
) -> None:
    memo, value = sample(name)
    frame = json.loads(stored(memo.kind).dump(value))
    redis.set(f"memo:{memo.key}", json.dumps(frame | {"version": frame["version"] + 1}))
    if name in VITAL:
        with pytest.raises(TooNew, match=f"A {name} memo was stored by a newer version"):
            store.recall(memo)
    else:
        assert store.recall(memo) is None


@pytest.mark.parametrize("text", ["{", "[1, {}]", '{"kind": "run", "version": 1, "value": 3}', "' ("])
@pytest.mark.parametrize("place", ["memo", "kept"])
@pytest.mark.parametrize("name", ["overview", "jobs", "delivered", "undo", "statuses"])
def test_an_unreadable_memo_is_refused_where_guessing_would_harm(
    store: RedisStore, redis: Redis, name: str, place: str, text: str
) -> None:
    memo, _ = sample(name)
    redis.set(f"{place}:{memo.key}", text)
    if name in VITAL:
        with pytest.raises(ValueError):
            store.recall(memo)
    else:
        assert store.recall(memo) is None


def test_an_older_memo_is_migrated_step_by_step(store: RedisStore, redis: Redis) -> None:
    store.remember(THING, "a")
    steps = (lambda text: {"text": text}, lambda old: len(old["text"]))
    renamed = MemoKind[int]("thing", int, steps=steps).of()
    assert store.recall(renamed) == 1
    store.remember(renamed, 7)
    assert json.loads(redis.get("memo:thing") or "") == {"kind": "thing memo", "version": 3, "value": 7}
    assert store.recall(THING) is None


def test_a_memo_has_the_type_of_its_kind(store: RedisStore) -> None:
    store.remember(THINGS.of(3, "b"), "a")
    assert assert_type(store.recall(THINGS.of(3, "b")), str | None) == "a"
    with pytest.warns(UserWarning, match="Expected `str`"):
        store.remember(THINGS.of(3, "b"), 4)  # type: ignore[misc] # mypy objects
    assert store.recall(THINGS.of(3, "b")) is None
    if TYPE_CHECKING:  # mypy objects where it is not said of what a memo is, or not in the types of its kind
        store.recall(THINGS)  # type: ignore[arg-type] # a kind is no memo
        THINGS.of(3)  # type: ignore[call-arg] # one part is missing
        THINGS.of("b", 3)  # type: ignore[arg-type] # in the wrong order


def test_a_memo_that_is_too_long_counts_as_unknown(store: RedisStore, redis: Redis) -> None:
    store.remember(THING, "short")
    store.remember(THING, "x" * MOST)
    assert store.recall(THING) is None, "nor is what was remembered before still true"
    redis.set("kept:thing", "of an older version")
    store.remember(THING, "x" * MOST)
    assert redis.keys() == []


def test_a_memo_that_is_too_long_is_refused_where_guessing_would_harm(store: RedisStore, redis: Redis) -> None:
    vital = MemoKind[str]("thing", str, vital=True).of()
    store.remember(vital, "x" * MOST)
    assert store.recall(vital) == "x" * MOST
    with pytest.raises(ValueError, match="a memo of thing with 1,000,044 bytes is too long"):
        store.remember(vital, "x" * MOST_VITAL)
    assert store.recall(vital) == "x" * MOST


def test_a_long_key_is_stored_by_its_digest(store: RedisStore, redis: Redis) -> None:
    """A person's whole line, or a folder of the commit, may be part of it."""
    long, other = THINGS.of(3, "/remove " + "a" * 60_000), THINGS.of(3, "/remove " + "a" * 60_001)
    store.remember(long, "a")
    assert (store.recall(long), store.recall(other)) == ("a", None)
    assert [len(key) < KEY for key in redis.scan_iter()] == [True]


def test_what_every_push_leaves_is_forgotten_in_a_week(store: RedisStore, redis: Redis) -> None:
    memo = head(PULL, BASELINE)
    store.remember(memo, 1.0)
    assert 0 < redis.ttl(f"memo:{memo.key}") <= 7 * 24 * 3600
