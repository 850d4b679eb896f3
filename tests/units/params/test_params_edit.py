"""Edits of parameter files: only the changed lines differ, and reading returns exactly what was set."""

import datetime
from typing import Any

import pytest

from experiments import params
from experiments.params import ParamsError

YAML = """\
# how it trains
lr: 1e-4   # rate
name: 'adam'  # optimiser
title: "a"
plain: word
nothing:   # to be set
sizes: [1,2]  # flow
layers:  # block
  - 16
  - 32  # second
steps:
- 1
- 2

# after the list
text: |
  one
  two

last: {a: 1, b: x}
"""


def changed(before: str, after: str) -> list[tuple[str, str]]:
    """Return the lines that differ between texts of the same length."""
    lines, others = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert len(lines) == len(others)
    return [(line, other) for line, other in zip(lines, others, strict=True) if line != other]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("lr", 1e-5, "lr: 1.0e-05   # rate"),
        ("lr", 1.0, "lr: 1.0   # rate"),
        ("lr", 1e22, "lr: 1.0e+22   # rate"),
        ("lr", float("nan"), "lr: .nan   # rate"),
        ("lr", float("-inf"), "lr: -.inf   # rate"),
        ("name", "it's", "name: 'it''s'  # optimiser"),
        ("title", "b # c", 'title: "b # c"'),
        ("plain", "other word", "plain: other word"),
        ("plain", "a: b", 'plain: "a: b"'),
        ("plain", "yes", 'plain: "yes"'),
        ("plain", "1e-4", 'plain: "1e-4"'),
        ("plain", "0x1F", 'plain: "0x1F"'),
        ("plain", "12:30:45", 'plain: "12:30:45"'),
        ("plain", "2024-01-31", 'plain: "2024-01-31"'),
        ("plain", "null", 'plain: "null"'),
        ("plain", "", 'plain: ""'),
        ("plain", None, "plain: null"),
        ("plain", "a\nb\x85\u2028", 'plain: "a\\nb\\u0085\\u2028"'),
        ("nothing", 3, "nothing: 3   # to be set"),
        ("nothing", [1, "no", None, {"k": 1.0}], 'nothing: [1, "no", null, {k: 1.0}]   # to be set'),
        ("sizes", [3, 4, 5], "sizes: [3,4,5]  # flow"),
        ("sizes", [], "sizes: []  # flow"),
        ("sizes.1", 9, "sizes: [1,9]  # flow"),
        ("layers.1", 64, "  - 64  # second"),
        ("layers", [16, 64], "  - 64  # second"),
        ("last.b", "y, z", 'last: {a: 1, b: "y, z"}'),
    ],
)
def test_one_line_of_yaml_changes(newline: str, key: str, value: Any, line: str) -> None:
    text = YAML.replace("\n", newline)
    after = params.edit("params.yaml", text, {key: value})
    assert [new for _, new in changed(text, after)] == [line + newline]
    assert params.same(params.flatten(params.read("params.yaml", after))[key], value)


def test_a_block_list_of_another_length_stays_one() -> None:
    after = params.edit("params.yaml", YAML.replace("\n", "\r\n"), {"steps": [1, [2], "c"]})
    assert "steps:\r\n- 1\r\n- [2]\r\n- c\r\n\r\n# after the list\r\n" in after


def test_a_literal_block_becomes_a_quoted_line() -> None:
    after = params.edit("params.yaml", YAML, {"text": "three\n"})
    assert 'text: "three\\n"\n\nlast:' in after


def test_a_missing_final_newline_stays_missing() -> None:
    assert params.edit("p.yaml", "a: 1", {"a": 2}) == "a: 2"
    assert params.edit("p.yaml", "a:", {"a": 2}) == "a: 2"


def test_several_values_change_at_once() -> None:
    after = params.edit("params.yaml", YAML, {"lr": 0.5, "last.a": 2, "title": "b"})
    assert [new for _, new in changed(YAML, after)] == ["lr: 0.5   # rate\n", 'title: "b"\n', "last: {a: 2, b: x}\n"]


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("a: &x 1\nb: *x\n", "a", "a is shared through the YAML anchor &x"),
        ("a: &x 1\nb: *x\n", "b", "b is shared through the YAML anchor &x"),
        ("base: &base {lr: 1}\nexp: {<<: *base, n: 2}\n", "base.lr", "shared through the YAML anchor &base"),
        ("base: &base {lr: 1}\nexp: {<<: *base, n: 2}\n", "exp.lr", "exp.lr comes from a merge (<<)"),
        ("a: !!float 1\n", "a", "a has the YAML tag !!float"),
        ("a:\n  -\n  - 1\n", "a.0", "nothing is written for a.0"),
    ],
)
def test_a_value_written_in_several_places_is_refused(text: str, key: str, message: str) -> None:
    with pytest.raises(ParamsError) as caught:
        params.edit("p.yaml", text, {key: 7})
    assert message in caught.value.message


def test_an_unused_anchor_stays() -> None:
    assert params.edit("p.yaml", "a: &x 1 # c\n", {"a": 2}) == "a: &x 2 # c\n"


def test_a_key_beside_a_merge_can_be_changed() -> None:
    text = "base: &base {lr: 1}\nexp:\n  <<: *base\n  n: 2\n"
    assert params.edit("p.yaml", text, {"exp.n": 3}) == text.replace("n: 2", "n: 3")


def test_a_list_with_comments_keeps_its_length_or_the_edit_is_refused() -> None:
    text = "a:\n  - 1 # one\n  - 2\n"
    assert params.edit("p.yaml", text, {"a": [3, 2]}) == text.replace("1 #", "3 #")
    with pytest.raises(ParamsError, match="comments"):
        params.edit("p.yaml", text, {"a": [3]})


@pytest.mark.parametrize(
    ("path", "text", "key", "message"),
    [
        ("p.toml", "[[a]]\nb = 1\n", "a", "a is a [table]"),
        ("p.toml", "a.b = {}\n[c]\n", "c", "c is a [table]"),
        ("p.py", "class A:\n    pass\n", "A", "A is a class"),
    ],
)
def test_an_edit_that_would_change_the_layout_is_refused(path: str, text: str, key: str, message: str) -> None:
    with pytest.raises(ParamsError) as caught:
        params.edit(path, text, {key: []})
    assert message in caught.value.message


def test_a_hash_in_json_is_no_comment() -> None:
    assert params.edit("p.json", '{"a": [\n"#"\n]}', {"a": ["#", 1]}) == '{"a": [\n"#",\n1\n]}'


def test_a_missing_key_is_not_added() -> None:
    with pytest.raises(ParamsError, match="has no value b"):
        params.edit("p.yaml", "a: 1\n", {"b": 1})
    with pytest.raises(ParamsError, match="has no value a"):
        params.edit("p.yaml", "a: {b: 1}\n", {"a": 1})


def test_overlapping_changes_are_refused() -> None:
    with pytest.raises(ParamsError):
        params.edit("p.yaml", "a: [1, 2]\n", {"a": [5], "a.0": 6})


@pytest.mark.parametrize(
    ("path", "text", "changes", "after"),
    [
        ("p.json", '{\r\n\t"a" : 1.5,"b":[1,2]}', {"a": 2.0, "b": [3]}, '{\r\n\t"a" : 2.0,"b":[3]}'),
        ("p.json", '{"a": [\n  1,\n  2\n]}', {"a": [1, 2, 3]}, '{"a": [\n  1,\n  2,\n  3\n]}'),
        ("p.json", '{"a": {"b.c": "x"}}', {'a."b.c"': 'é"\n'}, '{"a": {"b.c": "é\\"\\n"}}'),
        ("p.json", '{"a\\u0062": [[1], {}]}', {"ab.0.0": None}, '{"a\\u0062": [[null], {}]}'),
        (
            "p.toml",
            "a = 1.5 # c\r\n[t]\r\nb = 'x'\r\n",
            {"a": 1e-05, "t.b": "y"},
            "a = 1e-05 # c\r\n[t]\r\nb = 'y'\r\n",
        ),
        ("p.toml", "[t]\na.b = {c = 1, d = [1,2]}\n", {"t.a.b.d": [3]}, "[t]\na.b = {c = 1, d = [3]}\n"),
        ("p.toml", "[[e]]\na = 1\n[[e]]\na = 1\n", {"e.1.a": 2}, "[[e]]\na = 1\n[[e]]\na = 2\n"),
        ("p.toml", "a = [\n  1, # one\n  2,\n]\n", {"a": [3, 2]}, "a = [\n  3, # one\n  2,\n]\n"),
        ("p.toml", "a = inf\nb = true\n", {"a": float("nan"), "b": False}, "a = nan\nb = false\n"),
        ("p.py", "LR = 1e-4  # é\nS = 'a'\n", {"LR": 1e-05, "S": "b'"}, 'LR = 1e-05  # é\nS = "b\'"\n'),
        ("p.py", "é = 'é'; T = (1, 2)\r\n", {"T": (3,)}, "é = 'é'; T = (3,)\r\n"),
        (
            "p.py",
            "class A:\n\tx: int = (1)\n\td = {'k': 1}\n",
            {"A.x": 2, "A.d.k": 3},
            "class A:\n\tx: int = (2)\n\td = {'k': 3}\n",
        ),
        ("p.py", "x = 1\nx = 1\n", {"x": 2}, "x = 1\nx = 2\n"),
        ("p.py", "def __init__(self):\n    self.x = 'a' 'b'\n", {"x": "c"}, "def __init__(self):\n    self.x = 'c'\n"),
        ("p.py", "s = {1, 2}\nn = None\n", {"s": {3}, "n": [True]}, "s = {3}\nn = [True]\n"),
    ],
)
def test_other_formats_are_edited_in_place(path: str, text: str, changes: dict[str, Any], after: str) -> None:
    assert params.edit(path, text, changes) == after


@pytest.mark.parametrize(
    ("path", "text", "value", "message"),
    [
        ("p.json", '{"a": 1.0}', float("nan"), "JSON has no NaN"),
        ("p.py", "a = 1.0", float("inf"), "Python has no literal"),
        ("p.toml", "a = 1.0", None, "TOML has no null"),
        ("p.toml", "a = 1.0", [None], "TOML has no null"),
    ],
)
def test_a_value_that_the_format_cannot_hold_is_refused(path: str, text: str, value: Any, message: str) -> None:
    with pytest.raises(ParamsError) as caught:
        params.edit(path, text, {"a": value})
    assert message in caught.value.message


def test_dates_stay_dates() -> None:
    day = datetime.date(2024, 2, 29)
    assert params.edit("p.yaml", "a: 2024-01-31 # c\n", {"a": day}) == "a: 2024-02-29 # c\n"
    assert params.edit("p.toml", "a = 2024-01-31 # c\n", {"a": day}) == "a = 2024-02-29 # c\n"
