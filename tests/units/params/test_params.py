"""Parameter files, read as DVC reads them and flattened to dotted keys."""

import datetime
import itertools

import pytest

from experiments import params
from experiments.params import ParamsError

TEN_TIMES = ",".join(["*{}"] * 10)
BOMB = "a: &a [1]\n" + "".join(
    f"{new}: &{new} [{TEN_TIMES.replace('{}', old)}]\n" for old, new in itertools.pairwise("abcdefghij")
)
MERGE_BOMB = "a: &a {k: 1}\n" + "".join(
    f"{new}: &{new} {{<<: [{TEN_TIMES.replace('{}', old)}]}}\n" for old, new in itertools.pairwise("abcdefghij")
)


def test_yaml_is_read_as_version_1_2() -> None:
    text = "lr: 1e-4\nanswer: yes\nday: 2024-01-31\nnothing:\n"
    assert params.read("params.yaml", text) == {
        "lr": 0.0001,
        "answer": "yes",
        "day": datetime.date(2024, 1, 31),
        "nothing": None,
    }


def test_a_file_with_an_unknown_suffix_is_yaml() -> None:
    assert params.read("conf/train.params", "a: 1") == params.read("P.YML", "a: 1") == {"a": 1}


@pytest.mark.parametrize("path", ["p.yaml", "p.toml", "p.py"])
def test_an_empty_file_has_no_parameters(path: str) -> None:
    assert params.read(path, "") == {}


def test_python_is_read_as_dvc_reads_it() -> None:
    text = """
import os
LR = 1e-4
SEEN: int = 3
a = b = 1
x.y = 2
PATH = os.sep
SIZES = (1, 2)
class Train:
    epochs = 10
    class Inner:
        deep = {"k": [1]}
    def __init__(self, n):
        local = 1
        self.name = "adam"
        self.n = n
    def other(self):
        self.hidden = 1
LR = compute()
"""
    assert params.read("params.py", text) == {
        "LR": 0.0001,
        "SEEN": 3,
        "SIZES": (1, 2),
        "Train": {"epochs": 10, "Inner": {"deep": {"k": [1]}}, "name": "adam"},
    }


def test_dvc_itself_reads_the_same_from_every_format() -> None:
    from dvc.utils.serialize import PARSERS

    texts = {
        ".yaml": "a: {b: 1e-3, c: [1, x]}\nd: 017\ne: &e on\nf: *e\n<<: {g: 1}\n",
        ".json": '{"a": {"b": 1e-3}, "c": [null, true, NaN]}',
        ".toml": "a = 1\n[b.c]\nd = [1.5, 2]\n[[e]]\nf = 2024-01-31\n",
        ".py": "A = -1\nclass B:\n    c = {'d': 1}\n    def __init__(self):\n        self.e = {1, 2}\nF = f()\n",
    }
    for suffix, text in texts.items():
        path = f"params{suffix}"
        assert params.same(params.read(path, text), PARSERS[suffix](text, path)), suffix


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("p.yaml", "a: 1\nb: [", "p.yaml, line 2: this is not valid YAML"),
        ("p.yaml", "a: 1\na: 2", "p.yaml, line 2: this is not valid YAML: found duplicate key"),
        ("p.yaml", "- 1", "p.yaml holds no mapping"),
        ("p.yaml", "a: 1\n---\nb: 1", "another document"),
        ("p.yaml", BOMB, "more than 100,000 values"),
        ("p.yaml", MERGE_BOMB, "more than 100,000 values"),
        ("p.yaml", "a: &a [*a]", "line 1: a YAML alias contains itself"),
        ("p.yaml", "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200)), "64 levels"),
        ("p.yaml", "[" * 10_000, "64 levels"),
        ("p.yaml", "a: !!python/object:os.system x", "could not determine a constructor"),
        ("p.yaml", "a: !!bool x", "not valid YAML"),
        ("p.yaml", "a: 2024-02-31", "not valid YAML"),
        ("p.yaml", "a: " + "1" * 5_000, "not valid YAML"),
        ("p.yaml", "a: \x00", "a character that YAML does not allow"),
        ("p.yaml", "? [a]\n: 1", "a key is a list or a mapping"),
        ("p.yaml", 'a: "\\uD800"', "half a character"),
        ("p.yaml", "a: 1\n" * 300_000, "larger than 1,000,000 characters"),
        ("p.json", '{\n"a": 1,}', "p.json, line 2: this is not valid JSON"),
        ("p.json", '{"a": {"b": 1, "b": 2}}', 'the key "b" stands there twice'),
        ("p.json", '"x"', "p.json holds no mapping"),
        ("p.json", '{"a":' * 10_000, "64 levels"),
        ("p.json", '{"a": [' + "1," * 150_000 + "1]}", "100,000 values"),
        ("p.toml", "a = 1\na = 2", "p.toml, line 2: this is not valid TOML"),
        ("p.toml", "a = " + "[" * 5_000, "not valid TOML"),
        ("p.toml", "a = 2024-02-31", "not valid TOML"),
        ("p.py", "a = 1\nb = (", "p.py, line 2: this is not valid Python"),
        ("p.py", "a = " + "-" * 100_000 + "1", "p.py: this is not valid Python"),
        ("p.py", "a = \x00", "not valid Python"),
    ],
)
def test_an_unreadable_file_is_reported_with_file_and_line(path: str, text: str, message: str) -> None:
    with pytest.raises(ParamsError) as caught:
        params.read(path, text)
    assert message in caught.value.message
    assert caught.value.message.isprintable()


def test_flatten_yields_lists_whole_and_by_item_and_empty_mappings() -> None:
    document = {"train": {"lr": 0.1, "layers": [1, {"units": 2}]}, "extra": {}}
    assert params.flatten(document) == {
        "train.lr": 0.1,
        "train.layers": [1, {"units": 2}],
        "train.layers.0": 1,
        "train.layers.1.units": 2,
        "extra": {},
    }


def test_odd_keys_are_quoted_so_that_dotted_keys_stay_unique() -> None:
    document = {"a.b": 1, "a": {"b": 2, "": 3, "c d": 4, 'q"': 5, "x=y:z": 6}, 1: 7, "1": 8, None: 9, "null": 10}
    assert params.flatten(document) == {
        '"a.b"': 1,
        "a.b": 2,
        'a.""': 3,
        'a."c d"': 4,
        'a."q\\""': 5,
        'a."x=y:z"': 6,
        "1": 7,
        '"1"': 8,
        "null": 9,
        '"null"': 10,
    }


def test_plain_values_have_json_types() -> None:
    value = {"t": (1, {2}), "d": datetime.date(2024, 1, 31), 3: None, "c": 1 + 2j}
    assert params.plain(value) == {"t": [1, [2]], "d": "2024-01-31", "3": None, "c": "(1+2j)"}


@pytest.mark.parametrize(("left", "right"), [(1, 1.0), (1, True), (0.0, -0.0), ([1], (1,)), ({"a": 1}, {"a": 1.0})])
def test_values_of_different_types_differ(left: object, right: object) -> None:
    assert not params.same(left, right)
    assert params.same(left, left)


def test_nan_equals_nan() -> None:
    assert params.same({"a": [float("nan")]}, {"a": [float("nan")]})
