"""Which repositories the patterns of the operator's file match."""

import pytest

from experiments.fleet.patterns import matches


@pytest.mark.parametrize(
    ("pattern", "full_name", "expected"),
    [
        ("*", "lab/digits", True),
        ("*", "group/sub/digits", True),
        ("lab/*", "lab/digits", True),
        ("lab/*", "Lab/Digits", True),
        ("LAB/digits", "lab/digits", True),
        ("lab/dig?ts", "lab/digits", True),
        ("lab/[de]*", "lab/digits", True),
        ("lab/*", "lab/sub/digits", False),
        ("*/models", "mallory/x/models", False),
        ("*/*/models", "mallory/x/models", True),
        ("lab/*", "lab2/digits", False),
        ("lab*", "lab/digits", False),
        ("lab?digits", "lab/digits", False),
        ("lab[/]digits", "lab/digits", False),
    ],
)
def test_a_pattern_is_compared_part_by_part(pattern: str, full_name: str, expected: bool) -> None:
    assert matches([pattern], full_name) is expected


def test_one_matching_pattern_is_enough() -> None:
    assert matches(["ada/*", "lab/*"], "lab/digits") and not matches([], "lab/digits")
