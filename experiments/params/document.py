"""The content of a parameter file in any format: dotted keys, limits, and equality of values."""

import datetime
import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from experiments.snapshot import Value

# Steps from the root to a value: mapping keys as the reader gives them, list items by index.
Path = tuple[Any, ...]

MAX_TEXT = 1_000_000  # characters of one file
MAX_DEPTH = 64  # levels of mappings and lists inside each other
MAX_VALUES = 100_000  # values, where an alias counts as often as it is used

_BARE_KEY = re.compile(r"[^\W\d][\w/+@$%-]*|\d+")


class ParamsError(Exception):
    """A parameter file can't be read, or can't be changed as asked. The message is a sentence that names the file."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def invalid(path: str, language: str, reason: str, line: int = 0) -> ParamsError:
    """Return the error for a text that its language does not allow. `line` counts from 1; 0 where it is not known."""
    where = f"{path}, line {line}" if line else path
    printable = "".join(character if character.isprintable() else " " for character in reason)
    return ParamsError(f"{where}: this is not valid {language}: {' '.join(printable.split())[:200].rstrip('.')}.")


def too_large(path: str) -> ParamsError:
    """Return the error for a file with more than MAX_VALUES values, where aliases count as often as they are used."""
    return ParamsError(f"{path} holds more than {MAX_VALUES:,} values (counting what YAML aliases repeat).")


def too_deep(path: str) -> ParamsError:
    """Return the error for a file that is nested deeper than MAX_DEPTH."""
    return ParamsError(f"{path} nests mappings and lists more than {MAX_DEPTH} levels deep.")


def check_size(path: str, document: Value) -> None:
    """Raise ParamsError where a document without shared parts is too deep or too large."""
    level: list[Value] = [document]
    seen = depth = 0
    while level:
        seen, depth = seen + len(level), depth + 1
        if seen > MAX_VALUES:
            raise too_large(path)
        if depth > MAX_DEPTH + 1:
            raise too_deep(path)
        level = [child for value in level for _, child in children(value)]


def children(value: Value) -> Collection[tuple[Any, Value]]:
    """Return the items directly inside a value, each with the step that leads to it."""
    if isinstance(value, Mapping):
        return value.items()
    return list(enumerate(value)) if isinstance(value, list | tuple) else ()


def walk(document: Value, key: str = "", path: Path = ()) -> Iterator[tuple[str, Path, Value]]:
    """Yield the dotted key, path and value of everything below the root: groups, values, lists and their items."""
    is_mapping = isinstance(document, Mapping)
    taken = {plain_text(step) for step in document if not isinstance(step, str)} if is_mapping else set()
    for step, value in children(document):
        part = _key_part(step, taken) if is_mapping else str(step)
        inner, inner_path = (f"{key}.{part}" if key else part), (*path, step)
        yield inner, inner_path, value
        yield from walk(value, inner, inner_path)


def is_group(value: Value) -> bool:
    """Return whether a value is a mapping that is not empty. Its parameters can be set, itself it can't."""
    return isinstance(value, Mapping) and bool(value)


def _key_part(step: Any, taken: Collection[str]) -> str:
    """Return a mapping's key as one part of a dotted key, in JSON quotes where it could be mistaken for something else.

    `taken`: spellings of those keys beside it that are no strings (YAML's `1: x`).
    """
    if not isinstance(step, str):
        return plain_text(step)
    return step if _BARE_KEY.fullmatch(step) and step not in taken else json.dumps(step, ensure_ascii=False)


def plain_text(value: Value) -> str:
    """Return a scalar as messages and keys spell it: `null`, `true`, `2024-01-31`, `0.1`."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def spelled(path: Path) -> str:
    """Return a path for messages: its steps with dots between them, and without quotes around odd keys."""
    return ".".join(plain_text(step) for step in path)


def plain(value: Value) -> Value:
    """Return the value in JSON's types, as DVC's own output has it: tuples and sets become lists, dates become text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else plain_text(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set):
        return sorted((plain(item) for item in value), key=repr)
    return plain_text(value)


def same(left: Value, right: Value) -> bool:
    """Return whether two values are equal in type and value at every level. 1 is not 1.0, NaN is NaN, -0.0 is not
    0.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        if math.isnan(left) or math.isnan(right):
            return math.isnan(left) and math.isnan(right)
        return left == right and math.copysign(1, left) == math.copysign(1, right)
    if isinstance(left, Mapping):
        if [(type(key), key) for key in left] != [(type(key), key) for key in right]:
            return False
        return all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(same(one, other) for one, other in zip(left, right, strict=True))
    return bool(left == right)


def with_value(document: Value, path: Path, value: Value) -> Value:
    """Return a copy of the document with one value replaced. Containers on the way are copied, so that aliases stay as
    they are."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(document, Mapping):
        return {key: with_value(item, rest, value) if key == step else item for key, item in document.items()}
    items = [with_value(item, rest, value) if index == step else item for index, item in enumerate(document)]
    return tuple(items) if isinstance(document, tuple) else items
