"""`-S` edits with several values: the experiments of the sweep."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.overrides import plan
from experiments.overrides.sweeps import Plans, plans
from experiments.settings.repo_config import MOST
from experiments.snapshot import Snapshot
from tests.units.params.test_overrides import SNAPSHOT, TEXTS


def sweep(tokens: Sequence[str], snapshot: Snapshot = SNAPSHOT, texts: Mapping[str, str] = TEXTS) -> Plans:
    return plans(tokens, snapshot, texts, lambda given: [plan(each, snapshot, texts) for each in given])


def values(*tokens: str) -> list[tuple[Any, ...]]:
    """Return what each experiment sets."""
    result = sweep(tokens)
    assert result.problems == ()
    return [tuple(each.value for each in member.overrides) for member in result.members]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("train.lr=0.1,1e-3", [0.1, 0.001]),
        ("train.lr=1,2", [1.0, 2.0]),
        ("train.lr=range(0,1,0.25)", [0.0, 0.25, 0.5, 0.75]),
        ("train.lr=range(0,0.4,0.1)", [0.0, 0.1, 0.2, 0.3]),  # in decimals, as typed: not 0.30000000000000004
        ("train.epochs=range(2,6)", [2, 3, 4, 5]),
        ("train.epochs=range(3,0,-1)", [3, 2, 1]),
        ("train.epochs=range(start=1,stop=9,step=4)", [1, 5]),
        ("train.epochs=10,20", [10, 20]),  # no decimal comma, as whole numbers have none
        ("train.epochs=choice(5)", [5]),
        ("seed=0,42", [0, 42]),
        ("train.name=a, 'b,c' ,yes", ["a", "b,c", "yes"]),
        ("train.layers=[1,2],[3]", [[1, 2], [3]]),
        ("train.flag=true,false", [True, False]),
        ("train.opt=null,1", [None, 1]),
    ],
)
def test_a_sweep_has_each_value_in_the_type_of_its_file(token: str, expected: list[Any]) -> None:
    found = [value for (value,) in values(token)]
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]
    assert sweep([token]).sweep


def test_one_value_is_no_sweep() -> None:
    result = sweep(["train.lr=0.1", "train.name='a,b'"])
    assert (len(result.members), result.sweep) == (1, False)


def test_several_edits_are_multiplied_and_the_last_varies_fastest() -> None:
    found = values("train.lr=0.1,0.2", "seed=7", "other.yaml:seed=range(1,3)")
    assert found == [(0.1, 7, 1), (0.1, 7, 2), (0.2, 7, 1), (0.2, 7, 2)]


def test_each_experiment_has_its_own_text_and_the_edit_that_was_typed_for_it() -> None:
    first, second = sweep(["train.lr=0.5,1e-05"]).members
    assert first.edits == {"params.yaml": TEXTS["params.yaml"].replace("lr: 0.1 #", "lr: 0.5 #")}
    assert second.edits == {"params.yaml": TEXTS["params.yaml"].replace("lr: 0.1 #", "lr: 1.0e-05 #")}
    assert second.overrides[0].text == "train.lr=1e-05"


@pytest.mark.parametrize(
    ("token", "mark", "words", "fix"),
    [
        ("train.epochs=1,2.5,3", "2.5", "takes a whole number", ""),
        ("train.epochs=1,'5',3", "'5'", "this is text", "train.epochs=1,5,3"),
        ("train.epochs=1,true", "true", "this is a boolean", ""),
        ("lr=0.1,0.2", "lr", "Nearest: train.lr", "train.lr=0.1,0.2"),
        ("train.lr=0,01", "0,01", "decimal point", "train.lr=0.01"),
        ("train.lr=0,5", "0,5", "write choice(0,5)", "train.lr=0.5"),
        ("train.layers=1,2", "1,2", "put it in brackets", "train.layers=[1,2]"),
        ("train.lr=0.1,0.1", "0.1", "given twice", ""),
        ("train.lr=0.1,1e-1", "1e-1", "1e-1 is the same as 0.1", ""),
        ("train.lr=interval(0,1)", "interval(0,1)", "range(start,stop,step)", ""),
        ("train.name=glob(*)", "glob(*)", "write the names", ""),
        ("train.lr=sort(3,1,2)", "sort(3,1,2)", "leave it out", "train.lr=1,2,3"),
        ("train.lr=shuffle(1,2)", "shuffle(1,2)", "leave it out", "train.lr=1,2"),
        ("train.lr=tag(t,choice(1,2))", "tag(t,choice(1,2))", "leave it out", "train.lr=1,2"),
        ("train.lr=1,range(1,3)", "range(1,3)", "not several", ""),
        ("train.epochs=range(5,1)", "range(5,1)", "holds no number", ""),
        ("train.epochs=range(0,9,0)", "range(0,9,0)", "has no end", ""),
        ("train.epochs=range(0,inf)", "range(0,inf)", "has no end", ""),
        ("train.epochs=range(0,1e9)", "range(0,1e9)", "1,000,000,000 values", ""),
        ("train.epochs=range(0,1e300)", "range(0,1e300)", "far too many values", ""),
    ],
)
def test_a_caret_stands_under_the_one_value_that_is_wrong(token: str, mark: str, words: str, fix: str) -> None:
    result = sweep([token, "seed=1,2"])
    [found] = result.problems
    assert token[found.start : found.end] == mark
    assert words in found.message.replace("`", "")
    assert found.fix == fix
    assert result.members == ()


def test_every_wrong_value_of_every_edit_is_found_at_once() -> None:
    found = sweep(["train.epochs=1,x,y", "sede=1,2", "train.lr=interval(0,1)"]).problems
    assert [problem.token for problem in found] == [0, 0, 1, 2]


def test_a_product_is_counted_before_it_is_expanded() -> None:
    tokens = ["train.epochs=range(0,400)", "seed=range(0,400)", "other.yaml:seed=range(0,400)"]
    begun = time.process_time()
    [found] = sweep(tokens).problems
    assert time.process_time() - begun < 2
    assert f"64,000,000 experiments; a sweep has {MOST} at most" in found.message


def test_large_parameter_files_allow_fewer_experiments() -> None:
    text = "a: 1\n" + "#" * 900_000
    snapshot = Snapshot("a" * 40, param_files=("params.yaml",))
    [found] = sweep(["a=range(0,100)"], snapshot, {"params.yaml": text}).problems
    assert "at most where parameter files are as long as these" in found.message


def test_a_hundred_experiments_of_a_long_file_take_less_than_a_second() -> None:
    text = "lr: 0.1\n" + "".join(f"g{n}:\n  a: 1\n  b: [1, 2, 3]\n  c: words # {n}\n" for n in range(60))
    snapshot = Snapshot("a" * 40, param_files=("params.yaml",))
    begun = time.process_time()
    result = sweep(["lr=range(0.01,1.01,0.01)"], snapshot, {"params.yaml": text})
    assert time.process_time() - begun < 1.5  # reading the file again for each would take ten times that
    assert len(result.members) == 100
    assert result.members[-1].edits["params.yaml"] == text.replace("lr: 0.1", "lr: 1.0")


@given(st.text(alphabet="0123456789.,-()[]{}abcdefghirnost'\"\\ ", max_size=60))
def test_nothing_that_is_typed_breaks_it(value: str) -> None:
    result = sweep([f"train.lr={value}", f"train.name={value}"])
    assert bool(result.problems) != bool(result.members)
    for problem in result.problems:
        assert 0 <= problem.start <= problem.end


def test_a_problem_ends_where_the_typed_word_ends() -> None:
    [found] = sweep(["~~"]).problems
    assert "no parameter before the `=`" in found.message
    assert (found.start, found.end) == (0, 2)
