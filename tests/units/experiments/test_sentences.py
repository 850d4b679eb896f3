"""How many of a list are named in a sentence, and how the others are counted."""

import pytest

from experiments.wording import listed, some


@pytest.mark.parametrize(
    ("words", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c"], "a, b and 1 more"), ("abcde", "a, b and 3 more")],
)
def test_the_first_are_named_and_the_others_counted(words: list[str], expected: str) -> None:
    assert some(words, 2) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], ""),
        (["a"], "`a`"),
        (["a", "b"], "`a` and `b`"),
        (["a", "b", "c"], "`a`, `b` and `c`"),
        (["a", "b", "c", "d`e"], "`a`, `b`, `c` and 1 more"),
    ],
)
def test_up_to_three_names_are_quoted_as_people_list_them(names: list[str], expected: str) -> None:
    assert listed(names) == expected
