"""What the demo changes in a person's own repository."""

import pytest

from demo.own import another
from experiments.snapshot import Value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, 0.2),
        (-0.5, -1.0),
        (0.0, 0.1),
        (-0.0, 0.1),
        (0, 1),
        (-1, 0),
        (-7, -6),
        (10**400, 10**400 + 1),
        (1e308, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        (False, None),
        ("0.1", None),
        ("", None),
        (None, None),
        ([1], None),
    ],
)
def test_one_number_becomes_another_and_nothing_else_changes(value: Value, expected: Value) -> None:
    assert another(value) == expected and type(another(value)) is type(expected)
