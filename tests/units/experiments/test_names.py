"""Names of experiments."""

import itertools

import pytest
from dvc.repo.experiments.utils import gen_random_name

from experiments.names import check_name, new_name


def test_a_taken_name_is_not_given_again() -> None:
    assert new_name({"puffy-daks"}, iter(["puffy-daks", "wired-toby"]).__next__) == "wired-toby"


def test_when_all_names_are_taken_a_number_is_added() -> None:
    assert new_name({"a-b", "a-b-2"}, itertools.repeat("a-b").__next__) == "a-b-3"


def test_names_that_dvc_makes_are_accepted() -> None:
    assert [check_name(new_name((), gen_random_name)) for _ in range(50)] == [""] * 50


@pytest.mark.parametrize("name", ["puffy-daks", "a", "v1.2_x", "abcdef", "abcdefg-1", "x" * 80, "deadbeefs"])
def test_these_names_are_accepted(name: str) -> None:
    assert check_name(name) == ""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "empty"),
        ("x" * 81, "81 characters"),
        ("a/b", "'/'"),
        ("a b", "' '"),
        ("é", "'é'"),
        ("a\n", "U+000A"),
        ("a~1", "'~'"),
        ("-rf", "begins with a dash"),
        (".hidden", "begins with a dash or a dot"),
        ("a..b", "two dots"),
        ("a.lock", ".lock"),
        ("a.", "ends with a dot"),
        ("deadbee", "commit"),
        ("DEADBEEF01", "commit"),
        ("0" * 40, "commit"),
    ],
)
def test_these_names_are_refused_with_the_reason(name: str, message: str) -> None:
    assert message in check_name(name)
