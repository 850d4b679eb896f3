"""Parameter files: reading their values, and typed edits that leave every other character as it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

from experiments.params import json_text, python_text, toml_text, yaml_literal, yaml_text
from experiments.params.document import (
    MAX_TEXT,
    ParamsError,
    Path,
    is_group,
    plain,
    plain_text,
    same,
    spelled,
    walk,
    with_value,
)
from experiments.params.span import Span
from experiments.snapshot import Value

__all__ = ["ParamsError", "edit", "flatten", "is_group", "plain", "plain_text", "read", "same", "walk"]

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")

# A list that is longer is written as a whole instead of item by item.
_ITEM_BY_ITEM = 50
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class _Opened:
    """A text that was read. It is kept since reading takes longest, and the members of a sweep all edit the same
    text."""

    document: Value
    known: Mapping[str, tuple[Path, Value]]  # path and value of each dotted key
    proven: set[tuple[Path, str]] = field(default_factory=set)  # path and shape of values that were read back


def read(path: str, text: str) -> dict[str, Value]:
    """Return the file's content as DVC's own reader gives it. The ending of its name tells the language; YAML is the
    default.

    Raises ParamsError for bad syntax, a repeated key, content that is no mapping, and what is too deep or too large.
    """
    if len(text) > MAX_TEXT:
        raise ParamsError(f"{path} is larger than {MAX_TEXT:,} characters.")
    document = _language(path).read(path, text)
    if not isinstance(document, dict):
        raise ParamsError(f"{path} holds no mapping of names to values at its top.")
    for key, _, value in walk(document):
        if _HALF_CHARACTER.search(key) or (isinstance(value, str) and _HALF_CHARACTER.search(value)):
            raise ParamsError(
                f"{path} holds half a character (a lone surrogate escape), which can't be written to a file."
            )
    return document


def flatten(document: Mapping[Any, Value]) -> dict[str, Value]:
    """Return every value by its dotted key, `train.lr`. A list appears as a whole and by item: `layers` and `layers.0`.

    A key that holds dots or other odd characters is put in JSON quotes, `model."v1.5".lr`, so that no two values share
    a dotted key. Groups are left out unless they are empty.
    """
    return {key: value for key, _, value in walk(document) if not is_group(value)}


def edit(path: str, text: str, changes: Mapping[str, Value]) -> str:
    """Return the text with these values set, by dotted key. Comments, quotes, line endings and all else stay.

    Values must have the file's own types: where a float is, a float has to be given. Raises ParamsError where a key is
    missing, or where the new text does not read as the old one with just these values changed.
    """
    opened = _opened(path, text)
    wanted: dict[Path, Value] = {}
    for key, value in changes.items():
        if key not in opened.known:
            raise ParamsError(f"{path} has no value {key}.")
        wanted.update(_smallest(*opened.known[key], value))
    result = _spliced(path, text, wanted)
    written = {(at, _shape(value)) for at, value in wanted.items()}
    if not written <= opened.proven:
        expected: Value = opened.document
        for key, value in changes.items():
            expected = with_value(expected, opened.known[key][0], value)
        if not _reads_as(path, result, expected):
            names = ", ".join(changes)
            raise ParamsError(f"{path}: {names} cannot be changed without changing more; edit the file itself.")
        opened.proven.update(written)
    return result


@lru_cache(maxsize=8)
def _opened(path: str, text: str) -> _Opened:
    document = read(path, text)
    return _Opened(document, {key: (at, value) for key, at, value in walk(document) if not is_group(value)})


def _shape(value: Value) -> str:
    """Return a key for values that are read alike in the same place: numbers that differ only in their digits share
    one."""
    text = f"{type(value).__name__} {value!r}"
    return _DIGITS.sub("0", text) if isinstance(value, int | float) else text


def _reads_as(path: str, text: str, expected: Value) -> bool:
    try:
        return same(read(path, text), expected)
    except ParamsError:
        return False


def _smallest(at: Path, before: Value, value: Value) -> dict[Path, Value]:
    """Return the scalars to change. A list that keeps its length is changed item by item, so that its layout stays."""
    if same(before, value):
        return {}
    is_list = isinstance(before, list | tuple) and type(before) is type(value)
    if not is_list or len(before) != len(value) or len(value) > _ITEM_BY_ITEM:
        return {at: value}
    result: dict[Path, Value] = {}
    for index, (old, new) in enumerate(zip(before, value, strict=True)):
        result.update(_smallest((*at, index), old, new))
    return result


def _spliced(path: str, text: str, wanted: Mapping[Path, Value]) -> str:
    language = _language(path)
    places = _places(path, text, tuple(wanted))
    ordered = sorted(places.items(), key=lambda item: item[1].start)
    parts, done = [], 0
    for at, place in ordered:
        if place.start < done:
            raise ParamsError(f"{path}: two changes overlap in {spelled(at)}.")
        try:
            new = (yaml_literal if language is yaml_text else language).literal(wanted[at], place)
        except ValueError as error:
            raise ParamsError(f"{path}: {spelled(at)} cannot be written: {error}.") from error
        parts += [text[done : place.start], new]
        done = place.end
    return "".join([*parts, text[done:]])


@lru_cache(maxsize=64)
def _places(path: str, text: str, wanted: tuple[Path, ...]) -> Mapping[Path, Span]:
    return _language(path).places(path, text, wanted) if wanted else {}


def _language(path: str) -> ModuleType:
    suffix = PurePosixPath(path).suffix.lower()
    return {".json": json_text, ".toml": toml_text, ".py": python_text}.get(suffix, yaml_text)
