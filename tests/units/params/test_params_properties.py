"""Whatever is set in a parameter file can be read back by the file's own reader, and nothing else changes."""

import json
import math
import string
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments import params
from experiments.params import ParamsError

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(CHARACTERS, max_size=12),
    st.sampled_from(
        ["yes", "~", "1e5", "0.1", ".5", "=", "<<", "- a", "a #b", "a: b", "'", '"', "\\", "[", "!x", "0o7"]
    ),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=4), st.lists(st.lists(SCALARS, max_size=2), max_size=2))
KEYS = st.one_of(
    st.text(string.ascii_letters, min_size=1, max_size=6),
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=6),
)


def as_json(key: str, value: Any) -> str:
    return f"{json.dumps(key)}: {json.dumps(value)}"


def as_toml(key: str, value: Any) -> str:
    return f"{json.dumps(key)} = {json.dumps(value)}".replace("\x7f", "\\u007f")


def written(suffix: str, document: dict[str, Any]) -> str:
    """Return the document with one value a line, so that it is known which line may change."""
    pairs = list(document.items())
    if suffix == ".json":
        return "{\n" + ",\n".join(f"  {as_json(key, value)}" for key, value in pairs) + "\n}\n"
    if suffix == ".yaml":
        return "# top\n" + "".join(f"{as_json(key, value)}  # {key}\n" for key, value in pairs)
    if suffix == ".toml":
        return "# top\n" + "".join(f"{as_toml(key, value)}  # {key}\n" for key, value in pairs)
    return "class P:\n" + "".join(f"    k{n} = {value!r}  # {key}\n" for n, (key, value) in enumerate(pairs))


@pytest.mark.parametrize("suffix", [".yaml", ".json", ".toml", ".py"])
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(document=st.dictionaries(KEYS, VALUES, min_size=1, max_size=5), value=VALUES, choice=st.integers(0, 4))
def test_whatever_is_set_is_read_back_and_no_other_line_changes(
    suffix: str, document: dict[str, Any], value: Any, choice: int
) -> None:
    path, text = f"p{suffix}", written(suffix, document)
    try:
        before = params.read(path, text)
    except ParamsError:
        return  # the example was no valid file (YAML does not know JSON's surrogate pairs)
    group = before["P"] if suffix == ".py" else before
    step = list(group)[choice % len(group)]
    keys = {at: key for key, at, _ in params.walk(before)}
    key = keys[("P", step) if suffix == ".py" else (step,)]
    after = params.edit(path, text, {key: value})
    expected = {name: value if name == step else item for name, item in group.items()}
    assert params.same(params.read(path, after), {"P": expected} if suffix == ".py" else expected)
    lines, others = text.split("\n"), after.split("\n")
    assert len(lines) == len(others)
    index = [n for n, (line, other) in enumerate(zip(lines, others, strict=True)) if line != other]
    assert index in ([], [list(group).index(step) + 1])


@settings(max_examples=150)
@given(value=SCALARS, quote=st.sampled_from(["x", "'x'", '"x"', "1", ""]))
def test_readers_of_yaml_1_1_see_the_same_value(value: Any, quote: str) -> None:
    after = params.edit("p.yaml", f"a: {quote}\nb: 1\n", {"a": value})
    seen = yaml.safe_load(after)["a"]
    assert type(seen) is type(value)
    assert seen == value or (isinstance(value, float) and math.isclose(seen, value))
