"""`-S` edits against parameter files."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.overrides import MAX_OVERRIDES, EditProblem, Plan, plan, spelled
from experiments.overrides.grammar import NotHydra, parse
from experiments.params import same
from experiments.snapshot import Snapshot

TEXTS = {
    "params.yaml": """\
train:
  lr: 0.1 # rate
  epochs: 10
  name: adam
  flag: true
  opt: null
  layers: [1, 2]
  since: 2024-01-31
seed: 1
empty: {}
"a.b": 1
""",
    "other.yaml": "seed: 2\nmodel:\n  depth: 3\n",
    "third.yaml": "model:\n  depth: 3\n",
    "x/conf.toml": "momentum = 1.5\n",
    "conf.json": '{"decay": 1.0}\n',
    "p.py": "SIZES = (1, 2)\n",
    "bad.yaml": "a: [",
}
SNAPSHOT = Snapshot("a" * 40, param_files=(*TEXTS, "gone.yaml"))


def planned(*tokens: str) -> Plan:
    return plan(tokens, SNAPSHOT, TEXTS)


def problem(token: str) -> EditProblem:
    result = planned(token)
    assert len(result.problems) == 1
    assert not result.edits
    assert not result.overrides
    return result.problems[0]


def marked(token: str) -> str:
    found = problem(token)
    return token[found.start : found.end]


@pytest.mark.parametrize(
    ("token", "file", "key", "value"),
    [
        ("train.lr=0.01", "params.yaml", "train.lr", 0.01),
        ("train.lr=1", "params.yaml", "train.lr", 1.0),
        ("train.lr=inf", "params.yaml", "train.lr", float("inf")),
        ("train.epochs=1e3", "params.yaml", "train.epochs", 1000),
        ("train.epochs=1_000", "params.yaml", "train.epochs", 1000),
        ("train.name=0.10", "params.yaml", "train.name", "0.10"),
        ("train.name=yes", "params.yaml", "train.name", "yes"),
        ("train.name='a,b'", "params.yaml", "train.name", "a,b"),
        ("train.name=hello world!", "params.yaml", "train.name", "hello world!"),
        ("train.name=[x]", "params.yaml", "train.name", "[x]"),
        ("train.name=", "params.yaml", "train.name", ""),
        ("train.name=a=b", "params.yaml", "train.name", "a=b"),
        ("train.name=null", "params.yaml", "train.name", None),
        ("train.name='null'", "params.yaml", "train.name", "null"),
        ("train.flag=False", "params.yaml", "train.flag", False),
        ("train.opt=x", "params.yaml", "train.opt", "x"),
        ("train.opt=[1,{a: 2}]", "params.yaml", "train.opt", [1, {"a": 2}]),
        ("train.layers=[1,2.5,x]", "params.yaml", "train.layers", [1, 2.5, "x"]),
        ("train.layers.0=7", "params.yaml", "train.layers.0", 7),
        ("train.since=2024-02-29", "params.yaml", "train.since", "2024-02-29"),
        ('"a.b"=2', "params.yaml", '"a.b"', 2),
        ("a.b=2", "params.yaml", '"a.b"', 2),
        ("seed=3", "params.yaml", "seed", 3),
        ("other.yaml:seed=3", "other.yaml", "seed", 3),
        ("./x/../other.yaml:seed=3", "other.yaml", "seed", 3),
        ("momentum=2", "x/conf.toml", "momentum", 2.0),
        ("SIZES=[3]", "p.py", "SIZES", [3]),
    ],
)
def test_a_value_takes_the_type_its_file_has(token: str, file: str, key: str, value: Any) -> None:
    result = planned(token)
    assert result.problems == ()
    [override] = result.overrides
    assert (override.file, override.key, override.value, override.text) == (file, key, value, token)
    assert type(override.value) is type(value)
    assert list(result.edits) == [file]


def test_an_edit_changes_one_line_and_records_the_former_value() -> None:
    result = planned("train.lr=1e-05")
    assert result.edits["params.yaml"] == TEXTS["params.yaml"].replace("lr: 0.1 #", "lr: 1.0e-05 #")
    assert result.overrides[0].before == 0.1


def test_setting_the_present_value_is_accepted_and_edits_nothing() -> None:
    result = planned("train.lr=1e-1")
    assert result.overrides[0].before == result.overrides[0].value == 0.1
    assert result.edits == {}
    assert result.problems == ()


def test_edits_of_several_files_come_together() -> None:
    result = planned("seed=5", "other.yaml:seed=6", "train.layers.1=8")
    assert result.edits == {
        "params.yaml": TEXTS["params.yaml"].replace("seed: 1", "seed: 5").replace("[1, 2]", "[1, 8]"),
        "other.yaml": TEXTS["other.yaml"].replace("seed: 2", "seed: 6"),
    }


@pytest.mark.parametrize(
    ("token", "mark", "words", "fix"),
    [
        ("lr=0.1", "lr", "train.lr in params.yaml (now 0.1, a number)", "train.lr=0.1"),
        ("train.epoch=3", "train.epoch", "train.epochs", "train.epochs=3"),
        ("other.yaml:dept=3", "dept", "no parameter dept in other.yaml", "other.yaml:model.depth=3"),
        ("momentun=1", "momentun", "momentum in x/conf.toml", "momentum=1"),
        ("train.layer=3", "train.layer", "Nearest: train.layers", ""),
        ("train.nam=3", "train.nam", "Nearest: train.name", ""),
        ("train=1", "train", "set one of train.lr, train.epochs", ""),
        ("empty=1", "empty", "group", ""),
        (
            "model.depth=4",
            "model.depth",
            "write other.yaml:model.depth or third.yaml:model.depth",
            "other.yaml:model.depth=4",
        ),
        ("train.epochs=1.5", "1.5", "takes a whole number", ""),
        ("train.epochs=abc", "abc", "now 10, a whole number", ""),
        ("train.epochs='5'", "'5'", "this is text", "train.epochs=5"),
        ("train.epochs=true", "true", "this is a boolean", ""),
        ("train.lr=1e999", "1e999", "too large", ""),
        ("train.lr=(", "(", "cannot be read", ""),
        ("train.flag=yes", "yes", "true or false", "train.flag=true"),
        ("train.flag=0", "0", "true or false", "train.flag=false"),
        ("train.layers=3", "3", "takes a list", "train.layers=[3]"),
        ("train.since=soon", "soon", "is a date; write it like 2024-01-31", ""),
        ("train.opt={a:1}", "{a:1}", "mapping", ""),
        ("train.name=a b, c!", "a b, c!", "in quotes", "train.name='a b, c!'"),
        ("decay=nan", "nan", "JSON has no NaN", ""),
        ("x/conf.toml:momentum=null", "null", "TOML has no null", ""),
        ("+seed=3", "+seed", "+ is not needed", "seed=3"),
        ("other.yaml:++seed=3", "other.yaml:++seed", "++ is not needed", "other.yaml:seed=3"),
        ("+new.key=3", "+new.key", "add new.key with the value 3 to params.yaml", ""),
        ("~seed", "~seed", "remove seed from params.yaml", ""),
        ("seed", "seed", "There is no =", ""),
        ("=1", "=", "no parameter before the =", ""),
        ("train.lr=${oc.env:HOME}", "${oc.env:HOME}", "interpolation", ""),
        ("${x}=1", "${x}=1", "interpolation", ""),
        ("../other.yaml:seed=1", "../other.yaml", "not a path inside the repository", "other.yaml:seed=1"),
        ("/etc/other.yaml:seed=1", "/etc/other.yaml", "not a path inside the repository", "other.yaml:seed=1"),
        ("..\\other.yaml:seed=1", "..\\other.yaml", "not a path inside the repository", "other.yaml:seed=1"),
        ("othr.yaml:seed=1", "othr.yaml", "not a parameter file this project declares", "other.yaml:seed=1"),
        ("a\x00b:seed=1", "\x00", "U+0000", ""),
        ("bad.yaml:a=1", "bad.yaml:a", "bad.yaml, line 1: this is not valid YAML", ""),
        ("gone.yaml:a=1", "gone.yaml:a", "not in this commit", ""),
    ],
)
def test_a_problem_points_at_its_place_and_offers_a_correction(token: str, mark: str, words: str, fix: str) -> None:
    found = problem(token)
    assert marked(token) == mark
    assert words in found.message.replace("`", "")
    assert found.fix == fix


def test_a_correction_has_no_problem_itself() -> None:
    tokens = ["lr=0.1", "train.flag=yes", "+seed=3", "train.name=a b, c!"]
    fixes = [problem(token).fix for token in tokens]
    assert all(planned(fix).problems == () for fix in fixes)


def test_all_problems_are_found_at_once_and_in_order() -> None:
    result = planned("decay=nan", "seed=4", "lr=1", "train.flag=yes")
    assert [found.token for found in result.problems] == [0, 2, 3]
    assert result.edits == {}


@pytest.mark.parametrize("tokens", [("seed=1", "params.yaml:seed=2"), ("train.layers=[1]", "train.layers.0=1")])
def test_a_parameter_may_be_set_once(tokens: tuple[str, str]) -> None:
    [found] = planned(*tokens).problems
    assert found.token == 1
    assert "set twice" in found.message


def test_the_number_and_length_of_edits_are_limited() -> None:
    assert "1,000 are allowed" in problem("train.name=" + "x" * 1000).message
    repeated = planned(*["train.lr=1"] * (MAX_OVERRIDES + 1)).problems
    assert "at most 100" in repeated[-1].message


def test_without_parameter_files_the_answer_says_what_to_add() -> None:
    [found] = plan(["a=1"], Snapshot("a" * 40), {}).problems
    assert "declares no parameter file" in found.message


def test_no_edits_need_no_files() -> None:
    assert plan([], SNAPSHOT, {}) == Plan()


def test_an_unreadable_default_file_is_reported() -> None:
    snapshot = Snapshot("a" * 40, param_files=("params.yaml", "other.yaml"))
    [found] = plan(["seed=1"], snapshot, {"params.yaml": "a: [", "other.yaml": "seed: 1"}).problems
    assert "params.yaml, line 1" in found.message


WORDS = "train lr name layers seed 0 1e5 params.yaml other.yaml p.py SIZES null nan choice( range( int( str( tag( sort("
PIECES = st.sampled_from([*WORDS.split(), *"=:,.+~@/\\'\"()[]{}$ \t\n#!-\0é😀", "\ud800"])
KEYS = (
    "a",
    "train.lr",
    "train.epochs",
    "train.name",
    "train.flag",
    "train.opt",
    "train.layers",
    "train.since",
    "SIZES",
)
PIECED = st.lists(PIECES, max_size=12).map("".join)
TOKENS = st.one_of(st.text(max_size=30), PIECED, st.builds("{}={}".format, st.sampled_from(KEYS), st.text() | PIECED))


@settings(max_examples=400)
@given(tokens=st.lists(TOKENS, max_size=3))
def test_whatever_is_typed_becomes_edits_or_problems(tokens: list[str]) -> None:
    result = planned(*tokens)
    assert len(result.overrides) == (0 if result.problems else len(tokens))
    for found in result.problems:
        assert 0 <= found.start <= found.end <= len(tokens[found.token])
        assert found.message


@settings(max_examples=60)
@given(text=st.text(max_size=60), suffix=st.sampled_from([".yaml", ".json", ".toml", ".py"]))
def test_whatever_a_file_holds_becomes_edits_or_problems(text: str, suffix: str) -> None:
    path = f"params{suffix}"
    result = plan(["a=1", f"{path}:b=2"], Snapshot("a" * 40, param_files=(path,)), {path: text})
    assert result.problems


SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats() | st.text(st.characters(codec="utf-8"))


@given(SCALARS | st.lists(SCALARS | st.lists(SCALARS, max_size=2), max_size=3))
@settings(deadline=None)
def test_a_value_is_spelled_as_it_is_read(value: Any) -> None:
    text = spelled(value)
    assert same(getattr(parse(text), "value", ...), value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("sgd", "sgd"),
        ("null", "'null'"),
        ("1e5", "'1e5'"),
        ("a\\b", "'a\\b'"),
        ("it's", "'it\\'s'"),
        ("end\\", "'end\\\\'"),
        ("", "''"),
        (0.1, "0.1"),
        (None, "null"),
        ([1, "a b", [True]], "[1,'a b',[true]]"),
        ({"a": 1, "b": {}}, "{a:1,b:{}}"),
        ({"a b:": 1}, ""),
    ],
)
def test_spelled(value: Any, text: str) -> None:
    assert spelled(value) == text


def test_a_number_with_too_many_digits_is_not_read() -> None:
    assert parse("9" * 5000) == NotHydra("it is a number of too many digits")


def test_a_list_counts_as_one_parameter() -> None:
    snapshot = Snapshot("a" * 40, param_files=("p.yaml",))
    (found,) = plan(["lerning=1"], snapshot, {"p.yaml": "alpha: [1, 2, [3, 4]]\nbeta: 1\n"}).problems
    assert "It has `alpha`, `beta`." in found.message.replace("|", "`")
