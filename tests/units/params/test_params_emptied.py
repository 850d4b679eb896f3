"""Emptying a YAML block list, or setting it to null: nothing else changes."""

import pytest

from experiments import params


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n- 1\n- 2\nb: 1\n", "a: []\nb: 1\n"),
        ("a:  # why\n  - 1\n  - 2  # two\nb: 1\n", "a: []  # why  # two\nb: 1\n"),
        ("a:\n  # first\n  - 1\n\nb: 2\n", "a: []\n  # first\n\nb: 2\n"),
        ("a: &x\n  - 1\nb: 2\n", "a: &x []\nb: 2\n"),
        ("a:\r\n- 1\r\n\r\nb: 1\r\n", "a: []\r\n\r\nb: 1\r\n"),
        ("? a\n: - 1\n", "? a\n: []\n"),
        ("a:\n- 1", "a: []"),
    ],
)
def test_a_block_list_is_emptied_or_set_to_null_beside_its_key(before: str, after: str) -> None:
    assert params.edit("p.yaml", before, {"a": []}) == after
    assert params.edit("p.yaml", before, {"a": None}) == after.replace("[]", "null")


def test_a_nested_block_list_is_emptied_in_its_place() -> None:
    assert params.edit("p.yaml", "x:\n  - - 1\n    - 2\n", {"x.0": []}) == "x:\n  - []\n"
    assert params.edit("p.yaml", "x:\n  -\n    - 1\n", {"x.0": []}) == "x:\n  -\n    []\n"
