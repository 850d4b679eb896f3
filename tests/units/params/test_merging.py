"""An experiment's parameters on another commit, and the meaning of a typed name."""

import pytest

from experiments.names import check_branch
from experiments.params.merging import GONE, changed, merge
from experiments.refs import kept, named

BASE = "lr: 0.1  # rate\nlayers: [1, 2]\nname: a\n"
FILE = "params.yaml"


def test_the_parameters_of_an_experiment_are_listed_once_and_lists_whole() -> None:
    changes = changed(FILE, BASE, BASE.replace("0.1", "0.2").replace("[1, 2]", "[1, 3]"))
    assert [(each.key, each.before, each.after) for each in changes] == [("lr", 0.1, 0.2), ("layers", [1, 2], [1, 3])]


def test_they_are_set_in_the_newer_text_and_nothing_else_changes() -> None:
    changes = changed(FILE, BASE, BASE.replace("0.1", "0.2"))
    merged = merge(FILE, changes, "# Newer\n" + BASE.replace("name: a", "name: b"))
    assert merged.text == "# Newer\nlr: 0.2  # rate\nlayers: [1, 2]\nname: b\n"
    assert merged.set == changes


def test_a_value_that_is_already_there_is_no_conflict() -> None:
    changes = changed(FILE, BASE, BASE.replace("0.1", "0.2"))
    merged = merge(FILE, changes, BASE.replace("0.1", "0.2"))
    assert (merged.set, merged.conflicts) == ((), ())


@pytest.mark.parametrize(
    ("experiment", "now", "values"),
    [
        (BASE.replace("0.1", "0.2"), BASE.replace("0.1", "0.3"), (0.1, 0.3, 0.2)),
        (BASE.replace("0.1", "0.2"), "name: a\n", (0.1, GONE, 0.2)),
        (BASE + "new: 1\n", BASE, (GONE, GONE, 1)),
        ("lr: 0.1\nlayers: [1, 2]\n", BASE, ("a", "a", GONE)),
    ],
)
def test_a_value_that_cannot_be_set_conflicts_with_all_three_values(
    experiment: str, now: str, values: tuple[object, ...]
) -> None:
    (conflict,) = merge(FILE, changed(FILE, BASE, experiment), now).conflicts
    assert (conflict.change.before, conflict.now, conflict.change.after) == values


def test_only_experiment_refs_are_experiments() -> None:
    one, two = ("1234567" + "0" * 33), ("abcdef0" + "1" * 33)
    refs = {
        f"refs/exps/{one[:2]}/{one[2:]}/puffy": "a" * 40,
        f"refs/studio/exps/{two[:2]}/{two[2:]}/puffy": "b" * 40,
        "refs/heads/exps/main": "c" * 40,
        "refs/exps/meta": "d" * 40,
        f"refs/exps/{one[:2]}/{one[2:]}/a/b": "e" * 40,
    }
    found = kept(refs)
    assert [each.exact for each in found] == ["1234567/puffy", "abcdef0/puffy"]
    assert len(named("puffy", found)) == 2
    assert [each.sha for each in named("abcdef/puffy", found)] == ["b" * 40]
    assert [each.sha for each in named(found[0].ref, found)] == ["a" * 40]
    assert named("*", found) == ()


@pytest.mark.parametrize("name", ["try", "ada/try-2", "v1.2_x", "a#1"])
def test_these_names_of_branches_are_accepted(name: str) -> None:
    assert check_branch(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-f",
        "a b",
        "a//b",
        "a/",
        "a/.b",
        "a.lock/b",
        "a..b",
        "@",
        "a/@",
        "a@{1}",
        "HEAD",
        "refs/x",
        "abcdef1",
        "é",
        "x" * 201,
    ],
)
def test_these_names_of_branches_are_refused(name: str) -> None:
    assert check_branch(name)
