"""Edits of a project that Hydra composes: groups, and keys that are added and removed."""

import pytest

from experiments.composition import Composition
from experiments.overrides import Plan, choices, plan
from experiments.snapshot import Snapshot

BASE = Composition(
    text="model:\n  name: vgg\n  depth: 16\ntrain:\n  lr: 0.1\n  data: ???\nlist: [1, 2]\n",
    folder="conf",
    choices={"model": "vgg", "db@backup": "mysql", "data": ("a", "b"), "log": None},
    groups={
        "model": ("resnet", "vgg", "2"),
        "model/big": ("vit",),
        "db": ("mysql", "sqlite"),
        "experiment": ("a", "b"),
        "data": ("a", "b", "c"),
        "log": ("json",),
    },
    unknown=("train.host",),
)
SNAPSHOT = Snapshot("a" * 40, param_files=("params.yaml", "data.yaml"), hydra=True)
TEXTS = {"params.yaml": BASE.text, "data.yaml": "size: 1\n"}


def chosen(*tokens: str) -> dict[str, object]:
    found = choices(tokens, BASE)
    assert not found.problems
    return {each.text: each.value for each in found.overrides.values()}


def refusal(*tokens: str) -> tuple[str, str]:
    (problem,) = choices(tokens, BASE).problems
    return problem.message, problem.fix


def planned(*tokens: str) -> Plan:
    return plan(tokens, SNAPSHOT, TEXTS, choices(tokens, BASE).settled)


def words(*tokens: str) -> list[str]:
    found = planned(*tokens)
    assert not found.problems, found.problems
    return [each.text for each in found.overrides]


def test_groups_are_distinguished_from_values() -> None:
    assert chosen("model=resnet", "train.lr=1") == {"model=resnet": "resnet"}
    assert chosen("params.yaml:db@backup=sqlite") == {"db@backup=sqlite": "sqlite"}
    assert chosen("model=big/vit") == {"model=big/vit": "big/vit"}
    assert chosen("model=[vgg,resnet]") == {"model=[vgg,resnet]": ["vgg", "resnet"]}
    assert chosen("+experiment=a") == {"+experiment=a": "a"}
    assert chosen("~db@backup") == {"~db@backup": None}
    assert chosen("model='2'") == {"model='2'": "2"}
    assert chosen("data.yaml:size=1", "train.lr=2") == {}


@pytest.mark.parametrize(
    ("token", "sentence", "fix"),
    [
        ("model=resne", "no option `resne`", "model=resnet"),
        ("model=[vgg,resne]", "no option `resne`", ""),
        ("model=2", "in quotes", "model='2'"),
        ("model=", "no option", ""),
        ("experiment=a", "defaults list", "+experiment=a"),
        ("db=mysql", "defaults list", "+db=mysql"),
        ("db=mysq", "did you mean `mysql`?", "+db=mysql"),
        ("db=1", "no option `1`", ""),
        ("+db=mysq", "did you mean `mysql`?", "+db=mysql"),
        ("++model=foo", "not needed", ""),
        ("modle=resne", "Nearest: the group `model`", "model=resnet"),
        ("++data=a", "`a, b` is chosen already", "data=a"),
        ("~data", "`data` is a list", "data=[]"),
        ("+log=json", "`log` is in the defaults list", "log=json"),
        ("+model=vgg", "not needed", "model=vgg"),
        ("++model=vgg", "not needed", "model=vgg"),
        ("~experiment", "nothing can be removed", ""),
        ("model=choice(vgg,resnet)", "one option here", ""),
        ("experimnt=a", "the group `experiment`", "+experiment=a"),
        ("hydra/launcher=joblib", "Hydra itself", ""),
        ("+hydra.run.dir=/tmp", "Hydra itself", ""),
        ("hydra.searchpath=[x]", "Hydra itself", ""),
        ("model=${x}", "not allowed", ""),
    ],
)
def test_an_impossible_choice_is_refused(token: str, sentence: str, fix: str) -> None:
    message, corrected = refusal(token)
    assert sentence in message
    assert corrected == fix


def test_an_entry_of_the_defaults_list_that_is_a_list_or_null_is_chosen_like_any_other() -> None:
    assert chosen("data=c") == {"data=c": "c"}
    assert chosen("+data=c", "log=json") == {"+data=c": "c", "log=json": "json"}
    assert chosen("data=[]") == {"data=[]": []}
    (replaced,) = choices(["data=c"], BASE).overrides.values()
    (added,) = choices(["+data=c"], BASE).overrides.values()
    assert (replaced.before, added.before) == (["a", "b"], None)


def test_a_group_may_be_chosen_once() -> None:
    assert "chosen twice" in refusal("model=vgg", "model=resnet")[0]


def test_values_are_written_so_that_hydra_reads_what_was_meant() -> None:
    assert words("train.lr=1", "params.yaml:model.depth=2e1", "model.name=null") == [
        "train.lr=1.0", "model.depth=20", "model.name=null",
    ]  # fmt: skip
    assert words("model.name=1", "+new.key=[1,a]", "~train.lr") == ["model.name='1'", "+new.key=[1,a]", "~train.lr"]
    assert words("++train.lr=2", "++other=x", "train.data=5") == ["++train.lr=2.0", "++other=x", "train.data=5"]
    assert words("model.name=a'b") == ["model.name='a\\'b'"]


def test_other_files_are_edited() -> None:
    found = planned("data.yaml:size=2", "train.lr=1")
    assert found.edits == {"data.yaml": "size: 2\n"}
    assert [each.text for each in found.overrides] == ["data.yaml:size=2", "train.lr=1.0"]


@pytest.mark.parametrize(
    ("token", "sentence", "fix"),
    [
        ("train.l=1", "`+train.l=1` adds it", "train.lr=1"),
        ("+train.lr=1", "not needed", "train.lr=1"),
        ("+new=1,2", "one value here", ""),
        ("~train.rl", "Nearest: `train.lr`", "~train.lr"),
        ("+train={a:1}", "group of parameters", ""),
        ("+new={a: 1}", "mapping", ""),
        ('+"odd key"=1', "not in Hydra's grammar", ""),
        ("+data.yaml:new=1", "only what is in the file can be set", ""),
        ("train.lr=x", "takes a number", ""),
    ],
)
def test_a_value_that_cannot_be_set_is_refused(token: str, sentence: str, fix: str) -> None:
    (problem,) = planned(token).problems
    assert sentence in problem.message
    assert problem.fix == fix


def test_a_new_key_may_be_set_once() -> None:
    (problem,) = planned("+new.a=1", "+new.a=2").problems
    assert "set twice" in problem.message


def test_a_value_that_was_unknown_before_training_is_no_difference() -> None:
    trained = BASE.text.replace("data: ???", "data: ???\n  host: a")
    assert BASE.otherwise(trained) == ()
    (change,) = BASE.otherwise(trained.replace("lr: 0.1", "lr: 0.2"))
    assert (change.key, change.before, change.after) == ("train.lr", 0.1, 0.2)
